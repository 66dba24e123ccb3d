"""FakeAncla's routes of both retired route sets, with their status codes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake.fake_caller import calling, ids_of_a_deployed_app
from tests.once import on_one_python, one_in

SHARED = [
    ("GET", "/organizations", None, 200),
    ("GET", "/organizations/o", None, 200),
    ("GET", "/projects/o/p", None, 200),
    ("GET", "/applications/o/p", None, 200),
    ("GET", "/applications/o/p/a", None, 200),
    ("GET", "/deployments/{deployment}/detail", None, 200),
]

SLUGS = [
    ("POST", "/organizations/", {"name": "New"}, 201),
    ("PATCH", "/organizations/o", {"name": "New"}, 200),
    ("DELETE", "/organizations/o", None, 204),
    ("GET", "/projects/o", None, 200),
    ("POST", "/projects/o", {"name": "New"}, 201),
    ("PATCH", "/projects/o/p", {"name": "New"}, 200),
    ("DELETE", "/projects/o/p", None, 204),
    ("POST", "/applications/o/p", {"name": "New", "platform": "wind"}, 201),
    ("PATCH", "/applications/o/p/a", {"name": "New", "auto_deploy_branch": None}, 200),
    ("DELETE", "/applications/o/p/a", None, 204),
    ("POST", "/applications/o/p/a/deploy", None, 201),
    ("POST", "/applications/o/p/a/scale", {"process_counts": {"web": 2}}, 204),
    ("GET", "/configurations/o/p/a", None, 200),
    ("GET", "/configurations/o/p/a/KEY", None, 200),
    ("POST", "/configurations/o/p/a", {"name": "KEY", "value": "w", "secret": True}, 201),
    ("DELETE", "/configurations/o/p/a/KEY", None, 204),
    ("GET", "/images/o/p/a", None, 200),
    ("GET", "/images/o/p/a/{image}", None, 200),
    ("GET", "/releases/o/p/a", None, 200),
    ("GET", "/releases/o/p/a/{release}", None, 200),
    ("POST", "/releases/o/p/a/create", {"image_id": "{image}"}, 201),
    ("GET", "/deployments/o/p/a", None, 200),
]

PUBLISHED = [
    ("GET", "/auth/session", None, 200),
    ("POST", "/organizations", {"name": "New", "slug": "new"}, 201),
    ("POST", "/organizations/o/members", {"username": "ann", "admin": True}, 201),
    ("DELETE", "/organizations/o/members/{member}", None, 200),
    ("POST", "/organizations/o/members/{member}/toggle-admin", None, 201),
    ("GET", "/projects", None, 200),
    ("POST", "/projects", {"name": "New", "slug": "new", "organization_id": "{org}"}, 201),
    ("POST", "/applications", {"name": "New", "slug": "new", "project_id": "{project}"}, 201),
    ("PATCH", "/applications/{app}/settings", {"auto_deploy_branch": "main"}, 200),
    ("POST", "/applications/{app}/deploy", None, 201),
    ("POST", "/applications/{app}/scale", {"process_counts": {"web": 2}}, 201),
    ("GET", "/applications/{app}/deployments", None, 200),
    ("GET", "/applications/{app}/pipeline-status", None, 200),
    ("GET", "/applications/{app}/pipeline-metrics", None, 200),
    ("GET", "/configurations/{app}", None, 200),
    ("GET", "/configurations/{app}/{variable}", None, 200),
    ("POST", "/configurations/{app}", {"name": "NEW", "value": "w", "buildtime": True}, 201),
    ("PATCH", "/configurations/{app}/{variable}", {"value": "w", "secret": None}, 200),
    ("DELETE", "/configurations/{app}/{variable}", None, 200),
    ("POST", "/configurations/{app}/bulk", {"variables": {"NEW": "w"}}, 201),
    ("GET", "/images/{app}", None, 200),
    ("POST", "/images/{app}/build", None, 201),
    ("GET", "/images/{image}/detail", None, 200),
    ("GET", "/images/{image}/log", None, 200),
    ("GET", "/releases/{app}", None, 200),
    ("POST", "/releases/{app}/create", None, 201),
    ("GET", "/releases/{release}/detail", None, 200),
    ("GET", "/releases/{release}/log", None, 200),
    ("POST", "/releases/{release}/deploy", None, 201),
    ("GET", "/deployments/{deployment}/log", None, 200),
]


def filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(inner, ids) for name, inner in value.items()}
    return value.format(**ids) if isinstance(value, str) else value


def status_of(routes: str, method: str, path: str, body: object) -> int:
    """Returns the status code of a server with these routes and a deployed app o/p/a."""
    with calling(routes=routes) as call:
        ids = ids_of_a_deployed_app(call, by_id=routes == "published")
        return call(method, filled(path, ids), filled(body, ids)).status


@pytest.mark.parametrize(("method", "path", "body", "status"), SHARED)
@on_one_python
@pytest.mark.parametrize("routes", ["slugs", "published", "both"])
def test_some_routes_are_the_same_in_both_retired_route_sets(
    routes: str, method: str, path: str, body: object, status: int
) -> None:
    assert status_of(routes, method, path, body) == status


@pytest.mark.parametrize(("method", "path", "body", "status"), SLUGS)
@pytest.mark.parametrize("routes", one_in(2, ["slugs", "both"]))
def test_every_slug_route_responds(
    routes: str, method: str, path: str, body: object, status: int
) -> None:
    assert status_of(routes, method, path, body) == status


@pytest.mark.parametrize(("method", "path", "body", "status"), PUBLISHED)
@pytest.mark.parametrize("routes", one_in(2, ["published", "both"]))
def test_every_published_route_responds(
    routes: str, method: str, path: str, body: object, status: int
) -> None:
    assert status_of(routes, method, path, body) == status


@pytest.mark.parametrize(("method", "path", "body", "status"), SLUGS)
@on_one_python
def test_a_slug_route_is_an_error_on_published_routes(
    method: str, path: str, body: object, status: int
) -> None:
    expected = (400,) if path == "/organizations/" else (404, 405)
    assert status_of("published", method, path, body) in expected


@pytest.mark.parametrize(("method", "path", "body", "status"), PUBLISHED)
@on_one_python
def test_a_published_route_is_an_error_on_slug_routes(
    method: str, path: str, body: object, status: int
) -> None:
    # To slug routes, the last two would create an application in a project of that name.
    is_also_a_slug_route = path.endswith(("/organizations", "{app}/deploy", "{app}/scale"))
    expected = (422,) if is_also_a_slug_route else (404, 405)
    assert status_of("slugs", method, path, body) in expected


@pytest.mark.parametrize("path", ["/organizations", "/organizations/o", "/applications/o/p/a"])
def test_slashes_at_the_end_and_in_a_row_make_no_difference(path: str) -> None:
    with calling(routes="both") as call:
        call.fake.add_app("o", "p", "a")
        doubled = path.replace("/", "//")
        assert (
            call.get(path) == call.get(f"{path}/") == call.get(doubled) == call.get(f"{doubled}//")
        )


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["", "/", "//", "/organizations/a/b/c", "/nothing", "/%2e%2e"])
def test_other_paths_are_not_found(method: str, path: str) -> None:
    with calling(routes="both") as call:
        assert call(method, path).status == 404


def test_a_405_lists_the_allowed_methods() -> None:
    with calling(routes="both") as call:
        response = call("PUT", "/organizations/o")
        assert (response.status, response.headers["Allow"]) == (405, "DELETE, GET, OPTIONS, PATCH")


def test_a_path_is_decoded_before_it_is_split() -> None:
    with calling(routes="both") as call:
        call.post("/organizations", {"name": "東京"})
        assert call.get("/organizations/%E6%9D%B1%E4%BA%AC")["slug"] == "東京"
        call.fake.add_app("o", "p", "a")
        assert call.get("/applications/o/p%2Fa") == call.get("/applications/o/p/a")
        assert call("DELETE", "/applications/o/p/a%2F").status == 204


def test_options_needs_no_key() -> None:
    with calling(routes="both") as call:
        for key in ("wrong", None, call.fake.api_key):
            response = call("OPTIONS", "/projects/o", x_api_key=key)
            assert (response.status, response.raw) == (204, b"")
            assert response.headers["Allow"] == "GET, OPTIONS, POST"
            assert call("OPTIONS", "/nothing", x_api_key=key).status == 404


def test_a_fixed_word_in_a_path_takes_precedence_over_a_slug() -> None:
    with calling(routes="both") as call:
        app = call.fake.add_app("o", "deployments", "a")
        assert call.get(f"/applications/{app}/deployments")["items"] == []
        assert call("GET", "/applications/o/deployments").status == 404


def test_published_deletions_return_ok_and_scaling_returns_the_application() -> None:
    with calling(routes="published") as call:
        ids = ids_of_a_deployed_app(call, by_id=True)
        scaled = call.post(f"/applications/{ids['app']}/scale", {"process_counts": {"worker": 2}})
        assert scaled["process_counts"] == {"web": 1, "worker": 2}
        deletion = call("DELETE", f"/configurations/{ids['app']}/{ids['variable']}")
        assert (deletion.status, deletion.json) == (200, {"ok": True})
        assert call.get(f"/configurations/{ids['app']}") == []

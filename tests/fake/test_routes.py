"""FakeAncla's routes of both retired route sets, with their status codes."""

from __future__ import annotations

import pytest

from tests.fake.fake_caller import calling, ids_of_a_deployed_app


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

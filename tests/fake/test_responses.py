"""FakeAncla's responses: errors in each format, checks of bodies, pages, nulls and secrets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fake.fake_caller import Caller, calling, ids_of_a_deployed_app


def framework_fault(method: str, path: str, *extra: tuple[str, str]) -> dict[str, object]:
    return {
        "status_code": 400,
        "detail": f"Validation failed for {method} /api/v1{path}",
        "extra": [{"message": said, "key": key, "source": "body"} for key, said in extra],
    }


# Errors


@pytest.mark.parametrize("routes", ["slugs", "published", "both"])
@pytest.mark.parametrize("path", ["/organizations", "/organizations/absent"])
@pytest.mark.parametrize(
    ("key", "message"),
    [(None, "no API key was given"), ("wrong", "the API key is not valid")],
)
def test_a_missing_or_wrong_key_is_a_401(
    routes: str, path: str, key: str | None, message: str
) -> None:
    with calling(routes=routes) as call:
        response = call("GET", path, x_api_key=key)
        assert (response.status, response.json) == (401, {"status": 401, "message": message})


@pytest.mark.parametrize("routes", ["slugs", "published", "both", "workspaces"])
@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_missing_route_is_a_404_with_any_key(routes: str, key: str | None) -> None:
    with calling(routes=routes) as call:
        assert call("GET", "/nowhere", x_api_key=key).status == 404
        place = "/workspaces" if routes == "workspaces" else "/organizations"
        response = call("PUT", place, x_api_key=key)
        assert (response.status, response.headers["Allow"]) == (405, "GET, OPTIONS, POST")


def test_the_session_names_the_user_of_the_key() -> None:
    with calling(routes="published") as call:
        session = call.get("/auth/session")
        assert (session["authenticated"], session["user"]["username"]) == (True, "developer")
        without_key = call("GET", "/auth/session", x_api_key=None)
        assert without_key.json == {"authenticated": False, "user": None}
        assert call("GET", "/auth/session", x_api_key="wrong").status == 401


@pytest.mark.parametrize("key", ["fake-api-key", "wrong", None])
def test_a_session_that_knows_cookies_only_is_nobodys(key: str | None) -> None:
    with calling(session=False) as call:
        session = call.get("/auth/session", x_api_key=key)
        assert session == {"authenticated": False, "user": None}
        assert call("GET", "/workspaces").status == 200
        assert call("GET", "/workspaces", x_api_key="wrong").status == 401


def test_every_response_has_its_own_request_id() -> None:
    with calling(routes="both") as call:
        call.fake.fail_next(429, times=2)
        ids = [call("GET", "/organizations").headers["X-Request-ID"] for _ in range(3)]
        assert ids == ["fake-1", "fake-2", "fake-3"]


def test_a_test_can_choose_the_request_id() -> None:
    with calling(routes="both") as call:
        call.fake.fail_next(500, headers={"x-request-id": "mine"})
        assert call("GET", "/organizations").headers.get_all("X-Request-ID") == ["mine"]


# Bodies

MISSING_NAME = "Object missing required field `name`"
WRONG_BODIES: list[tuple[object, int, str]] = [
    (None, 422, MISSING_NAME),
    ({}, 422, MISSING_NAME),
    ([], 422, "Expected `object`, got `array`"),
    ("text", 422, "Expected `object`, got `str`"),
    ({"name": 1}, 422, "name: Expected `str`, got `int`"),
    ({"name": None}, 422, "name: Expected `str`, got `null`"),
    ({"name": " "}, 422, "name: Expected `str` of length >= 1"),
    ({"name": "x", "slug": "x"}, 422, "Object contains unknown field `slug`"),
    ({"name": "!"}, 422, "name: letters, digits and hyphens are needed for a slug"),
    ({"name": "My Org"}, 409, "the slug 'my-org' is taken already"),
    (b"{", 400, "the body is not JSON"),
    (b"\xff", 400, "the body is not JSON"),
    (b'{"name": NaN}', 400, "the body is not JSON"),
    (b"[" * 100_000, 400, "the body is not JSON"),
]


@pytest.mark.parametrize(
    ("body", "status", "message"), WRONG_BODIES, ids=[said for _, _, said in WRONG_BODIES]
)
def test_slug_routes_reject_an_invalid_body(body: object, status: int, message: str) -> None:
    with calling(routes="slugs") as call:
        call.post("/organizations", {"name": "My Org"})
        refused = call("POST", "/organizations/", body)
        assert (refused.status, refused.json) == (status, {"status": status, "message": message})
        assert len(call.get("/organizations")) == 1


@pytest.mark.parametrize(
    ("path", "body", "faults"),
    [
        ("/organizations", {"name": "x"}, [("data", "Object missing required field `slug`")]),
        (
            "/organizations",
            {"name": "x", "slug": "a/b"},
            [("slug", "letters, digits and hyphens are needed for a slug")],
        ),
        (
            "/applications",
            {"name": "x", "slug": "x", "project_id": "{project}", "platform": "wind"},
            [("data", "Object contains unknown field `platform`")],
        ),
        (
            "/applications/{app}/scale",
            {"process_counts": {"web": "2", "worker": True}},
            [
                ("process_counts.web", "Expected `int`, got `str`"),
                ("process_counts.worker", "Expected `int`, got `bool`"),
            ],
        ),
        ("/applications/{app}/scale", {"process_counts": []}, None),
        ("/applications/{app}/deploy", {"image_id": "x"}, [("data", "no body is expected")]),
    ],
)
def test_published_routes_reject_an_invalid_body(
    path: str, body: object, faults: list[tuple[str, str]] | None
) -> None:
    with calling(routes="published") as call:
        ids = ids_of_a_deployed_app(call, by_id=True)
        path = path.format(**ids)
        refused = call("POST", path, body)
        assert refused.status == 400
        faults = faults or [("process_counts", "Expected `object`, got `array`")]
        assert refused.json == framework_fault("POST", path, *faults)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/organizations", {"name": "New", "slug": "new", "colour": "red"}),
        ("/applications/{app}/deploy", {"image_id": "x"}),
        ("/releases/{app}/create", b"{ not even JSON"),
    ],
)
def test_unknown_fields_of_a_body_can_be_ignored(path: str, body: object) -> None:
    for ignored, status in ((False, 400), (True, 201)):
        with calling(routes="published", ignore_unknown_fields=ignored) as call:
            ids = ids_of_a_deployed_app(call, by_id=True)
            assert call("POST", path.format(**ids), body).status == status


def test_missing_fields_of_a_body_are_never_ignored() -> None:
    with calling(routes="published", ignore_unknown_fields=True) as call:
        assert call("POST", "/organizations", {"name": "New", "colour": "red"}).status == 400


def test_a_null_resets_a_setting_that_may_be_null() -> None:
    with calling(routes="both") as call:
        call.fake.add_app("o", "p", "a")
        path = "/applications/o/p/a"
        call("PATCH", path, {"auto_deploy_branch": "main", "deployment_timeout": 60})
        changed = call("PATCH", path, {"auto_deploy_branch": None, "health_check_path": None})
        shown = changed.json
        assert (shown["auto_deploy_branch"], shown["deployment_timeout"]) == (None, 60)
        assert shown["health_check_path"] == "/_health/"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("My Org", "my-org"), ("  A--b_c! ", "a-b-c"), ("Zürich", "zurich"), ("東京 2", "東京-2")],
)
def test_a_slug_is_made_from_the_name(name: str, slug: str) -> None:
    with calling(routes="both") as call:
        assert call.post("/organizations", {"name": name})["slug"] == slug


# Lists


def versions_on(call: Caller, path: str) -> tuple[list[int], Any]:
    response = call.get(path)
    return [item["version"] for item in response["items"]], response["pagination"]


def page_info(page: int, per_page: int, total: int, total_pages: int) -> dict[str, int]:
    return {"page": page, "per_page": per_page, "total": total, "total_pages": total_pages}


@pytest.mark.parametrize("routes", ["slugs", "published", "both"])
def test_the_size_of_pages_can_be_set(routes: str) -> None:
    with calling(routes=routes, page_size=2, pace=0) as call:
        app = call.fake.add_app("o", "p", "a")
        place = app if routes == "published" else "o/p/a"
        assert versions_on(call, f"/images/{place}") == ([], page_info(1, 2, 0, 0))
        for _ in range(3):
            call.post(f"/applications/{place}/deploy")
        assert versions_on(call, f"/images/{place}") == ([3, 2], page_info(1, 2, 3, 2))
        assert versions_on(call, f"/releases/{place}?page=2") == ([1], page_info(2, 2, 3, 2))
        assert versions_on(call, f"/images/{place}?per_page=999") == (
            [3, 2, 1],
            page_info(1, 100, 3, 1),
        )


@pytest.mark.parametrize("query", ["page=0", "page=", "page=x", "per_page=-1", "per_page=²"])
def test_an_invalid_page_is_an_error(query: str) -> None:
    with calling(routes="both") as call:
        app = call.fake.add_app("o", "p", "a")
        name = query.partition("=")[0]
        quoted = query.replace("²", "%C2%B2")
        refused = call("GET", f"/images/o/p/a?{quoted}")
        assert refused.json == {"status": 422, "message": f"{name}: Expected `int` >= 1"}
        refused = call("GET", f"/images/{app}?{quoted}")
        assert refused.json["extra"] == [
            {"message": "Expected `int` >= 1", "key": name, "source": "query"}
        ]


# Fields


def test_fields_without_a_value_are_null() -> None:
    with calling(routes="both") as call:
        call.fake.add_app("o", "p", "a")
        app = call.get("/applications/o/p/a")
        assert (app["latest_image"], app["github_repository"]) == (None, None)
        assert app["deployment_timeout"] == 180


def test_fields_without_a_value_can_be_left_out() -> None:
    with calling(routes="both", nulls="never") as call:
        call.fake.add_app("o", "p", "a")
        app = call.get("/applications/o/p/a")
        assert not {"latest_image", "github_repository", "updated"} & app.keys()
        assert None not in app.values()


def test_more_fields_can_be_sent_in_every_object() -> None:
    with calling(routes="published", extra_fields={"region": "north"}) as call:
        ids = ids_of_a_deployed_app(call, by_id=True)
        org = call.get("/organizations/o")
        assert org["region"] == org["members"][0]["region"] == "north"
        assert call.get(f"/images/{ids['app']}")["items"][0]["region"] == "north"
        assert call.post(f"/applications/{ids['app']}/deploy")["region"] == "north"


@pytest.mark.parametrize(("mask_secrets", "shown"), [(True, "**secret**"), (False, "hush")])
def test_values_of_secrets_are_masked_by_default(mask_secrets: bool, shown: str) -> None:
    with calling(routes="both", mask_secrets=mask_secrets) as call:
        call.fake.add_app("o", "p", "a")
        path = "/configurations/o/p/a"
        created = call.post(path, {"name": "KEY", "value": "hush", "secret": True})
        assert created["value"] == shown
        assert call.get(path)[0]["value"] == shown
        assert call.get(f"{path}/KEY")["value"] == shown
        opened = call.post(path, {"name": "KEY", "value": "loud", "secret": False})
        assert (opened["id"], opened["value"]) == (created["id"], "loud")


# Members and imports


def test_members_are_added_changed_and_removed() -> None:
    with calling(routes="published") as call:
        call.post("/organizations", {"name": "O", "slug": "o"})
        members = call.post("/organizations/o/members", {"username": "ann"})["members"]
        assert [(m["username"], m["admin"]) for m in members] == [
            ("developer", True),
            ("ann", False),
        ]
        assert call("POST", "/organizations/o/members", {"username": "ann"}).status == 409
        ann = f"/organizations/o/members/{members[1]['user_id']}"
        assert call.post(f"{ann}/toggle-admin") == {"ok": True, "admin": True}
        assert call("DELETE", ann).json == {"ok": True}
        assert call("DELETE", ann).status == call("POST", f"{ann}/toggle-admin").status == 404


def test_an_application_can_be_added_without_a_request() -> None:
    with calling(routes="both") as call:
        app = call.fake.add_app("o", "p", "a", platform="stone")
        call.fake.add_app("o", "p", "b")
        assert call.fake.requests == []
        shown = call.get("/applications/o/p/a")
        assert (shown["id"], shown["platform"]) == (app, "stone")
        assert call.get("/organizations/o")["application_count"] == 2
        with pytest.raises(ValueError, match="the slug 'a' is taken already"):
            call.fake.add_app("o", "p", "a")


def test_a_new_name_keeps_the_slug() -> None:
    with calling(routes="both") as call:
        call.fake.add_app("o", "p", "a")
        for path in ("/organizations/o", "/projects/o/p", "/applications/o/p/a"):
            changed = call("PATCH", path, {"name": "New"}).json
            assert (changed["name"], changed["slug"]) == ("New", path[-1])

"""FakeAncla's workspaces routes, as in the platform's API document and its own clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ancla._fake.routes import routes_of
from tests.fake.fake_caller import Caller, calling

PROJECT = "/workspaces/o/projects/p"
ENV = f"{PROJECT}/envs/production"
SERVICE = f"{ENV}/services/a"
PIPELINE = f"{PROJECT}/pipeline"

# The bodies of those documented routes that take one.
BODIES: dict[str, object] = {
    "POST /workspaces": {"name": "New"},
    "POST /workspaces/o/config": {"name": "KEY", "value": "w"},
    "POST /workspaces/o/members": {"username": "ann", "admin": True},
    "POST /workspaces/o/teams": {"name": "New"},
    "POST /workspaces/o/teams/t/config": {"name": "KEY", "value": "w"},
    "POST /workspaces/o/projects": {"name": "New", "slug": "new"},
    f"PATCH {PROJECT}": {"name": "New"},
    f"POST {PROJECT}/config": {"name": "KEY", "value": "w"},
    f"POST {PROJECT}/envs": {"name": "preview"},
    f"PATCH {ENV}": {"name": "New"},
    f"POST {ENV}/config": {"name": "KEY", "value": "w"},
    f"POST {ENV}/config/bulk": [{"name": "KEY", "value": "w"}],
    f"POST {ENV}/services": {"name": "New", "slug": "new", "platform": "wind"},
    f"PATCH {SERVICE}": {"auto_deploy_branch": "main"},
    f"POST {SERVICE}/builds/trigger": {},
    f"POST {SERVICE}/config": {"name": "KEY", "value": "w"},
    f"POST {PROJECT}/promote": {
        "service": "a",
        "source_env": "production",
        "target_env": "staging",
    },
}
# Login with a password, and routes for other servers: a client with an API key needs none.
LEFT_OUT = {
    "POST /auth/login",
    "POST /auth/logout",
    "GET /integrations/docker/auth",
    "POST /integrations/docker/auth",
    "POST /integrations/github/hooks",
    "GET /integrations/signing-cert",
}
# Of the routes that only the platform's own clients use, those that FakeAncla lacks.
LACKING = {
    f"GET {SERVICE}/cache",
    f"POST {SERVICE}/cache/flush",
    f"GET {SERVICE}/database",
    f"POST {SERVICE}/exec",
}
UNPUBLISHED = [
    ("PATCH", "/workspaces/o", {"name": "New"}, 200, 405),
    ("DELETE", "/workspaces/o", None, 204, 405),
    ("DELETE", PROJECT, None, 204, 405),
    ("DELETE", SERVICE, None, 204, 405),
    ("POST", f"{SERVICE}/scale", {"process_counts": {"web": 2}}, 204, 404),
    ("DELETE", f"{SERVICE}/config/VARIABLE", None, 204, 404),
    ("DELETE", f"{PROJECT}/config/OF_PROJECT", None, 204, 404),
    ("DELETE", "/workspaces/o/config/OF_WORKSPACE", None, 204, 404),
    ("POST", f"{SERVICE}/deploy", {"config_only": True}, 202, 400),
]
SLUGS = {
    "workspace": "o",
    "project": "p",
    "env": "production",
    "svc": "a",
    "version": "1",
    "deploy_id": "DEPLOY",
    "config_id": "SHARED",
    "team": "t",
}


def documented() -> Iterator[tuple[str, int, str]]:
    """Yields each route of the document: method and path, status code, kind of response."""
    file = Path(__file__).with_name("workspaces_document.txt")
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        method, path, status, kind = line.split()
        path = path.replace("?service&env", "?service=a&env=production")
        path = path.replace(
            "?service&source_env&target_env", "?service=a&source_env=production&target_env=staging"
        )
        yield f"{method} {path.format(**SLUGS)}", int(status), kind


DOCUMENTED = [row for row in documented() if row[0] not in LEFT_OUT]


@pytest.fixture
def call() -> Iterator[Caller]:
    """A caller to a server with o/p/a deployed twice in production, and once in staging."""
    with calling(routes="workspaces") as call:
        prepare(call)
        yield call


def prepare(call: Caller) -> dict[str, str]:
    """Creates the records that DEPLOY, VARIABLE, SHARED ... stand for. Returns their ids."""
    call.fake.add_app("o", "p", "a", environment="staging")
    call.fake.add_app("o", "p", "a")
    variable = call.post(f"{SERVICE}/config", {"name": "KEY", "value": "v"})
    shared, of_project, of_workspace = (
        call.post(f"{place}/config", {"name": "SHARED", "value": "v"})["id"]
        for place in (ENV, PROJECT, "/workspaces/o")
    )
    call.post("/workspaces/o/teams", {"name": "T"})
    for env in ("production", "production", "staging"):
        assert call("POST", f"{PROJECT}/envs/{env}/services/a/deploy").status == 202
        while call.fake.advance():
            pass
    newest = call.get(f"{SERVICE}/deploys")[0]
    return {
        "DEPLOY": newest["id"],
        "VARIABLE": variable["id"],
        "SHARED": shared,
        "OF_PROJECT": of_project,
        "OF_WORKSPACE": of_workspace,
    }


def filled(text: str, ids: dict[str, str]) -> str:
    for word, value in ids.items():
        text = text.replace(word, value)
    return text


def test_every_documented_route_is_served_except_those_without_a_key() -> None:
    assert BODIES.keys() <= {route for route, _, _ in DOCUMENTED}
    assert len(DOCUMENTED) + len(LEFT_OUT) == 60
    below_api_v1 = [route for route in routes_of("workspaces") if "/api/keys" not in route.path]
    assert len(below_api_v1) == len(DOCUMENTED)


@pytest.mark.parametrize("route", sorted(LEFT_OUT | LACKING))
def test_what_is_left_out_is_not_served(call: Caller, route: str) -> None:
    assert call(*route.split()).status == 404


@pytest.mark.parametrize(("route", "status", "kind"), DOCUMENTED)
def test_a_documented_route_responds_as_documented(route: str, status: int, kind: str) -> None:
    with calling(routes="workspaces") as call:
        ids = prepare(call)
        method, _, path = route.partition(" ")
        response = call(method, filled(path, ids), BODIES.get(route))
        assert response.status == status, response
        if kind == "empty":
            assert response.raw == b""
        else:
            assert isinstance(response.json, list if kind == "array" else dict)


@pytest.mark.parametrize(("method", "path", "body", "lenient", "strict"), UNPUBLISHED)
def test_undocumented_routes_are_served_only_if_lenient(
    method: str, path: str, body: object, lenient: int, strict: int
) -> None:
    for is_lenient, status in ((True, lenient), (False, strict)):
        with calling(routes="workspaces", lenient=is_lenient) as call:
            ids = prepare(call)
            response = call(method, filled(path, ids), body)
            assert response.status == status
            if not is_lenient:  # the framework's error: the platform does not see the request
                assert response.json["status_code"] == status


@pytest.mark.parametrize(
    "path",
    [
        "/workspaces/x",
        "/workspaces/o/projects/x",
        f"{PROJECT}/envs/x",
        f"{PROJECT}/envs/development/services/a",
        f"{SERVICE}/builds/3",
        f"{SERVICE}/builds/one",
        f"{SERVICE}/deploys/x",
        f"{PIPELINE}/status?service=a&env=x",
    ],
)
def test_a_missing_record_is_the_documented_error(call: Caller, path: str) -> None:
    response = call("GET", path)
    assert (response.status, response.json) == (404, {"status": 404, "message": "not found"})


def test_an_invalid_request_is_the_frameworks_400(call: Caller) -> None:
    response = call("POST", "/workspaces", {"name": 5})
    assert (response.status, response.json) == (
        400,
        {
            "status_code": 400,
            "detail": "Validation failed for POST /api/v1/workspaces",
            "extra": [{"message": "Expected `str`, got `int`", "key": "name", "source": "body"}],
        },
    )
    response = call("GET", f"{PIPELINE}/status?service=a")
    assert response.status == 400
    assert response.json["detail"].startswith("Missing required query parameter 'env' for path")
    assert "extra" not in response.json


def test_a_new_project_has_three_environments_and_may_get_more(call: Caller) -> None:
    call.post("/workspaces/o/projects", {"name": "Q"})
    call.post("/workspaces/o/projects/q/envs", {"name": "PR 7"})
    environments = call.get("/workspaces/o/projects/q/envs")
    assert [it["slug"] for it in environments] == ["production", "staging", "development", "pr-7"]
    one = call.get("/workspaces/o/projects/q/envs/pr-7")
    assert (one["name"], one["service_count"]) == ("PR 7", 0)


def test_fields_have_the_names_of_the_workspaces_routes(call: Caller) -> None:
    (workspace,) = call.get("/workspaces")
    assert "service_count" not in workspace
    assert call.get("/workspaces/o")["service_count"] == 2
    assert call.get("/workspaces/o")["members"] == [
        {"username": "developer", "email": "developer@example.com", "admin": True}
    ]
    project = call.get(PROJECT)
    assert (project["workspace_slug"], project["workspace_name"]) == ("o", "o")
    service = call.get(SERVICE)
    assert "latest_image" not in service and service["build_strategy"] is None


def test_a_workspace_may_be_personal(call: Caller) -> None:
    made = call.post("/workspaces", {"name": "Mine", "personal": True})
    assert (made["personal"], call.get("/workspaces/mine")["personal"]) == (True, True)
    assert [it["personal"] for it in call.get("/workspaces")] == [False, True]
    assert call("POST", "/workspaces", {"name": "Other", "personal": "yes"}).status == 400


def test_deploys_are_a_bare_array_with_the_newest_first(call: Caller) -> None:
    call("POST", f"{SERVICE}/deploy")
    while len(deploys := call.get(f"{SERVICE}/deploys")) < 3:
        pass
    assert [deploy["complete"] for deploy in deploys] == [False, True, True]
    assert deploys[0].keys() == {"id", "complete", "error", "created"}


def test_triggers_name_the_build_and_its_version(call: Caller) -> None:
    for path in ("deploy", "builds/trigger"):
        response = call("POST", f"{SERVICE}/{path}")
        newest = call.get(f"{SERVICE}/builds")["items"][0]
        assert response.json == {"build_id": newest["id"], "version": newest["version"]}


@pytest.mark.parametrize(
    ("nulls", "pagination"),
    [
        ("unset", {"page": 2, "per_page": 20, "total": 25, "total_pages": 2}),
        ("always", None),
        ("never", "left out"),
    ],
)
def test_builds_are_sent_in_pages_of_20_with_or_without_pagination(
    nulls: str, pagination: object
) -> None:
    with calling(routes="workspaces", nulls=nulls, pace="manual") as call:
        call.fake.add_app("o", "p", "a")
        for _ in range(25):
            call("POST", f"{SERVICE}/builds/trigger")
        first, second = (call.get(f"{SERVICE}/builds?page={page}") for page in (1, 2))
        assert [it["version"] for it in first["items"]] == [*range(25, 5, -1)]
        assert [it["version"] for it in second["items"]] == [5, 4, 3, 2, 1]
        assert second.get("pagination", "left out") == pagination


@pytest.mark.parametrize("nulls", ["always", "never"])
def test_nulls_are_where_they_may_be(nulls: str) -> None:
    with calling(routes="workspaces", nulls=nulls) as call:
        prepare(call)
        service = call.get(SERVICE)
        left = {name for name, value in service.items() if value is not None}
        assert {"name", "slug"} <= left
        if nulls == "always":
            assert left == {"name", "slug"}
            started = call("POST", f"{SERVICE}/deploy").json
            assert started == {"build_id": None, "version": None}
        else:
            assert None not in service.values()


def test_a_stage_that_has_never_run_is_null() -> None:
    with calling(routes="workspaces") as call:
        call.fake.add_app("o", "p", "a")
        for what in ("status", "metrics"):
            response = call.get(f"{PIPELINE}/{what}?service=a&env=production")
            assert response == {"build": None, "deploy": None}


def test_each_stage_can_fail_and_a_failed_release_fails_the_deployment(call: Caller) -> None:
    fake = call.fake
    for fail in (fake.fail_next_build, fake.fail_next_release, fake.fail_next_deployment):
        fail("broke")
        call("POST", f"{SERVICE}/deploy")
        while fake.advance():
            pass
    status = call.get(f"{PIPELINE}/status?service=a&env=production")
    assert status == {
        "build": {"status": "success", "error_detail": None},
        "deploy": {"status": "error", "error_detail": "broke"},
    }
    builds = call.get(f"{SERVICE}/builds")["items"]
    assert [build["error"] for build in builds] == [False, False, True, False, False]
    deploys = call.get(f"{SERVICE}/deploys")
    assert [deploy["error"] for deploy in deploys] == [True, True, False, False]
    log = call.get(f"{SERVICE}/deploys/{deploys[2]['id']}/log")
    assert (log["status"], "is active" in log["log_text"]) == ("success", True)


def test_a_rollback_deploys_what_was_active_before(call: Caller) -> None:
    rollback = f"{PIPELINE}/rollback?service=a&env=production"
    before = call.get(f"{SERVICE}/builds")
    response = call("POST", rollback)
    deploy = call.get(f"{SERVICE}/deploys")[0]
    assert response.json == {"deploy_id": deploy["id"]}
    assert call.get(f"{SERVICE}/builds") == before
    refused = call("POST", f"{PIPELINE}/rollback?service=a&env=staging")
    assert (refused.status, refused.json["message"]) == (400, "there is nothing to roll back to")


def test_a_promotion_deploys_a_build_into_another_environment(call: Caller) -> None:
    staging = f"{PROJECT}/envs/staging/services/a"
    names: dict[str, Any] = {"service": "a", "source_env": "production", "target_env": "staging"}
    promoted = call.post(f"{PROJECT}/promote", names)
    builds = call.get(f"{staging}/builds")["items"]
    assert [(it["version"], it["built"]) for it in builds] == [(2, True), (1, True)]
    assert call.get(f"{staging}/deploys")[0]["id"] == promoted["deploy_id"]
    for wrong in ({"target_env": "x"}, {"service": "x"}):
        assert call("POST", f"{PROJECT}/promote", {**names, **wrong}).status == 404


def test_a_deploy_of_the_config_deploys_the_active_build_again(call: Caller) -> None:
    call.fake.fail_next_deployment()
    call("POST", f"{SERVICE}/deploy")
    while call.fake.advance():
        pass
    builds = call.get(f"{SERVICE}/builds")
    started = call("POST", f"{SERVICE}/deploy", {"config_only": True}).json
    while call.fake.advance():
        pass
    newest = call.get(f"{SERVICE}/deploys")[0]
    assert (started, newest["complete"]) == ({"deploy_id": newest["id"]}, True)
    assert call.get(f"{SERVICE}/builds") == builds
    names = "service=a&source_env=production&target_env=staging"
    assert call.get(f"{PROJECT}/promote/preview?{names}")["build"]["version"] == 2


def test_a_deploy_of_the_config_needs_a_build(call: Caller) -> None:
    call.fake.add_app("o", "p", "new")
    deploy = f"{ENV}/services/new/deploy"
    refused = call("POST", deploy, {"config_only": True})
    assert (refused.status, refused.json["message"]) == (400, "there is no built image")
    call("POST", deploy, {"config_only": False})
    call.fake.fail_next_deployment()
    while call.fake.advance():
        pass
    assert call("POST", deploy, {"config_only": True}).json.keys() == {"deploy_id"}


def test_a_server_that_ignores_config_only_starts_a_build() -> None:
    with calling(lenient=False, ignore_unknown_fields=True) as call:
        call.fake.add_deployment("o", "p", "a")
        started = call("POST", f"{SERVICE}/deploy", {"config_only": True}).json
        assert started.keys() == {"build_id", "version"}


def test_retired_route_sets_have_the_production_environment() -> None:
    with calling(routes="slugs") as call:
        call.fake.add_app("o", "p", "staged", environment="staging")
        call.fake.add_app("o", "p", "a")
        assert [app["slug"] for app in call.get("/applications/o/p")] == ["a"]

"""FakeAncla on today's API: members, environments, and the pipelines of a project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fake.fake_caller import Caller, calling

WORKSPACE = "/workspaces/o"
PROJECT = f"{WORKSPACE}/projects/p"
ENV = f"{PROJECT}/envs/production"
STAGING = f"{PROJECT}/envs/staging"
IN_PRODUCTION = "service=a&env=production"
PREVIEW = f"{PROJECT}/promote/preview?service=a&source_env=production&target_env=staging"


@pytest.fixture
def call() -> Iterator[Caller]:
    """A caller to a server with the apps a and b in production, and a in staging."""
    with calling(routes="workspaces", pace="manual") as call:
        call.fake.add_app("o", "p", "a")
        call.fake.add_app("o", "p", "b")
        call.fake.add_app("o", "p", "a", environment="staging")
        yield call


def trigger(call: Caller, path: str) -> Any:
    """Sends the request that starts a pipeline, and runs the pipeline to its end."""
    started = call("POST", path)
    assert started.status == 202, started
    while call.fake.advance():
        pass
    return started.json


# Members, teams and health


def test_the_health_needs_no_key(call: Caller) -> None:
    for key in (None, call.fake.api_key):
        healthy = call("GET", "/integrations/health", x_api_key=key)
        assert (healthy.status, healthy.json) == (200, {"status": "ok"})


# Environments


def test_an_environment_lists_the_deploys_of_all_its_apps(call: Caller) -> None:
    for env, app in ((ENV, "a"), (STAGING, "a"), (ENV, "b"), (ENV, "a")):
        trigger(call, f"{env}/services/{app}/deploy")
    of_a, of_b = (call.get(f"{ENV}/services/{app}/deploys") for app in "ab")
    listed = call.get(f"{ENV}/deploys")
    assert listed == [of_a[0], of_b[0], of_a[1]]
    place = f"{ENV}/deploys/{of_b[0]['id']}"
    assert call.get(place) == call.get(f"{ENV}/services/b/deploys/{of_b[0]['id']}")
    assert call.get(f"{place}/log")["status"] == "success"


def test_another_environments_deploy_is_missing(call: Caller) -> None:
    trigger(call, f"{STAGING}/services/a/deploy")
    (deploy,) = call.get(f"{STAGING}/deploys")
    assert call("GET", f"{STAGING}/deploys/{deploy['id']}").status == 200
    assert call.get(f"{STAGING}/services/a/deploys/{deploy['id']}")["complete"] is True
    for place in (ENV, f"{ENV}/services/a"):
        for path in ("", "/log"):
            assert call("GET", f"{place}/deploys/{deploy['id']}{path}").status == 404


def test_a_build_has_the_strategy_of_its_trigger_or_of_its_app(call: Caller) -> None:
    body = {"name": "C", "build_strategy": "buildpack"}
    call.post(f"{ENV}/services", body)
    service = f"{ENV}/services/c"
    call("POST", f"{service}/builds/trigger")
    call("POST", f"{service}/builds/trigger", {"strategy": "dockerfile"})
    newest, oldest = call.get(f"{service}/builds")["items"]
    assert (newest["strategy"], oldest["strategy"]) == ("dockerfile", "buildpack")


def test_deploying_an_environment_without_the_app_is_an_error(call: Caller) -> None:
    assert call("POST", f"{ENV}/deploy?service=x").status == 404
    refused = call("POST", f"{PROJECT}/envs/development/deploy")
    assert (refused.status, refused.json["message"]) == (400, "there is nothing to deploy")


def test_polling_the_deploys_of_an_environment_is_a_step() -> None:
    with calling(routes="workspaces", pace="reads") as call:
        for env in ("production", "staging"):
            call.fake.add_app("o", "p", "a", environment=env)
            call("POST", f"{PROJECT}/envs/{env}/services/a/deploy")
        while not call.get(f"{ENV}/deploys"):
            pass
        deploy = call.get(f"{ENV}/deploys")[0]
        while not call.get(f"{ENV}/deploys/{deploy['id']}")["complete"]:
            pass
        status = f"{PROJECT}/pipeline/status?service=a&env=staging"
        assert call.get(status)["build"]["status"] == "queued"


# The pipeline


def test_the_pipeline_deploys_an_app_as_its_own_route_does(call: Caller) -> None:
    started = trigger(call, f"{PROJECT}/pipeline/deploy?{IN_PRODUCTION}")
    assert started["version"] == 1
    assert call.get(f"{ENV}/services/a/deploys")[0]["complete"] is True


def test_the_history_has_each_deployment_and_each_build_that_was_not_deployed(
    call: Caller,
) -> None:
    service = f"{ENV}/services/a"
    trigger(call, f"{service}/deploy")
    trigger(call, f"{service}/deploy")
    call.fake.fail_next_build("broke")
    trigger(call, f"{service}/deploy")
    trigger(call, f"{PROJECT}/pipeline/rollback?{IN_PRODUCTION}")
    history = f"{PROJECT}/pipeline/history?{IN_PRODUCTION}"
    runs = call.get(history)
    words = [(run["version"], run["build"]["status"], run["deploy"]) for run in runs]
    success = {"status": "success", "error_detail": None}
    assert words == [
        (1, "success", success),
        (3, "error", None),
        (2, "success", success),
        (1, "success", success),
    ]
    assert runs[1]["build"]["error_detail"] == "broke"
    assert call.get(f"{history}&limit=2") == runs[:2]
    assert call("GET", f"{history}&limit=0").status == 400


def test_a_preview_shows_what_a_promotion_does(call: Caller) -> None:
    assert (call.get(PREVIEW)["build"], call.get(PREVIEW)["replaces"]) == (None, None)
    trigger(call, f"{ENV}/services/a/deploy")
    trigger(call, f"{ENV}/services/a/deploy")
    trigger(call, f"{STAGING}/services/a/deploy")
    shown = call.get(PREVIEW)
    assert (shown["service"], shown["source_env"], shown["target_env"]) == (
        "a",
        "production",
        "staging",
    )
    assert shown["build"] == call.get(f"{ENV}/services/a/builds")["items"][0]
    assert shown["replaces"] == call.get(f"{STAGING}/services/a/builds")["items"][0]


@pytest.mark.parametrize("wrong", ["service=b", "source_env=x", "target_env=development"])
def test_a_preview_of_a_missing_app_or_environment_is_not_found(call: Caller, wrong: str) -> None:
    assert call("GET", f"{PREVIEW}&{wrong}").status == 404


@pytest.mark.parametrize("nulls", ["always", "never"])
def test_a_rollback_and_a_promotion_may_leave_the_id_out(nulls: str) -> None:
    with calling(routes="workspaces", nulls=nulls, pace=0) as call:
        for env in (ENV, STAGING):
            call.fake.add_app("o", "p", "a", environment=env.rpartition("/")[2])
            call("POST", f"{env}/services/a/deploy")
            call("POST", f"{env}/services/a/deploy")
        names = {"service": "a", "source_env": "production", "target_env": "staging"}
        responses = [
            call("POST", f"{PROJECT}/pipeline/rollback?{IN_PRODUCTION}").json,
            call.post(f"{PROJECT}/promote", names),
        ]
        for response in responses:
            assert (response["deploy_id"] is None) == (nulls == "always")


@pytest.mark.parametrize(
    ("query", "pods"),
    [
        ("", 3),
        ("?env=production", 2),
        ("?service=a", 2),
        ("?service=a&env=staging", 1),
        ("?env=development", 0),
    ],
)
def test_the_processes_that_run_are_observed(call: Caller, query: str, pods: int) -> None:
    seen = call.get(f"{PROJECT}/observability{query}")
    (measured,) = seen["history"]
    assert measured.pop("timestamp") == call.get(PROJECT)["created"]
    assert (seen["range"], measured) == (
        "24h",
        {"cpu_usage_m": 0, "memory_usage_bytes": 0, "pod_count": pods, "restart_count": 0},
    )


def test_a_range_can_be_observed_but_not_a_missing_app(call: Caller) -> None:
    assert call.get(f"{PROJECT}/observability?range=1h")["range"] == "1h"
    for query in ("env=x", "service=x", "service=b&env=staging"):
        assert call("GET", f"{PROJECT}/observability?{query}").status == 404

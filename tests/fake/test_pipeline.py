"""FakeAncla's pipeline, build -> release -> deployment, at each pace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fake.fake_caller import Caller, calling

Stages = tuple[Any, Any, Any]

WHOLE_PIPELINE = [
    ("queued", None, None),
    ("building", None, None),
    ("built", "queued", None),
    ("built", "building", None),
    ("built", "built", "queued"),
    ("built", "built", "running"),
    ("built", "built", "active"),
]


@pytest.fixture
def call() -> Iterator[Caller]:
    """A server with published routes and the application o/p/a. Only `advance` takes steps."""
    with calling(routes="published", pace="manual") as caller:
        caller.fake.add_app("o", "p", "a")
        yield caller


def app_id(call: Caller) -> str:
    return str(call.get("/applications/o/p/a")["id"])


def stages(call: Caller) -> Stages:
    """Returns the status words of build, release and deployment, None for those that never ran."""
    status = call.get(f"/applications/{app_id(call)}/pipeline-status")
    build, release, deploy = (
        status[stage] and status[stage]["status"] for stage in ("build", "release", "deploy")
    )
    return build, release, deploy


def deploy(call: Caller, place: str = "") -> str:
    return str(call.post(f"/applications/{place or app_id(call)}/deploy")["image_id"])


def finish(call: Caller) -> None:
    while call.fake.advance():
        pass


# The stages


def test_a_deploy_goes_through_all_stages(call: Caller) -> None:
    deploy(call)
    seen = [stages(call)]
    while len(seen) < len(WHOLE_PIPELINE):
        call.fake.advance()
        seen.append(stages(call))
    assert seen == WHOLE_PIPELINE
    assert call.fake.advance() == 0


def test_a_build_only_builds(call: Caller) -> None:
    started = call.post(f"/images/{app_id(call)}/build")
    assert (started["ok"], started["version"]) == (True, 1)
    finish(call)
    status = call.get(f"/applications/{app_id(call)}/pipeline-status")
    assert status["build"]["step"] == {"name": "built", "number": 2, "total": 2}
    assert stages(call) == ("built", None, None)


def test_an_image_or_release_that_is_not_built_cannot_go_on(call: Caller) -> None:
    refused = call("POST", f"/releases/{app_id(call)}/create")
    assert (refused.status, refused.json["detail"]) == (400, "there is no built image")
    deploy(call)
    call.fake.advance(3)
    release = call.get("/applications/o/p/a")["latest_release"]["id"]
    refused = call("POST", f"/releases/{release}/deploy")
    assert (refused.status, refused.json["detail"]) == (400, "the release is not built")


def test_logs_grow_with_the_pipeline(call: Caller) -> None:
    image = deploy(call)
    logs = [call.get(f"/images/{image}/log")]
    for _ in range(2):
        call.fake.advance()
        logs.append(call.get(f"/images/{image}/log"))
    assert [log["status"] for log in logs] == ["queued", "building", "built"]
    assert [log["log_text"] for log in logs] == [
        None,
        "Building o/p/a v1\n",
        "Building o/p/a v1\nBuilt image v1\n",
    ]
    assert logs[0]["build_step"] is None
    assert logs[1]["build_step"] == {"name": "building", "number": 1, "total": 2}


def test_a_release_copies_the_configuration_and_lists_the_changes(call: Caller) -> None:
    app = app_id(call)
    first = call.post(f"/configurations/{app}", {"name": "A", "value": "1"})["id"]
    call.post(f"/configurations/{app}", {"name": "S", "value": "hush", "secret": True})
    deploy(call)
    finish(call)
    call("PATCH", f"/configurations/{app}/{first}", {"value": "2"})
    call.post(f"/configurations/{app}", {"name": "B", "value": "3"})
    call.post(f"/releases/{app}/create")
    newer, older = (
        call.get(f"/releases/{release['id']}/detail")
        for release in call.get(f"/releases/{app}")["items"]
    )
    assert older["configuration"] == {"A": "1", "S": "**secret**"}
    assert newer["configuration"] == {"A": "2", "S": "**secret**", "B": "3"}
    assert newer["configuration_changes"] == {"added": ["B"], "changed": ["A"]}
    assert (older["image_changes"], newer["image_changes"]) == ({"version": 1}, {})


# Failures


@pytest.mark.parametrize(
    ("stage", "end"),
    [
        ("build", ("error", None, None)),
        ("release", ("built", "error", None)),
        ("deployment", ("built", "built", "error")),
    ],
)
def test_a_failed_stage_ends_the_pipeline(call: Caller, stage: str, end: Stages) -> None:
    getattr(call.fake, f"fail_next_{stage}")("out of paint")
    deploy(call)
    finish(call)
    assert stages(call) == end
    status = call.get(f"/applications/{app_id(call)}/pipeline-status")
    assert "out of paint" in [found["error_detail"] for found in status.values() if found]
    deploy(call)
    finish(call)
    assert stages(call) == ("built", "built", "active")


def test_a_failure_shows_in_the_details_and_the_log(call: Caller) -> None:
    call.fake.fail_next_build("out of paint")
    image = deploy(call)
    finish(call)
    details, log = call.get(f"/images/{image}/detail"), call.get(f"/images/{image}/log")
    for found in (details, log):
        assert (found["error"], found["error_detail"]) == (True, "out of paint")
    assert details["built"] is False
    assert log["log_text"] == "Building o/p/a v1\nERROR: out of paint\n"


def test_metrics_count_finished_stages_only() -> None:
    now = [0.0]
    with calling(routes="published", pace="manual", clock=lambda: now[0]) as call:
        call.fake.add_app("o", "p", "a")
        path = f"/applications/{app_id(call)}/pipeline-metrics"
        assert call.get(path) == {"build": None, "release": None, "deploy": None}
        for seconds in (1.0, 3.0):
            deploy(call)
            while call.fake.advance():
                now[0] += seconds
            call.fake.fail_next_build()
        duration = {"avg": 1.0, "p50": 1.0, "p95": 1.0, "count": 1}
        once = {"success": 1, "error": 0, "success_rate": 1.0, "duration": duration}
        assert call.get(path) == {
            "build": {
                "success": 1,
                "error": 1,
                "success_rate": 0.5,
                "duration": {"avg": 2.0, "p50": 3.0, "p95": 3.0, "count": 2},
            },
            "release": once,
            "deploy": once,
        }


def test_metrics_have_the_median_and_the_95th_percentile() -> None:
    now = [0.0]
    with calling(routes="published", pace="manual", clock=lambda: now[0]) as call:
        call.fake.add_app("o", "p", "a")
        path = f"/applications/{app_id(call)}"
        for seconds in range(100):
            call.post(f"/images/{app_id(call)}/build")
            call.fake.advance()
            now[0] += seconds
            call.fake.advance()
        duration = call.get(f"{path}/pipeline-metrics")["build"]["duration"]
        assert duration == {"avg": 49.5, "p50": 50.0, "p95": 95.0, "count": 100}


# The pace


@pytest.mark.parametrize("watched", ["/images/{app}", "/images/{image}/log", "/releases/{app}"])
def test_each_poll_is_a_step(watched: str) -> None:
    with calling(routes="published") as call:
        app = call.fake.add_app("o", "p", "a")
        path = watched.format(app=app, image=deploy(call))
        for _ in range(2):
            call.get("/applications/o/p/a")
            call.get(path)
        assert stages(call) == WHOLE_PIPELINE[2]


def test_polling_one_application_does_not_move_others() -> None:
    with calling(routes="both") as call:
        for app in ("a", "b"):
            call.fake.add_app("o", "p", app)
            deploy(call, f"o/p/{app}")
        for _ in range(9):
            call.get("/deployments/o/p/a")
        assert call.get("/deployments/o/p/a")[0]["complete"] is True
        assert call.get("/applications/o/p/b")["latest_image"]["built"] is False


def test_only_the_last_page_of_a_list_is_a_step() -> None:
    with calling(routes="both", page_size=1) as call:
        call.fake.add_app("o", "p", "a")
        for _ in range(2):
            deploy(call, "o/p/a")
        pages = [call.get(f"/images/o/p/a?page={page}") for page in (1, 2, 1)]
        assert [page["items"][0]["updated"] is None for page in pages] == [True, True, False]


def test_a_numeric_pace_takes_steps_by_the_clock() -> None:
    now = [100.0]
    with calling(routes="published", pace=2.0, clock=lambda: now[0]) as call:
        call.fake.add_app("o", "p", "a")
        deploy(call)
        seen = []
        for now[0] in (101.9, 102.0, 102.1, 104.0, 111.9, 112.0, 500.0):
            seen.append(stages(call))
        queued, building, built_and_queued, *_, deploying, active = WHOLE_PIPELINE
        assert seen == [queued, building, building, built_and_queued, deploying, active, active]


def test_advance_takes_a_step_at_any_pace() -> None:
    with calling(routes="both", pace=3600.0) as call:
        call.fake.add_app("o", "p", "a")
        deploy(call, "o/p/a")
        assert [call.fake.advance(5), call.fake.advance(), call.fake.advance()] == [1, 0, 0]
        assert call.get("/applications/o/p/a")["latest_deployment"]["complete"] is True


@pytest.mark.parametrize("path", ["applications/o/p/a", "projects/o/p", "organizations/o"])
def test_a_pipeline_ends_with_its_application(path: str) -> None:
    with calling(routes="both", pace="manual") as call:
        call.fake.add_app("o", "p", "a")
        deploy(call, "o/p/a")
        assert call("DELETE", f"/{path}").status == 204
        assert call.fake.advance() == 0


@pytest.mark.parametrize("pace", ["manual", "reads"])
@pytest.mark.parametrize(
    ("late", "seen"),
    [
        (False, [(False, 0), (False, 0), (True, 1)]),
        (True, [(False, 0), (False, 0), (True, 0), (True, 1)]),
    ],
)
def test_a_late_deployment_appears_a_step_after_its_build(
    pace: Any, late: bool, seen: list[tuple[bool, int]]
) -> None:
    service = "/workspaces/o/projects/p/envs/production/services/a"
    with calling(routes="workspaces", pace=pace, late_deployments=late) as call:
        call.fake.add_app("o", "p", "a")
        assert call("POST", f"{service}/deploy").status == 202
        states = []
        for _ in seen:  # Look without a request, which would take a step.
            (app,) = call.fake._platform.apps
            states.append((app.images[0].built, len(app.deployments)))
            call.fake.advance() if pace == "manual" else call.get(f"{service}/builds")
        assert states == seen

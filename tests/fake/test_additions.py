"""FakeAncla's methods `add_...`, which need no request, and `environ`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla.testing import FakeAncla
from tests.fake.fake_caller import Caller, calling

APP = ("o", "p", "a")
ENV = "/workspaces/o/projects/p/envs"
SERVICE = f"{ENV}/production/services/a"


@pytest.fixture
def call() -> Iterator[Caller]:
    with calling(routes="workspaces") as call:
        yield call
        assert all(request.method == "GET" for request in call.fake.requests)


def test_a_variable_is_added_with_its_app(call: Caller) -> None:
    plain = call.fake.add_config(*APP, "PLAIN", "v")
    call.fake.add_config(*APP, "BUILD", "b", buildtime=True)
    call.fake.add_config(*APP, "SECRET", "s", secret=True, environment="staging")
    first, second = call.get(f"{SERVICE}/config")
    assert (first["id"], first["name"], first["value"]) == (plain, "PLAIN", "v")
    assert (first["secret"], first["buildtime"], second["buildtime"]) == (False, False, True)
    (secret,) = call.get(f"{ENV}/staging/services/a/config")
    assert (secret["value"], secret["secret"]) == ("**secret**", True)


def test_a_deployment_is_added_with_its_image(call: Caller) -> None:
    added = call.fake.add_deployment(*APP)
    assert call.fake.advance() == 0
    deploy = call.get(f"{SERVICE}/deploys/{added}")
    assert (deploy["complete"], deploy["error"]) == (True, False)
    assert call.get(f"{SERVICE}/deploys/{added}/log")["status"] == "success"
    assert call.get(f"{SERVICE}/builds/1")["built"] is True
    assert call.get(f"{ENV}/staging/deploys") == []


def test_a_failed_deployment_is_added_and_leaves_the_one_before_active(call: Caller) -> None:
    call.fake.add_deployment(*APP)
    added = call.fake.add_deployment(*APP, error="no response on port 8000")
    deploy = call.get(f"{SERVICE}/deploys/{added}")
    assert (deploy["complete"], deploy["error"]) == (False, True)
    assert deploy["error_detail"] == "no response on port 8000"
    preview = "service=a&source_env=production&target_env=production"
    shown = call.get(f"/workspaces/o/projects/p/promote/preview?{preview}")
    assert shown["build"]["version"] == 1


def test_an_added_deployment_does_not_use_up_a_planned_failure() -> None:
    with calling(routes="workspaces") as call:
        call.fake.fail_next_build("meant for the next")
        call.fake.add_deployment(*APP, environment="staging")
        call.fake.add_deployment(*APP)
        call("POST", f"{SERVICE}/deploy")
        while call.fake.advance():
            pass
        assert call.get(f"{SERVICE}/builds/2")["error_detail"] == "meant for the next"
        assert call.get(f"{SERVICE}/builds/1")["error"] is False


@pytest.mark.parametrize("routes", ["slugs", "both"])
def test_an_added_deployment_has_a_release_where_there_are_releases(routes: str) -> None:
    with calling(routes=routes) as call:
        added = call.fake.add_deployment(*APP)
        deployment = call.get(f"/deployments/{added}/detail")
        assert (deployment["complete"], deployment["release"]["built"]) == (True, True)


def test_a_member_is_added_with_its_organization(call: Caller) -> None:
    call.fake.add_member("o", "ann", admin=True)
    call.fake.add_member("o", "bob")
    members = call.get("/workspaces/o/members")
    assert [(it["username"], it["admin"]) for it in members] == [
        ("developer", True),
        ("ann", True),
        ("bob", False),
    ]


def test_the_id_of_an_added_member_is_returned() -> None:
    with calling(routes="published") as call:
        ann = call.fake.add_member("o", "ann")
        assert call.get("/organizations/o")["members"][1]["user_id"] == ann


def test_adding_what_exists_raises() -> None:
    with FakeAncla() as fake:
        fake.add_config(*APP, "KEY", "v")
        fake.add_member("o", "ann")
        with pytest.raises(ValueError, match="KEY exists already"):
            fake.add_config(*APP, "KEY", "w")
        with pytest.raises(ValueError, match="ann is a member already"):
            fake.add_member("o", "ann")


def test_the_image_behind_a_deployment_is_told() -> None:
    with calling() as call:
        first, second = (call.fake.add_deployment(*APP) for _ in range(2))
        builds = call.get(f"{SERVICE}/builds")["items"]
        told = [call.fake.image_of(it) for it in (second, first)]
        assert told == [build["id"] for build in builds]
        with pytest.raises(ValueError, match="there is no deployment 'd1'"):
            call.fake.image_of("d1")


def test_nulls_can_be_changed_while_it_serves() -> None:
    with calling() as call:
        call.fake.add_app(*APP)
        assert call.get(SERVICE)["platform"] == "wind"
        call.fake.nulls = "always"
        assert (call.fake.nulls, call.get(SERVICE)["platform"]) == ("always", None)
        with pytest.raises(ValueError, match="nulls must be 'unset', 'always' or 'never', not 5"):
            call.fake.nulls = 5  # type: ignore[assignment]  # as a user without a type checker
        assert call.get(SERVICE)["platform"] is None


def test_environ_has_the_variables_for_a_client() -> None:
    with FakeAncla(api_key="a-key") as fake:
        assert fake.environ == {"ANCLA_SERVER": fake.url, "ANCLA_API_KEY": "a-key"}

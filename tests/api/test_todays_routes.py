"""Today's API: what it lacks, what is sent, what is looked up, and its responses in our words."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import (
    AnclaClient,
    AnclaError,
    APIConnectionError,
    InvalidResponseError,
    NotFoundError,
    ServerError,
    models,
)
from ancla.testing import FakeAncla
from tests.clients import ROUTE_SETS, client_of, fake_with_app, sent
from tests.documented_calls import APP
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

PROJECT = "/workspaces/acme/projects/shop"
SERVICE = f"{PROJECT}/envs/production/services/web"


@pytest.fixture
def client(fake: FakeAncla) -> Iterator[AnclaClient]:
    """It knows which routes the server has."""
    with client_of(fake, routes="workspaces") as client:
        yield client


# What is not there


@pytest.mark.parametrize(
    ("call", "instead"),
    [
        (lambda c: c.list_releases(*APP), "list the deployments"),
        (lambda c: c.get_release(*APP, "some-id"), "get a deployment"),
        (lambda c: c.create_release(*APP, "some-id"), "deploy the app"),
        (lambda c: c.deploy_release(*APP, "some-id"), "deploy the app or roll it back"),
        (lambda c: c.get_release_log(*APP, "some-id"), "get the log of a deployment"),
    ],
)
def test_what_does_the_same_as_a_release_is_named(
    fake: FakeAncla, call: Callable[[AnclaClient], object], instead: str
) -> None:
    for routes in ("workspaces", "auto"):
        with client_of(fake, routes=routes) as client:
            with pytest.raises(AnclaError, match=f"no releases; {instead} instead"):
                call(client)
            assert ("GET /workspaces" in sent(fake)) is (routes == "auto")


def test_only_known_fields_of_an_application_are_sent(fake: FakeAncla, client: AnclaClient) -> None:
    app = client.update_app(*APP, name="Web", github_repository="acme/web", auto_deploy_branch=None)
    assert (app.name, app.github_repository) == ("Web", "acme/web")
    assert sent(fake) == [f"PATCH {SERVICE}"]
    with pytest.raises(AnclaError, match="application's platform and health_check_path"):
        client.update_app(*APP, name="W", platform="go", health_check_path="/")
    assert sent(fake) == []


@pytest.mark.parametrize("lenient", [True, False])
@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.update_org("missing", "New"),
        lambda c: c.delete_org("missing"),
        lambda c: c.delete_project("acme", "missing"),
        lambda c: c.delete_app("acme", "shop", "missing"),
        lambda c: c.scale_app("acme", "shop", "missing", {"web": 1}),
        lambda c: c.delete_config(*APP, "MISSING"),
        lambda c: c.delete_config("acme", "shop", "missing", "KEY"),
    ],
)
def test_a_missing_resource_is_not_taken_for_a_missing_route(
    lenient: bool, call: Callable[[AnclaClient], object]
) -> None:
    with fake_with_app(routes="workspaces", lenient=lenient) as fake:
        with client_of(fake, routes="workspaces") as client, pytest.raises(NotFoundError):
            call(client)


def test_another_error_is_not_taken_for_a_missing_route(
    fake: FakeAncla, client: AnclaClient
) -> None:
    fake.fail_next(403)
    with pytest.raises(AnclaError, match="no permission|forbidden"):
        client.delete_app(*APP)
    assert sent(fake) == [f"DELETE {SERVICE}"]


def test_a_deletion_whose_response_was_lost_may_have_been_done() -> None:
    with fake_with_app(routes="workspaces", lenient=True) as fake:
        fake.drop_next(handled=True)
        with client_of(fake, routes="workspaces", max_retries=1) as client:
            with pytest.raises(NotFoundError, match="may have deleted it"):
                client.delete_app(*APP)


def test_a_variable_that_another_deletes_meanwhile_is_missing(
    fake: FakeAncla, client: AnclaClient
) -> None:
    client.set_config(*APP, "KEY", "1")
    for listed, message in ((None, "this server cannot delete a config variable"), ([], "404")):
        fake.delay_next(0.0)
        fake.fail_next(404)
        if listed is not None:
            fake.fail_next(200, body=listed)
        with pytest.raises(AnclaError, match=message):
            client.delete_config(*APP, "KEY")


@pytest.mark.parametrize("pinned", [True, False])
@pytest.mark.parametrize("status", [404, 405])
def test_a_refusal_tells_the_405_that_showed_it_and_keeps_a_404_as_its_cause(
    fake: FakeAncla, client: AnclaClient, status: int, pinned: bool
) -> None:
    fake.fail_next(status)
    with pytest.raises(AnclaError, match="this server cannot delete an application") as caught:
        (client if pinned else client_of(fake)).delete_app(*APP)
    error, cause = caught.value, caught.value.__cause__
    assert isinstance(cause, AnclaError)
    assert (cause.status_code, cause.method) == (status, "DELETE")
    shown = (405, "DELETE", cause.url) if status == 405 else (None, None, None)
    assert (error.status_code, error.method, error.url) == shown


RECORD = {"id": "1", "name": "x", "slug": "x", "username": "ada", "version": 7}
TOLD = {"personal": True, "build_strategy": "nix", "strategy": "nix", "scope": "service"}
BODY = {**RECORD, **TOLD, "build_id": "1", "members": [{"username": "ada", "service_count": 3}]}
ATTRIBUTES: list[tuple[Callable[[AnclaClient], models.Model], str, object, object]] = [
    (lambda c: c.get_org("acme"), "personal", BODY, True),
    (lambda c: c.get_org("acme").members[0], "application_count", BODY, 3),
    (lambda c: c.list_org_members("acme")[0], "application_count", BODY["members"], 3),
    (lambda c: c.get_app(*APP), "build_strategy", BODY, "nix"),
    (lambda c: c.list_images(*APP)[0], "strategy", [BODY], "nix"),
    (lambda c: c.list_config(*APP)[0], "scope", [BODY], "service"),
    (lambda c: c.deploy_app(*APP), "version", BODY, 7),
]


@pytest.mark.parametrize(("read", "name", "body", "expected"), ATTRIBUTES)
def test_what_todays_api_sends_is_a_field_with_one_name(
    read: Callable[[AnclaClient], models.Model], name: str, body: object, expected: object
) -> None:
    with ScriptedServer(replies(json_reply(body))) as server:
        with AnclaClient("key", server.url, max_retries=0, routes="workspaces") as client:
            model = read(client)
    assert name in model.model_fields
    assert getattr(model, name) == expected


# Requests


def test_a_new_member_comes_back_with_the_organization(
    fake: FakeAncla, client: AnclaClient
) -> None:
    org = client.add_org_member("acme", "ann", admin=True)
    assert [(it.username, it.admin) for it in org.members] == [("developer", True), ("ann", True)]
    assert sent(fake) == ["POST /workspaces/acme/members", "GET /workspaces/acme"]
    added = client.add_org_member("acme", "cid").members[-1]
    assert (added.username, added.admin) == ("cid", False)
    fake.delay_next(0.0)
    fake.fail_next(500)
    with pytest.raises(ServerError, match="the change was made, but"):
        client.add_org_member("acme", "bob")


def test_an_earlier_state_and_another_environment_are_deployed(
    fake: FakeAncla, client: AnclaClient
) -> None:
    fake.add_app(*APP, environment="staging")
    for _ in range(2):
        client.deploy_app(*APP)
        while fake.advance():
            pass
    rolled_back = client.rollback_app(*APP)
    assert rolled_back.deployment_id == client.list_deployments(*APP)[0].id
    promoted = client.promote_app(*APP, source="production", target="staging")
    assert promoted.ok and promoted.deployment_id
    assert fake.requests[-1].body == {
        "service": "web",
        "source_env": "production",
        "target_env": "staging",
    }


# Builds


def test_an_image_is_read_by_its_version_which_is_kept(
    fake: FakeAncla, client: AnclaClient
) -> None:
    image_id = client.build_image(*APP).image_id
    deployed_id = client.deploy_app(*APP).image_id
    sent(fake)
    assert client.get_image_log(*APP, image_id).version == 1
    assert client.get_image(*APP, deployed_id).version == 2
    assert sent(fake) == [
        f"GET {SERVICE}/builds",
        f"GET {SERVICE}/builds/1/log",
        f"GET {SERVICE}/builds/2",
    ]


def test_an_image_of_another_application_is_missing(fake: FakeAncla, client: AnclaClient) -> None:
    fake.add_app("acme", "shop", "other")
    image_id = client.build_image("acme", "shop", "other").image_id
    client.build_image(*APP)
    client.get_image("acme", "shop", "other", image_id)
    for call in (client.get_image_log, client.get_image):
        with pytest.raises(NotFoundError, match=f"there is no image '{image_id}' in 'web'"):
            call(*APP, image_id)


BY_ID: dict[str, Callable[[AnclaClient, str], object]] = {
    "get_image": lambda client, image_id: client.get_image(*APP, image_id).version,
    "get_image_log": lambda client, image_id: client.get_image_log(*APP, image_id).log_text,
    "follow_image_log": lambda client, image_id: "".join(
        client.follow_image_log(*APP, image_id, interval=0)
    ),
}


@pytest.mark.parametrize("name", BY_ID)
def test_what_a_replaced_application_has_is_not_returned_for_an_old_image(name: str) -> None:
    with fake_with_app(lenient=True, pace=0) as fake, client_of(fake) as client:
        before = client.build_image(*APP).image_id
        assert BY_ID[name](client, before)
        client.delete_app(*APP)
        fake.add_app(*APP)
        after = client.build_image(*APP).image_id
        with pytest.raises(NotFoundError, match=f"there is no image '{before}' in 'web'"):
            BY_ID[name](client, before)
        assert BY_ID[name](client, after)


@pytest.mark.parametrize("is_followed", [False, True])
def test_only_a_version_from_an_earlier_call_is_checked_for_a_log(
    fake: FakeAncla, client: AnclaClient, is_followed: bool
) -> None:
    image_id = client.build_image(*APP).image_id
    builds, build, log = (f"GET {SERVICE}/builds{end}" for end in ("", "/1", "/1/log"))
    for first in (builds, build):
        fake.clear_requests()
        if is_followed:
            for _ in client.follow_image_log(*APP, image_id, interval=0):
                fake.advance()
        else:
            client.get_image_log(*APP, image_id)
        requests = sent(fake)
        assert sorted(requests[:2]) == sorted([first, log])
        assert set(requests[2:]) <= {log}


@pytest.mark.parametrize("nulls", ["unset", "always", "never"])
@pytest.mark.parametrize(("page_size", "pages"), [(None, 3), (25, 2)])
def test_builds_are_read_from_all_pages(nulls: Any, page_size: Any, pages: int) -> None:
    with (
        FakeAncla(routes="workspaces", nulls=nulls, page_size=page_size, pace="manual") as fake,
        client_of(fake, routes="workspaces") as client,
    ):
        fake.add_app(*APP)
        for _ in range(45):
            client.build_image(*APP)
        sent(fake)
        images = client.list_images(*APP)
        assert [image.version for image in images] == [*range(45, 0, -1)]
        assert len(sent(fake)) == pages
        with client_of(fake, routes="workspaces") as other:
            assert other.get_image(*APP, images[-1].id).version == 1
            assert len(sent(fake)) == pages + 1
            other.get_image(*APP, images[0].id)
            assert len(sent(fake)) == 1


def page_of(*versions: int, **pagination: int) -> dict[str, Any]:
    builds = [{"id": f"b{version}", "version": version} for version in versions]
    return {"items": builds, "pagination": pagination or None}


# The newest build is deleted after the first page, so the build 21 moves to that page.
ONE_LESS = [
    page_of(*range(41, 21, -1), total=41),
    page_of(*range(20, 0, -1), total=40),
    page_of(*range(40, 20, -1), total=40),
    page_of(*range(20, 0, -1), total=40),
]


@pytest.mark.parametrize(
    ("responses", "versions"),
    [
        ([page_of()], []),
        ([page_of(*range(30, 0, -1))["items"]], [*range(30, 0, -1)]),
        ([page_of(*range(40, 20, -1)), page_of(*range(21, 1, -1)), page_of()], [*range(40, 1, -1)]),
        ([page_of(*range(30, 0, -1)), page_of(*range(30, 0, -1))], [*range(30, 0, -1)]),
        ([{**page_of(2, 1), "pagination": {"page": None}}], [2, 1]),
        ([page_of(*range(20, 0, -1), total_pages=1)], [*range(20, 0, -1)]),
        (ONE_LESS, [*range(40, 0, -1)]),
    ],
    ids=["none", "bare", "pushed on", "page ignored", "null", "one page", "one less"],
)
def test_pages_of_builds_need_not_tell_of_themselves(
    fake: FakeAncla, client: AnclaClient, responses: list[Any], versions: list[int]
) -> None:
    for response in responses:
        fake.fail_next(200, body=response)
    assert [image.version for image in client.list_images(*APP)] == versions
    assert len(fake.requests) == len(responses)


def test_builds_that_are_no_list_are_the_servers_fault(
    fake: FakeAncla, client: AnclaClient
) -> None:
    fake.fail_next(200, body={"builds": []})
    with pytest.raises(InvalidResponseError, match="/builds must return a list"):
        client.list_images(*APP)


# Config variables


@pytest.mark.parametrize(
    "variables", [{"A": "1", "OLD": "2", "1D": "3"}, "A='1'\nexport OLD=2\n1D=3\nnone\n"]
)
def test_variables_are_imported_one_by_one(
    fake: FakeAncla, client: AnclaClient, variables: Any
) -> None:
    client.set_config(*APP, "OLD", "1")
    fake.clear_requests()
    result = client.import_config(*APP, variables, secret=True)
    assert (result.created, result.skipped) == (["A"], ["OLD"])
    errors = {failure.name: failure.error for failure in result.errors}
    assert "not a name for a variable" in errors.pop("1D")
    assert errors == ({"line 4": "there is no '=' in it"} if "none" in variables else {})
    bodies = [request.body for request in fake.requests]
    assert bodies == [
        None,
        {"name": "A", "value": "1", "secret": True, "buildtime": False},
        {"name": "1D", "value": "3", "secret": True, "buildtime": False},
    ]
    assert {it.name: it.value for it in client.list_config(*APP)} == {"OLD": "1", "A": "**secret**"}


def test_a_variable_that_came_meanwhile_is_skipped(fake: FakeAncla, client: AnclaClient) -> None:
    fake.delay_next(0.0)
    fake.fail_next(409)
    result = client.import_config(*APP, {"A": "1", "B": "2"})
    assert (result.created, result.skipped, result.errors) == (["B"], ["A"], [])


def test_a_conflict_is_the_error_of_a_variable_that_should_be_overwritten(
    fake: FakeAncla, client: AnclaClient
) -> None:
    for name in ("A", "B"):
        client.set_config(*APP, name, "old", secret=False, buildtime=False)
    fake.fail_next(409, body={"detail": "A exists"}, method="POST")
    result = client.import_config(*APP, {"A": "1", "B": "2"}, overwrite=True)
    assert (result.created, result.changed, result.skipped) == ([], ["B"], [])
    assert [(it.name, it.error) for it in result.errors] == [("A", "A exists")]


@pytest.mark.parametrize("mask", ["", "********", "**secret**"])
def test_what_is_behind_a_mask_may_differ_from_any_value(
    mask: str, fake: FakeAncla, client: AnclaClient
) -> None:
    listed = [{"name": name, "value": mask, "secret": name == "A"} for name in ("A", "B")]
    fake.fail_next(200, body=listed)
    result = client.import_config(*APP, {"A": mask, "B": mask}, overwrite=True, dry_run=True)
    assert (result.changed, result.skipped) == (["A"], ["B"])


def test_a_value_that_the_server_repeats_is_not_in_the_result(
    fake: FakeAncla, client: AnclaClient
) -> None:
    fake.delay_next(0.0)
    fake.fail_next(400, body={"detail": "not allowed: s3cret-value"})
    (failure,) = client.import_config(*APP, {"A": "s3cret-value"}).errors
    assert failure.error == "not allowed: ********"


def test_an_import_that_ends_early_tells_how_far_it_came(
    fake: FakeAncla, client: AnclaClient
) -> None:
    fake.delay_next(0.0, times=3)
    fake.drop_next()
    with pytest.raises(APIConnectionError, match=r"\(failed at 'C'; already set: A, B\)") as caught:
        client.import_config(*APP, {"A": "s3cret", "B": "s3cret", "C": "s3cret"})
    assert "s3cret" not in str(caught.value)


def test_what_is_not_said_of_a_variable_stays_as_it_was(
    fake: FakeAncla, client: AnclaClient
) -> None:
    client.set_config(*APP, "TOKEN", "one", secret=True, buildtime=True)
    fake.clear_requests()
    client.set_config(*APP, "TOKEN", "two")
    client.set_config(*APP, "NEW", "1")
    assert [request.body for request in fake.requests] == [
        None,
        {"name": "TOKEN", "value": "two", "secret": True, "buildtime": True},
        None,
        {"name": "NEW", "value": "1"},
    ]
    client.set_config(*APP, "TOKEN", "three", secret=False)
    assert fake.requests[-1].body["buildtime"] is True
    fake.clear_requests()
    client.set_config(*APP, "TOKEN", "four", True, buildtime=False)
    assert len(fake.requests) == 1


# Responses


def test_responses_come_in_the_words_of_the_models(fake: FakeAncla, client: AnclaClient) -> None:
    org = client.get_org("acme")
    assert (org.project_count, org.application_count) == (1, 1)
    project = client.get_project("acme", "shop")
    assert (project.organization_slug, project.organization_name) == ("acme", "acme")
    assert project.application_count == 1
    for app in (client.get_app(*APP), *client.list_apps("acme", "shop")):
        assert (app.organization_slug, app.project_slug) == ("acme", "shop")
        assert app.environment == "production"
    assert client.get_environment("acme", "shop", "production").application_count == 1
    assert client.list_environments("acme", "shop")[1].slug == "staging"
    client.deploy_app(*APP)
    while fake.advance():
        pass
    status = client.get_pipeline_status(*APP)
    assert status.build and status.deploy and not status.release
    assert (status.build.status, status.deploy.status) == ("success", "success")
    metrics = client.get_pipeline_metrics(*APP)
    assert metrics.build and metrics.build.success == 1
    deployment = client.list_deployments(*APP)[0]
    log = client.get_deployment_log(*APP, deployment.id)
    assert "is active" in (log.log_text or "")


@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_an_application_has_an_environment_only_where_there_are_some(routes: Any) -> None:
    with fake_with_app(routes=routes) as fake, client_of(fake) as client:
        assert client.get_app(*APP).environment == ("production" if routes == "workspaces" else "")


def test_the_environment_is_the_clients(fake: FakeAncla, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.add_app("acme", "shop", "staged", environment="staging")
    fake.add_app(*APP, environment="staging")
    monkeypatch.setenv("ANCLA_ENV", "staging")
    with client_of(fake) as client:
        assert client.environment == "staging"
        apps = client.list_apps("acme", "shop")
        assert [(app.slug, app.environment) for app in apps] == [
            ("staged", "staging"),
            ("web", "staging"),
        ]
        image_id = client.build_image(*APP).image_id
        assert client.get_image(*APP, image_id).version == 1
        fake.clear_requests()
        production = client.with_options(environment="production")
        assert [app.slug for app in production.list_apps("acme", "shop")] == ["web"]
        with pytest.raises(NotFoundError, match="there is no image"):
            production.get_image(*APP, image_id)
        assert not any("applications" in request for request in sent(fake))
        assert production.deploy_and_wait(*APP, interval=0).complete
        assert client.list_deployments(*APP) == []
        with pytest.raises(NotFoundError, match="/envs/nowhere/"):
            client.with_options(environment="nowhere").list_apps("acme", "shop")


def test_where_an_application_is_comes_from_the_response_first(
    fake: FakeAncla, client: AnclaClient
) -> None:
    place = {"workspace_slug": "a", "project_slug": "b", "env_slug": "c"}
    fake.fail_next(200, body={"name": "W", "slug": "w", **place})
    app = client.get_app(*APP)
    assert [app.organization_slug, app.project_slug, app.environment] == [*place.values()]


def test_what_has_no_counterpart_is_kept(fake: FakeAncla, client: AnclaClient) -> None:
    fake.fail_next(200, body={"name": "W", "slug": "w", "paid": True, "plan": None})
    assert client.get_org("w").model_extra == {"paid": True, "plan": None}


RECORDS: list[tuple[Callable[[AnclaClient], Any], str]] = [
    (lambda c: c.get_org("acme"), "Org"),
    (lambda c: c.get_project("acme", "shop"), "Project"),
    (lambda c: c.get_app(*APP), "App"),
    (lambda c: c.get_environment("acme", "shop", "production"), "Environment"),
    (lambda c: c.set_config(*APP, "KEY", "1", True, buildtime=True), "ConfigVar"),
    (lambda c: c.get_deployment(*APP, "d"), "Deployment"),
    (lambda c: c.get_deployment_log(*APP, "d"), "DeploymentLog"),
    (lambda c: c.deploy_app(*APP), "DeployResult"),
    (lambda c: c.build_image(*APP), "BuildResult"),
    (lambda c: c.rollback_app(*APP), "DeployReleaseResult"),
    (lambda c: c.get_pipeline_status(*APP), "PipelineStatus"),
    (lambda c: c.get_pipeline_metrics(*APP), "PipelineMetrics"),
    (lambda c: c.get_session(), "Session"),
]
OTHER_NAMES = {
    "service_count": "application_count",
    "workspace_slug": "organization_slug",
    "workspace_name": "organization_name",
    "env_slug": "environment",
    "build_id": "image_id",
    "deploy_id": "deployment_id",
}


@pytest.mark.parametrize(("call", "name"), RECORDS, ids=[name for _, name in RECORDS])
def test_every_field_but_name_and_slug_may_be_null_or_missing(
    fake: FakeAncla, client: AnclaClient, call: Callable[[AnclaClient], Any], name: str
) -> None:
    model = getattr(models, name)
    required = {
        field: "x"
        for field, declared in model.model_fields.items()
        if declared.default is dataclasses.MISSING
        and declared.default_factory is dataclasses.MISSING
    }
    assert required.keys() <= {"name", "slug"}
    fake.fail_next(200, body=required)
    left_out = call(client)
    for field in [*model.model_fields, *OTHER_NAMES]:
        if field not in required and OTHER_NAMES.get(field, field) in model.model_fields:
            fake.fail_next(200, body={**required, field: None})
            assert call(client).model_dump() == left_out.model_dump(), field


def test_fields_of_what_is_nested_may_be_null_too(fake: FakeAncla, client: AnclaClient) -> None:
    members = [
        {"username": None, "email": None, "admin": None},
        {"email": "x"},
        {"username": "ann"},
    ]
    fake.fail_next(200, body={"name": "W", "slug": "w", "members": members})
    assert [it.username for it in client.get_org("w").members] == ["", "", "ann"]
    fake.fail_next(200, body={"user": {"username": "ann", "admin": None}})
    assert client.get_session().user == models.User(username="ann")
    fake.fail_next(200, body={"user": {"username": None}})
    with pytest.raises(InvalidResponseError, match="user.username is missing"):
        client.get_session()
    fake.fail_next(200, body={"build": None, "deploy": {"status": None, "error_detail": None}})
    assert client.get_pipeline_status(*APP).deploy == models.PipelineStage()
    fake.fail_next(200, body={"build": {"status": None, "error_detail": None}, "deploy": None})
    status = client.get_pipeline_status(*APP)
    assert status.build == models.PipelineStage() and status.deploy is None
    for duration, expected in ((None, None), ({"avg": None}, models.DurationStats())):
        fake.fail_next(200, body={"build": {"success": None, "duration": duration}})
        metrics = client.get_pipeline_metrics(*APP)
        assert metrics.build == models.PipelineStageMetrics(duration=expected)
    fake.fail_next(200, body={"name": "W", "slug": "w", "members": ["ann"]})
    with pytest.raises(InvalidResponseError, match="members"):
        client.get_org("w")
    fake.fail_next(200, body={"items": [{"id": None, "version": None, "built": None}]})
    assert client.list_images(*APP)[0].version == 0
    fake.fail_next(200, body=[{"id": "d", "complete": None, "error": None}])
    assert client.list_deployments(*APP)[0].complete is False


FREE_FORM = {"a": None, "b": {"c": None}, "d": [None, {"e": None}], "service_count": 1}


def test_free_form_objects_keep_their_nulls(fake: FakeAncla, client: AnclaClient) -> None:
    """Nulls are left out only of declared fields."""
    extra = {"team": None, "labels": FREE_FORM}
    member = {"username": "ann", "email": None, **extra}
    members = [member, {"username": "bob", **extra}]
    body = {"name": "W", "slug": "w", "id": None, "build": FREE_FORM, **extra}
    fake.fail_next(200, body={**body, "members": members})
    org = client.get_org("w")
    assert org.model_extra == {"build": FREE_FORM, **extra}
    assert [it.model_extra for it in org.members] == [extra, extra]
    assert org.members[0].model_fields_set == {"username", *extra}
    fake.fail_next(200, body={"user": {"username": "ann", "admin": None, **extra}})
    session = client.get_session()
    assert session.user is not None and session.user.model_extra == extra
    stage = {"status": "success", "error_detail": None, "step": FREE_FORM, **extra}
    fake.fail_next(200, body={"build": stage, "deploy": stage, "members": [FREE_FORM]})
    status = client.get_pipeline_status(*APP)
    assert status.model_extra == {"members": [FREE_FORM]}
    for found in (status.build, status.deploy):
        assert found is not None and (found.step, found.model_extra) == (FREE_FORM, extra)
    duration = {"avg": None, **extra}
    fake.fail_next(200, body={"build": {"success": None, "duration": duration, **extra}})
    metrics = client.get_pipeline_metrics(*APP).build
    assert metrics is not None and metrics.duration is not None
    assert metrics.model_extra == metrics.duration.model_extra == extra
    place = {"name": "W", "slug": "w", "latest_image": FREE_FORM, "user": FREE_FORM}
    fake.fail_next(200, body=place)
    fake.fail_next(200, body=[place])
    for app in (client.get_app(*APP), *client.list_apps("acme", "shop")):
        assert (app.latest_image, app.model_extra) == (FREE_FORM, {"user": FREE_FORM})


WITHOUT_RESULT: list[Callable[[AnclaClient], object]] = [
    lambda c: c.delete_org("acme"),
    lambda c: c.delete_app(*APP),
    lambda c: c.scale_app(*APP, {"web": 1}),
    lambda c: c.delete_config(*APP, "KEY"),
    lambda c: c.revoke_api_key("k"),
    lambda c: c.delete_api_key("k"),
]


@pytest.mark.parametrize("call", WITHOUT_RESULT)
def test_an_operation_without_a_result_accepts_nothing_null_or_an_object(
    fake: FakeAncla, client: AnclaClient, call: Callable[[AnclaClient], object]
) -> None:
    client.set_config(*APP, "KEY", "1")
    method = "DELETE" if "delete" in call.__code__.co_names[0] else "POST"
    for accepted in (b"", b"null", b"{}", b'{"ok": true}', b'{"detail": null}'):
        fake.fail_next(200, method=method, body=accepted)
        call(client)
    refused: list[object] = ["deleted", "", [], [{}], 0, True, False, 1.5]
    for body in refused:
        fake.clear_requests()
        fake.fail_next(200, method=method, body=json.dumps(body).encode())
        fault = f"{method} {fake.url}/.*: expected an object or nothing, got {type(body).__name__}$"
        with pytest.raises(InvalidResponseError, match=fault):
            call(client)
        assert [request.method for request in fake.requests].count(method) == 1


def test_what_is_no_record_is_the_servers_fault(fake: FakeAncla, client: AnclaClient) -> None:
    responses: list[object] = [[], ["text"], {"name": "W"}, {"name": "W", "slug": 5}]
    for response in responses:
        fake.fail_next(200, body=response)
        with pytest.raises(
            InvalidResponseError, match=f"GET {fake.url}/api/v1/workspaces/w returned"
        ):
            client.get_org("w")


@pytest.mark.parametrize("name", [[], {}, None, 5])
def test_variables_without_a_name_are_passed_over_by_an_import(
    fake: FakeAncla, client: AnclaClient, name: object
) -> None:
    fake.fail_next(200, body=[{"name": name, "value": "x"}, name])
    assert client.import_config(*APP, {"A": "1"}).created == ["A"]


def test_a_build_is_found_among_more_than_a_client_remembers() -> None:
    builds = [{"id": f"build-{number}", "version": number} for number in range(1500, 0, -1)]

    def respond(connection: Connection, request: Request) -> None:
        _, _, version = request.target.partition("/builds/")
        connection.send(json_reply(builds[-int(version)] if version else builds))

    with ScriptedServer(replies(respond)) as server:
        with AnclaClient("key", server.url, max_retries=0) as client:
            for number in (1500, 1000, 477, 476, 1):
                assert client.get_image(*APP, f"build-{number}").version == number
            with pytest.raises(NotFoundError):
                client.get_image(*APP, "missing")

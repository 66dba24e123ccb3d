"""Environments and their deployments, promotions before they happen, history and observability."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ancla import (
    AnclaClient,
    Deployment,
    DeploymentFailedError,
    InvalidResponseError,
    NotFoundError,
    WaitTimeoutError,
)
from ancla.testing import FakeAncla
from tests.clients import Time, fake_with_app, sent
from tests.servers import ScriptedServer, json_reply, replies

APP = ("acme", "shop", "web")
SHOP = ("acme", "shop")
STAGING = ("acme", "shop", "staging")
PROJECT = "/workspaces/acme/projects/shop"
ENV = f"{PROJECT}/envs/staging"
Call = Callable[[AnclaClient], object]


@pytest.fixture(params=["unset", "always", "never"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeAncla]:
    with fake_with_app(nulls=request.param, lenient=False) as fake:
        fake.add_app(*APP, environment="staging")
        yield fake


def test_an_environment_is_renamed(fake: FakeAncla, client: AnclaClient) -> None:
    renamed = client.update_environment(*STAGING, "Stage")
    assert (renamed.name, renamed.slug) == ("Stage", "staging")
    assert fake.requests[0].body == {"name": "Stage"}
    assert client.get_environment(*STAGING) == renamed
    assert sent(fake) == [f"PATCH {ENV}", f"GET {ENV}"]
    with pytest.raises(NotFoundError):
        client.update_environment(*SHOP, "missing", "Stage")


def test_an_environment_or_one_application_in_it_is_deployed(
    fake: FakeAncla, client: AnclaClient
) -> None:
    fake.add_app("acme", "shop", "api", environment="staging")
    staging = client.with_options(environment="staging")
    assert client.deploy_environment(*STAGING, app="api").ok
    assert [len(staging.list_images(*SHOP, app)) for app in ("web", "api")] == [0, 1]
    assert client.deploy_environment(*STAGING).ok
    assert [len(staging.list_images(*SHOP, app)) for app in ("web", "api")] == [1, 2]
    assert client.list_images(*APP) == []
    posts = [request for request in sent(fake) if request.startswith("POST")]
    assert posts == [f"POST {ENV}/deploy?service=api", f"POST {ENV}/deploy"]


def test_deployments_of_an_environment_are_read_whatever_the_clients_own(
    fake: FakeAncla, client: AnclaClient
) -> None:
    identifier = fake.add_deployment(*APP, environment="staging")
    fake.add_deployment(*APP)
    (listed,) = client.list_environment_deployments(*STAGING)
    one = client.get_environment_deployment(*STAGING, identifier)
    log = client.get_environment_deployment_log(*STAGING, identifier)
    assert (listed.id, one.id, one.complete) == (identifier, identifier, True)
    deploys = f"GET {ENV}/deploys"
    assert sent(fake) == [deploys, f"{deploys}/{identifier}", f"{deploys}/{identifier}/log"]
    with pytest.raises(NotFoundError):
        client.get_environment_deployment(*SHOP, "production", identifier)
    staging = client.with_options(environment="staging")
    assert log == staging.get_deployment_log(*APP, identifier)


def test_a_deployment_of_an_environment_is_waited_for(fake: FakeAncla, client: AnclaClient) -> None:
    seen: list[Deployment] = []
    client.deploy_environment(*STAGING)
    client.with_options(environment="staging").wait_for_image(
        *APP, client.with_options(environment="staging").list_images(*APP)[0].id, interval=0
    )
    (begun,) = client.list_environment_deployments(*STAGING)
    done = client.wait_for_environment_deployment(
        *STAGING, begun.id, interval=0, on_update=seen.append
    )
    assert (done.id, done.complete, seen[-1]) == (begun.id, True, done)


def test_a_deployment_of_an_environment_that_failed_is_an_error(
    fake: FakeAncla, client: AnclaClient
) -> None:
    identifier = fake.add_deployment(*APP, environment="staging", error="no more room")
    with pytest.raises(DeploymentFailedError, match=f"deployment {identifier} failed") as caught:
        client.wait_for_environment_deployment(*STAGING, identifier)
    assert caught.value.model is not None and caught.value.model.id == identifier


def test_the_wait_for_a_deployment_of_an_environment_ends() -> None:
    with FakeAncla(pace="manual") as fake:
        fake.add_app(*APP, environment="staging")
        with Time().of(AnclaClient(fake.api_key, fake.url)) as client:
            client.deploy_environment(*STAGING)
            fake.advance(2)
            (begun,) = client.list_environment_deployments(*STAGING)
            fake.clear_requests()
            with pytest.raises(WaitTimeoutError):
                client.wait_for_environment_deployment(*STAGING, begun.id, timeout=9, interval=3)
            assert len(fake.requests) == 4


def test_a_promotion_is_shown_before_it_happens(fake: FakeAncla, client: AnclaClient) -> None:
    fake.add_deployment(*APP, environment="staging")
    preview = client.preview_promotion(*APP, "staging", "production")
    assert preview
    path = f"{PROJECT}/promote/preview"
    assert sent(fake) == [f"GET {path}?service=web&source_env=staging&target_env=production"]
    assert client.list_deployments(*APP) == []


def test_the_history_of_a_pipeline_has_a_limit(fake: FakeAncla, client: AnclaClient) -> None:
    for _ in range(12):
        fake.add_deployment(*APP)
    assert len(client.list_pipeline_history(*APP)) == 10
    assert len(client.list_pipeline_history(*APP, limit=3)) == 3
    assert client.with_options(environment="staging").list_pipeline_history(*APP) == []
    path = f"GET {PROJECT}/pipeline/history?service=web"
    assert sent(fake) == [
        f"{path}&env=production&limit=10",
        f"{path}&env=production&limit=3",
        f"{path}&env=staging&limit=10",
    ]


def test_a_project_or_one_application_is_observed(fake: FakeAncla, client: AnclaClient) -> None:
    assert isinstance(client.get_observability(*SHOP), dict)
    staging = client.with_options(environment="staging")
    assert isinstance(staging.get_observability(*APP, range="7d"), dict)
    path = f"GET {PROJECT}/observability"
    assert sent(fake) == [
        f"{path}?env=production&range=24h",
        f"{path}?service=web&env=staging&range=7d",
    ]


OBJECTS: list[Call] = [
    lambda c: c.preview_promotion(*APP, "staging", "production"),
    lambda c: c.get_observability(*SHOP),
    lambda c: c.get_resolved_config(*APP),
]


@pytest.mark.parametrize("body", [{}, {"a": None, "b": [1, {"c": "d"}]}])
def test_an_object_comes_back_as_it_came(body: dict[str, object]) -> None:
    with ScriptedServer(replies(json_reply(body))) as server:
        with AnclaClient("key", server.url) as client:
            assert [call(client) for call in OBJECTS] == [body] * len(OBJECTS)
    with ScriptedServer(replies(json_reply([body, body]))) as server:
        with AnclaClient("key", server.url) as client:
            assert client.list_pipeline_history(*APP) == [body, body]


@pytest.mark.parametrize("body", [[], "text", 5, None, ["text"]])
def test_what_is_no_object_is_an_error(body: object) -> None:
    calls = [*OBJECTS, lambda c: c.list_pipeline_history(*APP)] if body else OBJECTS
    with ScriptedServer(replies(json_reply(body))) as server:
        with AnclaClient("key", server.url) as client:
            for call in calls:
                with pytest.raises(InvalidResponseError):
                    call(client)


def test_a_path_without_a_query_has_no_question_mark() -> None:
    with ScriptedServer(replies(json_reply({"ok": True}))) as server:
        with AnclaClient("key", server.url) as client:
            client.deploy_environment(*STAGING)
    assert server.requests[0].target == f"/api/v1{ENV}/deploy"


@pytest.mark.parametrize("text", ["a&b=c", "a?b", "ä b", "100%", "a#b", "a+b"])
def test_a_query_holds_any_text_as_one_value(text: str) -> None:
    with ScriptedServer(replies(json_reply({}))) as server:
        with AnclaClient("key", server.url, environment=text) as client:
            client.get_observability(*SHOP, range=text)
    (request,) = server.requests
    assert request.target.count("&") == 1
    assert request.target.isascii() and " " not in request.target

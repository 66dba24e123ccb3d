"""`config_only`: deploying changed variables without a build."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, Deployment, DeploymentFailedError, InvalidResponseError
from ancla.testing import FakeAncla
from tests.clients import client_of, sent
from tests.documented_calls import APP

SERVICE = "/workspaces/acme/projects/shop/envs/production/services/web"
SERVERS: list[Any] = ["workspaces", "slugs", "published", "both"]


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with FakeAncla() as fake:
        fake.add_deployment(*APP)
        yield fake


def test_the_response_names_the_deployment_and_there_is_no_build(
    fake: FakeAncla, client: AnclaClient
) -> None:
    images = client.list_images(*APP)
    fake.clear_requests()
    started = client.deploy_app(*APP, config_only=True)
    (request,) = fake.requests
    assert f"{request.method} {request.path}" == f"POST /api/v1{SERVICE}/deploy"
    assert request.body == {"config_only": True}
    assert (started.ok, started.image_id) == (True, "")
    assert started.deployment_id == client.list_deployments(*APP)[0].id
    assert client.list_images(*APP) == images


def test_any_other_deploy_is_sent_without_a_body(fake: FakeAncla, client: AnclaClient) -> None:
    assert client.deploy_app(*APP, config_only=False).image_id
    assert client.deploy_app(*APP).image_id
    assert [request.body for request in fake.requests] == [None, None]


def test_the_named_deployment_is_waited_for_and_nothing_else_is_read(
    fake: FakeAncla, client: AnclaClient
) -> None:
    seen: list[Deployment] = []
    deployment = client.deploy_and_wait(
        *APP,
        config_only=True,
        interval=0,
        on_update=seen.append,  # type: ignore[arg-type]  # no build
    )
    assert deployment.complete
    assert {model.id for model in seen} == {deployment.id}
    first, *polls = sent(fake)
    assert first == f"POST {SERVICE}/deploy"
    assert set(polls) == {f"GET {SERVICE}/deploys/{deployment.id}"}


def test_a_failure_is_that_of_the_deployment(fake: FakeAncla, client: AnclaClient) -> None:
    fake.fail_next_deployment("unhealthy")
    with pytest.raises(DeploymentFailedError, match="unhealthy"):
        client.deploy_and_wait(*APP, config_only=True, interval=0)


@pytest.mark.parametrize("method", ["deploy_app", "deploy_and_wait"])
def test_a_server_that_builds_nevertheless_is_an_error_that_names_the_build(method: str) -> None:
    with FakeAncla(lenient=False, ignore_unknown_fields=True) as fake, client_of(fake) as client:
        fake.add_deployment(*APP)
        with pytest.raises(AnclaError, match="without a build: it started the build") as caught:
            getattr(client, method)(*APP, config_only=True)
        assert sent(fake) == [f"POST {SERVICE}/deploy"]  # Nothing is waited for.
        assert client.list_images(*APP)[0].id in str(caught.value)


BODIES: list[tuple[object, type[AnclaError], str]] = [
    ({}, AnclaError, "it started something it does not name"),
    ({"build_id": "b", "deploy_id": "d"}, AnclaError, "it started the build b"),
    ({"ok": False}, InvalidResponseError, "the deploy of 'web' did not start"),
]


@pytest.mark.parametrize(("body", "kind", "message"), BODIES)
def test_a_response_that_does_not_name_just_a_deployment_is_an_error(
    body: object, kind: type[AnclaError], message: str, fake: FakeAncla, client: AnclaClient
) -> None:
    fake.fail_next(202, body=body)
    with pytest.raises(kind, match=message) as caught:
        client.deploy_and_wait(*APP, config_only=True)
    assert type(caught.value) is kind
    assert len(fake.requests) == 1


@pytest.mark.parametrize("method", ["deploy_app", "deploy_and_wait"])
@pytest.mark.parametrize("value", [1, None, "yes", 0])
def test_the_flag_is_checked(value: Any, method: str, fake: FakeAncla, client: AnclaClient) -> None:
    with pytest.raises(ValueError, match="^config_only must be True or False, not "):
        getattr(client, method)(*APP, config_only=value)
    assert fake.requests == []

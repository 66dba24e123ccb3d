"""A call that takes an application and an id acts on a record of that application, or on none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ancla import AnclaClient, NotFoundError
from ancla.testing import FakeAncla
from tests.clients import client_for
from tests.documented_calls import APP, Ids, prepare
from tests.once import on_one_python
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies

pytestmark = on_one_python

OTHERS = [("acme", "shop", "other"), ("acme", "other", "web"), ("no", "such", "app")]
Call = Callable[[Any, Any, Ids], Any]
READS: dict[str, Call] = {
    "get_image": lambda c, app, ids: c.get_image(*app, ids.image),
    "get_release": lambda c, app, ids: c.get_release(*app, ids.release),
    "get_deployment": lambda c, app, ids: c.get_deployment(*app, ids.deployment),
    "wait_for_image": lambda c, app, ids: c.wait_for_image(*app, ids.image),
    "wait_for_release": lambda c, app, ids: c.wait_for_release(*app, ids.release),
    "wait_for_deployment": lambda c, app, ids: c.wait_for_deployment(*app, ids.deployment),
}
NOT_ON_SLUG_ROUTES: dict[str, Call] = {
    "get_image_log": lambda c, app, ids: c.get_image_log(*app, ids.image),
    "get_release_log": lambda c, app, ids: c.get_release_log(*app, ids.release),
    "get_deployment_log": lambda c, app, ids: c.get_deployment_log(*app, ids.deployment),
    "follow_image_log": lambda c, app, ids: list(c.follow_image_log(*app, ids.image)),
    "follow_deployment_log": lambda c, app, ids: list(
        c.follow_deployment_log(*app, ids.deployment)
    ),
    "deploy_release": lambda c, app, ids: c.deploy_release(*app, ids.release),
}
ALL = {**READS, **NOT_ON_SLUG_ROUTES}
ROUTES = ("slugs", "published", "both")
EVERYWHERE = [(routes, name) for routes in ROUTES for name in (READS if routes == "slugs" else ALL)]


@pytest.mark.parametrize(("routes", "name"), EVERYWHERE)
@pytest.mark.parametrize("is_warm", [False, True])
def test_a_record_of_another_application_is_not_found(
    routes: Any, name: str, is_warm: bool
) -> None:
    with FakeAncla(routes=routes) as fake:
        ids = prepare(fake)
        for other in OTHERS[:2]:
            fake.add_app(*other)
        with AnclaClient(fake.api_key, fake.url) as client:
            if is_warm:
                client.list_images(*APP)
                ALL[name](client, APP, ids)
            fake.clear_requests()
            for other in OTHERS:
                with pytest.raises(NotFoundError) as caught:
                    ALL[name](client, other, ids)
                assert caught.value.status_code == 404
                assert caught.value.url is not None
        assert {request.method for request in fake.requests} == {"GET"}


def test_an_application_that_was_made_anew_has_its_records() -> None:
    with FakeAncla(routes="both") as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, routes="published") as client:
            client.get_deployment(*APP, ids.deployment)
            with AnclaClient(fake.api_key, fake.url) as other:
                other.delete_app(*APP)
                other.create_app("acme", "shop", "web", "wind")
                new = other.deploy_and_wait(*APP, interval=0)
            assert client.get_deployment(*APP, new.id).id == new.id


class Terse:
    """A server whose records do not tell their application, nor an application its id."""

    def __init__(self, tells_app_id: bool) -> None:
        self.app = {"name": "web", "slug": "web", **({"id": "a1"} if tells_app_id else {})}

    def __call__(self, connection: Connection, request: Request) -> None:
        path = request.target.removeprefix("/api/v1")
        if path.startswith("/applications/acme/shop/web"):
            response = json_reply(self.app)
        elif path in ("/deployments/acme/shop/web", "/applications/a1/deployments"):
            response = json_reply([{"id": "other"}, {"id": "mine"}])
        elif path.startswith("/deployments/"):
            response = json_reply({"id": path.split("/")[2]})
        else:
            response = json_reply({"detail": "Not Found"}, 404)
        connection.send(response)


@pytest.fixture(params=[True, False], ids=["app id", "no app id"])
def terse(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    with ScriptedServer(replies(Terse(request.param))) as server:
        yield server


def test_where_a_record_does_not_tell_it_the_list_does(terse: ScriptedServer) -> None:
    with client_for(terse, routes="slugs") as client:
        assert client.get_deployment(*APP, "mine").id == "mine"
        with pytest.raises(NotFoundError, match="there is no deployment 'foreign' in 'web'"):
            client.get_deployment(*APP, "foreign")

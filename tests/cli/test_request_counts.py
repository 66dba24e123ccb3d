"""How many requests a command sends on today's API: those of its method, and no question before."""

from __future__ import annotations

import pytest

from ancla import AnclaClient
from tests.cli.command_line import run
from tests.clients import fake_with_app
from tests.documented_calls import deploy
from tests.once import on_one_python

pytestmark = on_one_python

APP = "acme/shop/web"
REQUESTS = {
    "orgs list": 1,
    "orgs add-member acme ada": 2,
    "environments list acme/shop": 1,
    "environments deploy acme/shop production": 1,
    f"apps get {APP}": 1,
    "apps create acme/shop New --platform wind": 1,
    f"apps delete {APP} --yes": 1,
    f"apps deploy {APP}": 1,
    f"apps rollback {APP}": 1,
    f"apps promote {APP} production staging": 1,
    f"apps promote {APP} production staging --preview": 1,
    f"apps scale {APP} web=2": 1,
    f"apps status {APP}": 1,
    f"config get {APP} MODE": 1,
    f"config set {APP} A=1": 2,
    f"config delete {APP} MODE --yes": 2,
    f"config export {APP}": 1,
    f"images build {APP}": 1,
    f"images log {APP} IMAGE": 2,
    f"images log {APP} 1": 1,
    f"images log {APP}": 2,
    f"deployments get {APP} DEPLOYMENT": 1,
    f"deployments log {APP} DEPLOYMENT": 1,
    f"deployments log {APP}": 2,
    f"run {APP} -- true": 1,
    "request GET /workspaces": 1,
    "whoami": 1,
}


@pytest.mark.parametrize("words", REQUESTS)
def test_a_command_sends_the_requests_of_its_method(words: str) -> None:
    with fake_with_app(pace=0) as fake:
        fake.add_app("acme", "shop", "web", environment="staging")
        with AnclaClient(fake.api_key, fake.url) as client:
            app = ("acme", "shop", "web")
            client.set_config(*app, "MODE", "test")
            images = [deploy(client, app).image_id for _ in range(2)]
            ids = {"IMAGE": images[0], "DEPLOYMENT": client.list_deployments(*app)[0].id}
        fake.clear_requests()
        outcome = run(*(ids.get(word, word) for word in words.split()), fake=fake)
        assert outcome.status == 0, outcome.err
        assert len(fake.requests) == REQUESTS[words]

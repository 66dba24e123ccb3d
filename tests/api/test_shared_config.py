"""Config variables that applications share, and what an application gets of them in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError, InvalidResponseError, NotFoundError
from ancla.testing import FakeAncla
from tests.clients import client_of, fake_with_app, sent
from tests.once import on_one_python
from tests.servers import ScriptedServer, json_reply, replies

APP = ("acme", "shop", "web")
WORKSPACE = "/workspaces/acme"
PROJECT = f"{WORKSPACE}/projects/shop"
STAGING = f"{PROJECT}/envs/staging"
PLACES: dict[str, dict[str, Any]] = {
    WORKSPACE: {"org": "acme"},
    f"{WORKSPACE}/teams/core": {"org": "acme", "team": "core"},
    PROJECT: {"org": "acme", "project": "shop"},
    STAGING: {"org": "acme", "project": "shop", "environment": "staging"},
}
IN_STAGING = PLACES[STAGING]
Call = Callable[[AnclaClient], object]


@pytest.fixture(params=["unset", "always", "never"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeAncla]:
    with fake_with_app(nulls=request.param, lenient=False) as fake:
        fake.add_app(*APP, environment="staging")
        with AnclaClient(fake.api_key, fake.url) as client:
            client.create_team("acme", "Core")
        fake.clear_requests()
        yield fake


@pytest.mark.parametrize("path", PLACES)
def test_each_place_has_variables_of_its_own(
    path: str, fake: FakeAncla, client: AnclaClient
) -> None:
    place = PLACES[path]
    made = client.set_shared_config(**place, key="K", value="v", secret=False, buildtime=True)
    assert (made.name, made.value, made.secret, made.buildtime) == ("K", "v", False, True)
    (request,) = fake.requests
    assert (request.method, request.path) == ("POST", f"/api/v1{path}/config")
    assert request.body == {"name": "K", "value": "v", "secret": False, "buildtime": True}
    fake.clear_requests()
    assert client.list_shared_config(**place) == [made]
    assert client.get_shared_config(**place, key="K") == made
    assert sent(fake) == [f"GET {path}/config"] * 2
    for other in PLACES:
        if other != path:
            assert client.list_shared_config(**PLACES[other]) == []
    with pytest.raises(NotFoundError, match="there is no config variable 'MISSING' in '"):
        client.get_shared_config(**place, key="MISSING")


@pytest.mark.parametrize("path", PLACES)
def test_a_flag_that_is_not_given_stays_as_it_was(
    path: str, fake: FakeAncla, client: AnclaClient
) -> None:
    place = PLACES[path]
    new = client.set_shared_config(**place, key="K", value="1")
    assert (new.secret, new.buildtime) == (False, False)
    client.set_shared_config(**place, key="K", value="1", secret=True)
    sent(fake)
    changed = client.set_shared_config(**place, key="K", value="2", buildtime=True)
    assert (changed.id, changed.secret, changed.buildtime) == (new.id, True, True)
    bodies = [request.body for request in fake.requests]
    assert sent(fake) == [f"GET {path}/config", f"POST {path}/config"]
    assert bodies == [None, {"name": "K", "value": "2", "secret": True, "buildtime": True}]
    assert not client.set_shared_config(**place, key="K", value="2", secret=False).secret


def test_a_variable_of_an_environment_is_deleted_by_the_id_that_the_list_tells(
    fake: FakeAncla, client: AnclaClient
) -> None:
    made = client.set_shared_config(**IN_STAGING, key="K", value="v")
    other = client.set_shared_config(**IN_STAGING, key="OTHER", value="v")
    sent(fake)
    client.delete_shared_config(**IN_STAGING, key="K")
    assert sent(fake) == [f"GET {STAGING}/config", f"DELETE {STAGING}/config/{made.id}"]
    assert client.list_shared_config(**IN_STAGING) == [other]
    sent(fake)
    with pytest.raises(NotFoundError, match="there is no config variable 'K' in 'staging'"):
        client.delete_shared_config(**IN_STAGING, key="K")
    assert sent(fake) == [f"GET {STAGING}/config"]


@pytest.mark.parametrize("path", [WORKSPACE, PROJECT])
def test_the_deletion_of_a_variable_of_a_workspace_or_project_is_tried(path: str) -> None:
    kind = "project" if path == PROJECT else "workspace"
    for lenient in (True, False):
        with fake_with_app(lenient=lenient) as fake, client_of(fake, routes="workspaces") as client:
            made = client.set_shared_config(**PLACES[path], key="K", value="v")
            other = client.set_shared_config(**PLACES[path], key="OTHER", value="v")
            sent(fake)
            if lenient:
                client.delete_shared_config(**PLACES[path], key="K")
            else:
                with pytest.raises(AnclaError, match=f"cannot delete an? {kind} config variable: "):
                    client.delete_shared_config(**PLACES[path], key="K")
            tried = [f"GET {path}/config", f"DELETE {path}/config/{made.id}"]
            assert sent(fake)[:2] == tried
            kept = [] if lenient else [made]
            assert client.list_shared_config(**PLACES[path]) == [*kept, other]
            with pytest.raises(NotFoundError, match="there is no config variable 'MISSING' in '"):
                client.delete_shared_config(**PLACES[path], key="MISSING")


@pytest.mark.parametrize(
    "variables",
    [{"A": "1", "K": "2"}, MappingProxyType({"A": "1", "K": "2"}), "A=1\n# a comment\nK='2'\n"],
)
def test_an_import_sets_all_in_one_request_and_keeps_flags(
    variables: Any, fake: FakeAncla, client: AnclaClient
) -> None:
    client.set_shared_config(**IN_STAGING, key="K", value="1", secret=True)
    fake.clear_requests()
    done = client.import_shared_config(**IN_STAGING, variables=variables, buildtime=True)
    flags = [(it.name, it.secret, it.buildtime) for it in done]
    assert flags == [("A", False, True), ("K", True, True)]
    body = fake.requests[-1].body
    assert sent(fake) == [f"GET {STAGING}/config", f"POST {STAGING}/config/bulk"]
    assert body == [
        {"name": "A", "value": "1", "secret": False, "buildtime": True},
        {"name": "K", "value": "2", "secret": True, "buildtime": True},
    ]
    (kept,) = client.import_shared_config(**IN_STAGING, variables={"K": "3"}, secret=False)
    assert (kept.value, kept.secret, kept.buildtime) == ("3", False, True)


def test_what_an_application_gets_is_the_object_that_came(client: AnclaClient) -> None:
    client.set_shared_config("acme", key="A", value="org")
    client.set_shared_config("acme", "shop", key="A", value="project")
    client.set_config(*APP, "B", "app")
    assert client.get_resolved_config(*APP) == {"A": "project", "B": "app"}


@on_one_python
@pytest.mark.parametrize(
    ("method", "path"),
    [("import", path) for path in PLACES if path != STAGING]
    + [("delete", path) for path in PLACES if path.endswith("core")],
)
def test_what_no_server_has_a_route_for_is_refused_before_anything_is_sent(
    method: str, path: str, fake: FakeAncla, client: AnclaClient
) -> None:
    given: dict[str, Any] = {"key": "K"} if method == "delete" else {"variables": {"A": "1"}}
    for _ in ("nothing is known", "the routes are known"):
        with pytest.raises(
            AnclaError, match="cannot .* (workspace|team|project) config variables?:"
        ):
            getattr(client, f"{method}_shared_config")(**PLACES[path], **given)
        assert sent(fake) == []
        client.list_orgs()
        sent(fake)


REFUSED: list[tuple[str, Callable[[Any], object]]] = [
    ("project must be given if an env", lambda c: c.list_shared_config("acme", environment="x")),
    ("team must be None", lambda c: c.list_shared_config("acme", "shop", team="core")),
    ("team must be None", lambda c: c.list_shared_config("acme", environment="x", team="core")),
    ("org must be a string", lambda c: c.list_shared_config(None)),
    ("project must be", lambda c: c.list_shared_config("acme", "")),
    ("environment must be", lambda c: c.list_shared_config("acme", "shop", environment="")),
    ("team must be", lambda c: c.list_shared_config("acme", team="..")),
    ("key must be", lambda c: c.get_shared_config("acme", key="")),
    ("key must be", lambda c: c.set_shared_config("acme", key=5, value="")),
    ("value must be a string", lambda c: c.set_shared_config("acme", key="K", value=5)),
    ("secret must be", lambda c: c.set_shared_config("acme", key="K", value="", secret=1)),
    ("variables must be", lambda c: c.import_shared_config(**IN_STAGING, variables={})),
    ("variables must be", lambda c: c.import_shared_config(**IN_STAGING, variables="# none")),
    ("variables must be", lambda c: c.import_shared_config(**IN_STAGING, variables=5)),
    ("variables must have", lambda c: c.import_shared_config(**IN_STAGING, variables={"": "v"})),
    (r"variables\['A'\] must", lambda c: c.import_shared_config(**IN_STAGING, variables={"A": 1})),
    (
        "^variables: line 2: there is no '=' in it$",
        lambda c: c.import_shared_config(**IN_STAGING, variables="A=1\nsecret-word\nB=2"),
    ),
    ("app must be", lambda c: c.get_resolved_config("acme", "shop", "")),
]


@on_one_python
@pytest.mark.parametrize(("message", "call"), REFUSED)
@pytest.mark.parametrize("is_known", [True, False])
def test_bad_arguments_are_refused_before_anything_is_sent(
    message: str,
    call: Callable[[Any], object],
    is_known: bool,
    fake: FakeAncla,
    client: AnclaClient,
) -> None:
    if is_known:
        client.list_orgs()
        fake.clear_requests()
    with pytest.raises(ValueError, match=message):
        call(client)
    assert sent(fake) == []


@pytest.mark.parametrize("name", [["K"], {"K": 1}, 5, None])
def test_a_variable_whose_name_is_no_text_is_nobodys(name: object) -> None:
    odd = {"id": "1", "name": name, "value": "v", "secret": True}
    made = [{"id": "2", "name": "K", "value": "v"}]

    def respond(connection: Any, request: Any) -> None:
        connection.send(json_reply([odd] if request.method == "GET" else made))

    with ScriptedServer(replies(respond)) as server:
        with AnclaClient("key", server.url, routes="workspaces") as client:
            (variable,) = client.import_shared_config(**IN_STAGING, variables={"K": "v"})
            assert variable.id == "2"
            with pytest.raises(NotFoundError):
                client.get_shared_config(**IN_STAGING, key="K")
            with pytest.raises(InvalidResponseError):
                client.list_shared_config(**IN_STAGING)
    assert b'"secret":false' in server.requests[1].body

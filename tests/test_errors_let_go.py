"""An error that was caught holds nothing any more, and the garbage collector is not needed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest

from ancla import AnclaClient, AnclaError

from .clients import client_for
from .servers import Answer, ScriptedServer, answer, answers, json_answer, then_close

APP = ("acme", "shop", "web")
CALLS: dict[str, Callable[[AnclaClient], object]] = {
    "a read": lambda client: client.list_orgs(),
    "a look-up": lambda client: client.get_pipeline_status(*APP),
    "a record": lambda client: client.get_image(*APP, "i"),
    "a change": lambda client: client.set_config(*APP, "KEY", "value"),
    "a request": lambda client: client.request("GET", "/x"),
    "a wait": lambda client: client.wait_for_image(*APP, "i", timeout=0),
    "a deploy": lambda client: client.deploy_and_wait(*APP, timeout=0),
}
ANSWERS: dict[str, Answer] = {
    **{f"a {status}": json_answer({"detail": "no"}, status) for status in (302, 400, 401, 404, 422, 500)},
    "no JSON": answer(b"no JSON"),
    "another JSON": json_answer("text"),
    "no answer": then_close(b""),
    "a failed build": json_answer({"id": "i", "version": 1, "error": True}),
}


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("routes", ["auto", "slugs", "published", "workspaces"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("said", ANSWERS)
def test_nothing_lives_after_an_error_was_caught(said: str, call: str, routes: str) -> None:
    with ScriptedServer(answers(ANSWERS[said])) as server:
        client = client_for(server, routes=routes)
        try:
            CALLS[call](client)
        except AnclaError as error:
            references: list[weakref.ref[object]] = [weakref.ref(error), weakref.ref(client)]
            del client
        else:
            return  # that answer is a good one
        assert [reference() for reference in references] == [None, None]

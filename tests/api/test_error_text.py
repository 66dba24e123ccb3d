"""What an error says of a response body: by plain rules, in little time and space."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ancla import AnclaClient, AnclaError
from ancla._api.response_errors import error_from_response, readable_detail
from ancla._api.secrets import without
from tests.clients import client_for
from tests.documented_calls import APP
from tests.once import on_one_python
from tests.servers import ScriptedServer, json_reply, replies

KEYS = "detail message error errors extra msg loc source key name type status_code".split()
LEAVES = ["", "not found", "must be > 0", "body", None, True, False, 0, 7, 2.5]
TELLING = KEYS[:4]


def said_by(data: Any) -> str:
    """The rules alone: what says nothing is read again, field by field, which takes time."""
    if isinstance(data, str):
        return data
    if isinstance(data, list):
        return "; ".join(filter(None, map(said_by_item, data)))
    if not isinstance(data, dict):
        return ""
    parts = [data.get(key) for key in TELLING]
    said = next(filter(None, (said_by(part) or said_by_fields(part) for part in parts)), "")
    return ": ".join(filter(None, (said, said_by(data.get("extra")))))


def said_by_fields(data: Any) -> str:
    fields = data.items() if isinstance(data, dict) else ()
    return "; ".join(f"{name}: {text}" for name, part in fields if (text := said_by(part)))


def said_by_item(item: Any) -> str:
    if not isinstance(item, dict):
        return said_by(item)
    said = said_by(item.get("msg")) or said_by(item)
    location = item.get("loc") or [part for part in (item.get("source"), item.get("key")) if part]
    if isinstance(location, list):
        location = ".".join(map(str, location))
    return f"{location}: {said}" if location and said else said or str(location)


def data_at_random(chance: random.Random, levels: int) -> object:
    kind = chance.random()
    if levels == 0 or kind < 0.3:
        return chance.choice(LEAVES)
    count = chance.randint(0, 4)
    if kind < 0.7:
        return {chance.choice(KEYS): data_at_random(chance, levels - 1) for _ in range(count)}
    return [data_at_random(chance, levels - 1) for _ in range(count)]


@on_one_python
def test_the_text_of_ordinary_bodies_follows_the_plain_rules() -> None:
    chance = random.Random(21)
    texts = set()
    for _ in range(10_000):
        data = {chance.choice(KEYS[:5]): data_at_random(chance, chance.randint(1, 6))}
        expected = " ".join(said_by(data).split())
        if len(expected) <= 500:
            assert readable_detail(json.dumps(data).encode()) == (expected or None), data
            texts.add(expected)
    assert len(texts) > 500


NESTED = {
    **{name: f'{{"{name}":' for name in (*TELLING, "extra", "msg", "loc", "field")},
    "lists": "[",
    "details in lists": '[{"detail":',
    "a message beside errors": '{"message": 1, "errors":',
    "locations in details": '{"detail": [{"loc": [1], "msg":',
    "extra beside a detail": '{"detail": {"a": 1}, "extra":',
    "errors below extra": '{"extra": {"errors":',
    "all of them": '{"detail":{"message":[{"error":{"errors":{"extra":[{"field":',
}


@pytest.mark.parametrize("depth", [28, 150, 1000])
@pytest.mark.parametrize("nested", NESTED)
def test_a_deep_error_body_is_read_in_no_time(nested: str, depth: int) -> None:
    opened = NESTED[nested] * depth
    closed = "".join("}" if char == "{" else "]" for char in reversed(opened) if char in "{[")
    body = f"{opened}1{closed}".encode()
    started = time.process_time()
    error = error_from_response("GET", "url", 500, body)
    assert time.process_time() - started < 0.25  # it takes a hundredth of that
    assert len(str(error)) < 600


@pytest.mark.parametrize("start", ["", '{"detail":'])
def test_a_message_is_read_down_to_forty_levels(start: str) -> None:
    for levels in (20 - bool(start), 21):
        body = start + '[{"msg":' * levels + '"x"' + "}]" * levels + "}" * bool(start)
        assert readable_detail(body.encode()) == ("x" if levels <= 20 else None)


def test_a_long_text_below_many_levels_is_not_copied_at_each() -> None:
    text = "x" * 500_000
    body = '{"detail":{"a":' * 450 + f'"{text}"' + "}}" * 450
    started = time.process_time()
    error_from_response("GET", "url", 500, body.encode())
    assert time.process_time() - started < 0.5


def test_a_message_shows_the_start_of_a_long_text_and_the_body_keeps_more() -> None:
    for body in ({"detail": "why " * 100_000}, {"errors": {"name": ["why"] * 100_000}}):
        with ScriptedServer(replies(json_reply(body, 409))) as server:
            with client_for(server) as client, pytest.raises(AnclaError) as caught:
                client.get_org("acme")
        url = f"{server.url}/api/v1/organizations/acme"
        assert len(str(caught.value)) <= len(f"GET {url} failed with status 409: ") + 500
        assert str(caught.value).endswith("...")
        assert len(caught.value.body or b"") == 64 * 1024


@on_one_python
@pytest.mark.parametrize("wrapped", [b"%b", b'{"detail": "%b"}'])
@pytest.mark.parametrize("char", ["s", "\u00fc", "\u20ac"])
def test_a_secret_that_is_cut_at_the_end_of_what_is_searched_is_not_shown(
    char: str, wrapped: bytes
) -> None:
    """Thousands of copies, which are short once they are hidden."""
    secret = f"{char * 100}-secret-" + "0123456789" * 9
    repeated = wrapped % (f"{secret} " * 8000).encode()
    for padding in range(0, 200, 30):
        body = b" " * padding + repeated
        error = error_from_response("POST", "url", 400, body, redact=partial(without, [secret]))
        assert error.body is not None
        assert b"********" in error.body
        assert b"-secret" not in error.body
        assert (char * 4).encode() not in error.body
        assert char * 4 not in str(error)


LONG = "long" * 100_000
LONG_TEXTS: dict[str, tuple[list[object], Callable[[AnclaClient], object]]] = {
    "a name in an object": (
        [{"id": "a", "name": "n", "slug": "s", "process_counts": {LONG: "many"}}],
        lambda client: client.get_app(*APP),
    ),
    "an id of an image": (
        [[], [], {"ok": True, "image_id": LONG}],
        lambda client: client.deploy_and_wait(*APP),
    ),
    "an id of a variable": (
        [[{"id": LONG, "name": "KEY"}]],
        lambda client: client.delete_config(*APP, "KEY"),
    ),
}


@pytest.mark.parametrize("name", LONG_TEXTS)
def test_no_text_of_a_server_makes_a_message_long(name: str) -> None:
    assert_message_is_short(*LONG_TEXTS[name], routes="workspaces")


def assert_message_is_short(
    responses: list[object], call: Callable[[AnclaClient], object], routes: str
) -> None:
    with ScriptedServer(replies(*map(json_reply, responses), json_reply(None, 404))) as server:
        with client_for(server, routes=routes) as client, pytest.raises(AnclaError) as caught:
            call(client)
    assert len(str(caught.value)) < 1000
    assert len(caught.value.url or "") < 1000

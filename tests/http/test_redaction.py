"""A secret that a server repeats is redacted in errors, messages and logs."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType

import pytest

from ancla import AnclaClient, AnclaError
from ancla._api.secrets import without
from ancla.testing import FakeAncla
from tests.clients import KEY, Time, all_text_of, chain_of, client_for
from tests.once import on_one_python, one_in
from tests.servers import Connection, Request, ScriptedServer, json_reply, replies, reply

APP = ("my-org", "my-project", "api-service")
SECRET = 'pä$$\t"word"\\'


class Secret(str, Enum):
    TOKEN = SECRET


def import_variables(client: AnclaClient, variables: Mapping[str, str] | str) -> object:
    """Sets many variables in one request."""
    return client.import_shared_config(*APP[:2], environment="production", variables=variables)


CALLS: dict[str, Callable[[AnclaClient], object]] = {
    "set_config": lambda client: client.set_config(*APP, "TOKEN", SECRET),
    "set_config of an enum": lambda client: client.set_config(*APP, "TOKEN", Secret.TOKEN),
    "an import of a mapping": lambda client: import_variables(client, {"TOKEN": SECRET}),
    "a request of another mapping": lambda client: client.request(
        "POST", "/configurations", json=MappingProxyType({"value": SECRET})
    ),
    "an import of text": lambda client: import_variables(client, f"TOKEN={SECRET}"),
    "a request of many": lambda client: client.request(
        "POST", "/config/bulk", json=[{"name": "A", "value": "1"}, {"name": "B", "value": SECRET}]
    ),
}
FORMS: dict[str, Callable[[str], object]] = {
    "JSON": lambda secret: {"detail": f"not allowed: <{secret}>"},
    "framework": lambda secret: {"detail": [{"loc": ["body", "value"], "msg": f"<{secret}>"}]},
    "escaped JSON": lambda secret: json.dumps({"detail": f"<{secret}>"}).encode(),
    "Python in JSON": lambda secret: {"detail": f"not allowed: {'<' + secret + '>'!r}"},
    "JSON in JSON": lambda secret: {"message": "no: " + json.dumps({"value": f"<{secret}>"})},
    "text": lambda secret: f"not allowed: <{secret}>",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", one_in(3, [422, 400, 500]))
def test_the_value_of_a_variable_is_redacted(status: int, name: str, form: str) -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.add_app(*APP)
        fake.fail_next(status, method="POST", body=FORMS[form](SECRET))
        with pytest.raises(AnclaError) as caught:
            CALLS[name](client)
    assert caught.value.status_code == status
    assert "<********>" in str(caught.value)
    assert "word" not in all_text_of(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_the_key_is_redacted(form: str) -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.fail_next(403, body=FORMS[form](fake.api_key))
        with pytest.raises(AnclaError) as caught:
            client.list_orgs()
    assert "<********>" in str(caught.value)
    assert fake.api_key not in all_text_of(caught.value)


def test_a_value_equal_to_a_key_of_the_error_does_not_redact_its_detail() -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.fail_next(422, body={"detail": "the name is not allowed"})
        with pytest.raises(AnclaError, match="the name is not allowed"):
            client.set_config(*APP, "TOKEN", "detail")


def test_each_value_of_env_text_is_redacted() -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.add_app(*APP)
        env_text = "A=1\nexport B = 's3cr3t-b'\nC='\ns3cr3t-c==\n  s3cr3t-d\n'"
        for line in ("s3cr3t-b", "s3cr3t-c==", "s3cr3t-d"):
            fake.fail_next(400, method="POST", body={"detail": f"not allowed: {line}"})
            (error,) = client.import_config(*APP, env_text).errors
            assert error.error == "not allowed: ********"


@on_one_python
def test_overlapping_secrets_are_redacted_completely() -> None:
    """Random secrets of few letters often overlap."""
    chance = random.Random(13)
    for _ in range(2000):
        text = "".join(chance.choices("ab", k=20))
        secrets = ["".join(chance.choices("ab", k=chance.randint(3, 7))) for _ in range(4)]
        hidden = {
            place
            for secret in secrets
            for start in range(len(text))
            if len(secret) > 3 and text.startswith(secret, start)
            for place in range(start, start + len(secret))
        }
        left = "".join(char for place, char in enumerate(text) if place not in hidden)
        assert without([*secrets], text).replace("*", "") == left, (secrets, text)


@on_one_python
@pytest.mark.parametrize("repeated", ["all of it", "the start of each line", "none of it"])
def test_thousands_of_secrets_are_redacted_in_a_large_error_in_linear_time(repeated: str) -> None:
    lines = [f"export VARIABLE_{number}=s3cret-{number:06}-end" for number in range(10_000)]
    secrets = [*lines, *(line.partition("=")[2] for line in lines)]
    text = {"all of it": "\n".join(lines) * 2, "none of it": "x" * 1_000_000}.get(
        repeated, "export VARIABLE_" * 60_000
    )
    started = time.process_time()
    shown = without([*secrets], text)
    assert time.process_time() - started < 2.5  # several times that when each was looked for
    assert "s3cret" not in shown
    assert repeated == "all of it" or shown == text


def test_a_secret_longer_than_one_comparison_is_redacted_completely() -> None:
    key = "".join(random.Random(13).choices("abcdefgh", k=2500))
    assert without([key], f"<{key}>") == "<********>"


def repeating(status: int, body: bytes = b"no JSON") -> bytes:
    """Returns a response that repeats the key and a value in each header that may be shown."""
    said = f"{KEY} hunter2"
    headers = {"X-Request-ID": "x" * 190 + said, "Location": f"https://{KEY}.hunter2.example/"}
    return reply(body, status, {**headers, "Content-Type": said})


@pytest.mark.parametrize("status", [200, 302, 429, 500])
def test_no_response_header_puts_a_secret_into_an_error(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither into an error nor into a log line."""
    caplog.set_level(logging.DEBUG, logger="ancla")
    calls: list[Callable[[AnclaClient], object]] = [
        lambda client: client.set_config(*APP, "TOKEN", "hunter2", secret=True, buildtime=False),
        lambda client: client.request("POST", "/x", json={"variables": {"TOKEN": "hunter2"}}),
        lambda client: client.request("POST", "/x", json={"raw": "TOKEN=hunter2"}),
    ]
    for call in calls:
        with ScriptedServer(replies(repeating(status))) as server:
            with client_for(server) as client, pytest.raises(AnclaError) as caught:
                call(client)
        shown = all_text_of(caught.value) + caplog.text
        assert "hunter2" not in shown
        assert KEY[:12] not in shown
    assert "********" in caplog.text


APP_RECORD = {"id": "a1", "name": "web", "slug": "api-service"}
# Bodies of responses with status 200, and the call that makes a message of each.
ECHOES: dict[str, tuple[list[object], Callable[[AnclaClient], object]]] = {
    "a key of an object": (
        [{**APP_RECORD, "process_counts": {KEY: "many"}}],
        lambda client: client.get_app(*APP),
    ),
    "an id that cannot be one": (
        [[{"id": f"{KEY}/x", "name": "TOKEN"}]],
        lambda client: client.delete_config(*APP, "TOKEN"),
    ),
    "an id that a deploy tells and that cannot be one": (
        [[], [], {"image_id": f"{KEY}/x"}],
        lambda client: client.deploy_and_wait(*APP),
    ),
    "a name that is no field": (
        [[{"name": 1, KEY: 2}]],
        lambda client: client.list_orgs(),
    ),
    "why a build failed": (
        [[{"id": "i", "version": 1}], {"id": "i", "error": True, "error_detail": f"with {KEY}"}],
        lambda client: client.wait_for_image(*APP, "i"),
    ),
    "what a deploy says": (
        [[], [], {"ok": False, "message": KEY, "image_id": KEY}],
        lambda client: client.deploy_and_wait(*APP),
    ),
    "an image that a deploy started": (
        [[], [], {"image_id": KEY}, [{"id": KEY, "version": 1}], {"id": KEY, "error": True}],
        lambda client: client.deploy_and_wait(*APP),
    ),
    "an image that is not found": (
        [[], [], {"image_id": KEY}, b""],
        lambda client: client.deploy_and_wait(*APP),
    ),
    "an image that takes too long": (
        [[], [], {"image_id": KEY}, [{"id": KEY, "version": 1}], {"id": KEY}],
        lambda client: client.deploy_and_wait(*APP, timeout=0),
    ),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_no_successful_response_puts_the_key_into_a_message(echo: str) -> None:
    bodies, call = ECHOES[echo]
    script = replies(*(json_reply(body) if body != b"" else reply(b"", 404) for body in bodies))
    with ScriptedServer(script) as server, Time().of(client_for(server)) as client:
        with pytest.raises(AnclaError) as caught:
            call(client)
    error = caught.value
    assert len(server.requests) >= len(bodies)
    shown = [f"{link} {link.args}" for link in chain_of(error)]
    assert KEY not in "\n".join([*shown, f"{error.detail} {error.url} {error.request_id}"])


def test_an_id_that_is_the_key_is_not_in_an_errors_url() -> None:
    script = replies(json_reply([{"id": KEY, "name": "TOKEN"}]), reply(b"", 500))
    with ScriptedServer(script) as server, client_for(server) as client:
        with pytest.raises(AnclaError) as caught:
            client.delete_config(*APP, "TOKEN")
    assert KEY in server.requests[-1].target
    assert KEY not in all_text_of(caught.value)


def test_a_value_is_redacted_in_a_body_that_is_not_utf_8() -> None:
    script = replies(reply(f"not allowed: <{SECRET}>".encode("latin-1"), 400))
    with ScriptedServer(script) as server, client_for(server) as client:
        with pytest.raises(AnclaError, match=r"<\*{8}>") as caught:
            client.set_config(*APP, "TOKEN", SECRET, secret=True, buildtime=False)
    assert caught.value.body == b"not allowed: <********>"


CHAINS = {
    "a shorter one at each place": "aaaab" * 13_108,
    "longer ones": ("a" * 998 + "b") * 65,
    "one half as long": ("a" * 500 + "b") * 130,
    "all of it": "a" * 65_536,
}


@on_one_python
@pytest.mark.parametrize("text", CHAINS.values(), ids=list(CHAINS))
def test_secrets_that_are_prefixes_of_each_other_are_redacted_in_linear_time(text: str) -> None:
    secrets = ["a" * length for length in range(4, 1000)]
    started = time.process_time()
    shown = without([*secrets], text)
    assert time.process_time() - started < 1  # most took several seconds, and take a tenth of one
    assert "aaaa" not in shown
    assert shown.count("b") == text.count("b")


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_value_that_an_env_file_writes_with_escapes_is_replaced_as_it_is(status: int) -> None:
    value = 'first line\nsecond "line"\tof a secret'

    def respond(connection: Connection, request: Request) -> None:
        if request.method == "GET":
            connection.send(json_reply([]))
        else:
            connection.send(json_reply({"detail": f"not allowed: {value}"}, status))

    text = "KEY=" + json.dumps(value)
    calls: list[Callable[[AnclaClient], object]] = [
        lambda c: c.import_config(*APP, text).errors,
        lambda c: c.import_shared_config("o", "p", environment="e", variables=text),
        lambda c: c.request("POST", "/x", json={"raw": text}),
    ]
    for call in calls:
        with ScriptedServer(replies(respond)) as server:
            with client_for(server) as client:
                try:
                    told = repr(call(client))
                except AnclaError as error:
                    told = str(error)
        assert "not allowed: ********" in told
        assert "second" not in told

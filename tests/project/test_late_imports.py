"""Once a client is made, it imports no modules: their files may be replaced or out of reach.

A process makes clients from a copy of the package, deletes the copy, lets every further import
fail, and then makes every call and meets every kind of failure.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from ancla.testing import FakeAncla
from tests.clean_process import run_program
from tests.documented_calls import prepare
from tests.servers import (
    CERTIFICATES,
    Reply,
    ScriptedServer,
    json_reply,
    replies,
    reply,
    server_tls,
    then_close,
    then_reset,
)

PROJECT = Path(__file__).parents[2]

MAKE_CLIENTS = """
import os, sys
os.environ["SSL_CERT_FILE"] = {certificate!r}
import ancla
from ancla import Org
from ancla.client import clock_of
def make(server, timeout=5, **options):
    return ancla.AnclaClient("key", server, timeout, trust_env=False, **options)
clients = [make(url) for url in {fakes!r}]
secure, unlucky = make({secure!r}), make({unlucky!r})
nobody, silent = make("http://127.0.0.1:1", max_retries=0), make({silent!r}, 0.05, max_retries=0)
"""

LET_IMPORTS_FAIL = """
loaded = set(sys.modules)
sys.modules["ancla.testing"] = type(sys)("ancla.testing")
sys.modules["ancla.testing"].FakeAncla = None
from tests.documented_calls import ALL_CALLS, APP, SAMPLES, Ids
import shutil
# Forget modules that only this program has loaded: in others they would not be loaded.
for name in set(sys.modules) - loaded:
    del sys.modules[name]
shutil.rmtree({copy!r})

late = []
class NoImports:
    def find_spec(self, name, path=None, target=None):
        late.append(name)
        raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, NoImports())

# Compiling code would fail under a policy against code from text.
def note_code(event, arguments):
    if event in ("compile", "exec"):
        late.append(event)
sys.addaudithook(note_code)
"""

GO_THROUGH_ALL = """
errors = set()
def attempt(what, *arguments, **keywords):
    try:
        return what(*arguments, **keywords)
    except Exception as error:
        repr(error), str(error)
        errors.add(type(error).__name__)

clock_of(unlucky).sleep = clock_of(secure).sleep = lambda seconds: None
for client, ids in zip(clients, {ids!r}):
    clock_of(client).sleep = lambda seconds: None
    for name in SAMPLES:
        attempt(ALL_CALLS[name], client, Ids(*ids))
    client.create_org("Other"), client.create_project("other", "Shop")
    client.create_app("other", "shop", "Web", "wind")
    app = "other", "shop", "web"
    attempt(client.deploy_and_wait, *app, interval=0)
    image = client.build_image(*app).image_id
    attempt(client.wait_for_image, *app, image, interval=0, timeout=0)
    attempt(list, client.follow_image_log(*app, image, interval=0))
    attempt(client.get_app, "other", "shop", "My App")
    attempt(client.get_app, "other", "shop", "\\xe4")
    attempt(client.get_app, "other", "shop", "..")
    for record in [client.get_org("other"), client.get_app(*app), client.list_images(*app)[0]]:
        record.model_dump(), record.model_dump(mode="json", exclude_unset=True, include={{"slug"}})
        record.model_dump_json(), record.model_dump_json(indent=2, exclude_none=True)
        record.model_copy(deep=True), record.model_copy(update={{"more": 1}}), repr(record)
        record.model_validate(record.model_dump()), record == record.model_copy()
attempt(Org.model_validate_json, "[]")
attempt(Org.model_validate_json, "{{")
for _ in range({secure_responses}):
    attempt(secure.list_orgs)
for _ in range({unlucky_responses}):
    attempt(unlucky.list_orgs)
attempt(nobody.set_config, *APP, "TOKEN", "value")
attempt(silent.list_orgs)
for client in [*clients, secure, unlucky, nobody, silent]:
    client.close()
    attempt(client.list_orgs)
print(sorted(set(late)))
print(*sorted(errors))
"""

ORG = {"name": "Acme", "slug": "acme", "new": 1}
RESPONSES: list[Reply] = [
    json_reply([ORG]),
    json_reply({"items": [ORG], "pagination": {"page": 1, "per_page": 1, "total_pages": 1}}),
    json_reply({"detail": "Slow down"}, 429, {"Retry-After": "1"}),
    json_reply({"detail": "Slow down"}, 429, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    json_reply({"detail": "Slow down"}, 503, {"Retry-After": "soon"}),
    then_reset(b"HTTP/1.1 200 OK\r\n"),
    then_close(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"[]")),
    then_close(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnothing packed"),
    then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"),
    reply(b"", 302, {"Location": "http://[elsewhere/"}),
    reply(b"", 302, {"Location": "https://elsewhere/"}),
    reply("<title>Zu spät</title>".encode("latin-1"), 504),
    reply(b"\xff", 200, {"X-Request-ID": "\xff"}),
    reply(b"[NaN]"),
    reply(b"[1e999]"),
    reply(b"[" * 100_000),
    json_reply([{"name": 1}]),
    json_reply({"items": 5}),
    *(json_reply({"detail": "No"}, status) for status in (400, 401, 403, 404, 409, 422, 500)),
]
ERRORS = {
    "APIConnectionError",
    "APITimeoutError",
    "AnclaError",
    "AuthenticationError",
    "BuildFailedError",
    "InvalidResponseError",
    "NotFoundError",
    "ServerError",
    "ValidationError",
    "ValueError",
    "WaitTimeoutError",
}


def test_a_client_imports_no_module_after_it_was_made(tmp_path: Path) -> None:
    copy = tmp_path / "ancla"
    shutil.copytree(PROJECT / "ancla", copy, ignore=shutil.ignore_patterns("__pycache__"))
    script = replies(*RESPONSES)
    with (
        FakeAncla(api_key="key") as todays,
        FakeAncla(api_key="key", routes="published") as published,
        FakeAncla(api_key="key", routes="both") as both,
        ScriptedServer(script, tls=server_tls()) as secure,
        ScriptedServer(script) as unlucky,
        ScriptedServer(lambda connection: connection.wait_until_closed()) as silent,
    ):
        fakes = [todays, published, both]
        ids = [tuple(prepare(fake)) for fake in fakes]
        for fake in fakes:  # one for the deploy in SAMPLES, and one for deploy_and_wait
            fake.fail_next_build()
            fake.fail_next_build()
        program = (MAKE_CLIENTS + LET_IMPORTS_FAIL + GO_THROUGH_ALL).format(
            certificate=str(CERTIFICATES / "ca.pem"),
            copy=str(copy),
            fakes=[fake.url for fake in fakes],
            ids=ids,
            secure=secure.url,
            silent=silent.url,
            secure_responses=len(RESPONSES),
            unlucky=unlucky.url,
            unlucky_responses=len(RESPONSES),
        )
        late, errors = run_program(program, path=[tmp_path, PROJECT], cwd=tmp_path).splitlines()
        assert len(secure.requests) >= len(RESPONSES)
    assert late == "[]"
    assert set(errors.split()) >= ERRORS

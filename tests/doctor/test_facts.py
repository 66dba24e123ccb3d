"""What the doctor finds: nothing on each FakeAncla, and each deviation of a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal

import pytest

from ancla import AnclaClient, AnclaError, models
from ancla._api.workspaces import WORKSPACES
from ancla._api.workspaces_fields import MODEL_NAMES
from ancla._doctor.reads import READS, RECORDS
from ancla.client import Attempt
from ancla.doctor import Finding, examine
from ancla.testing import FakeAncla
from tests.clients import Time
from tests.doctor.accounts import APP, KEY, ODD, DifferingServer, Reply, furnish
from tests.servers import Connection, ScriptedServer, json_reply

Change = Callable[[Reply], object]


def client_of(server: FakeAncla | DifferingServer, **options: Any) -> AnclaClient:
    return AnclaClient(KEY, server.url, trust_env=False, **options)


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    found = {f"{finding.group} {finding.fact}": finding for finding in findings}
    assert len(found) == len(findings)
    return found


def assert_nothing_of_the_account(shown: str) -> None:
    assert [word for word in (*ODD, KEY) if word in shown.lower()] == []


FAKES: dict[str, dict[str, Any]] = {
    "lenient": {},
    "strict": {"lenient": False},
    "all nulls": {"nulls": "always"},
    "no nulls": {"nulls": "never"},
    "plain secrets": {"mask_secrets": False},
    "no session of keys": {"session": False},
    "pages of one": {"page_size": 1},
    "slugs": {"routes": "slugs"},
    "published": {"routes": "published"},
    "both": {"routes": "both"},
    "slugs, all nulls": {"routes": "slugs", "nulls": "always"},
    "published, no nulls": {"routes": "published", "nulls": "never"},
}


@pytest.mark.parametrize("options", FAKES.values(), ids=FAKES)
def test_nothing_differs_on_a_fake(options: dict[str, Any]) -> None:
    routes, lenient = options.get("routes", "workspaces"), options.get("lenient", True)
    attempts: list[Attempt] = []
    with FakeAncla(api_key=KEY, **options) as fake:
        furnish(fake, routes, lenient)
        with client_of(fake, on_attempt=attempts.append) as client:
            findings = examine(client)
        requests = fake.requests

    assert [it for it in findings if it.mark == "differs"] == []
    unseen = {it.fact for it in findings if it.mark == "not seen"}
    if routes == "workspaces" and "nulls" not in options:
        # The second page of builds takes a request.
        assert unseen == {"path", *(["preview_promotion"] if "page_size" in options else [])}
        (builds,) = [it.seen for it in findings if it.fact == "builds"]
        assert builds.endswith(", 1 on a page") == ("page_size" in options)
    assert {request.method for request in requests} == {"GET"}
    assert len(attempts) == len(requests) <= 30
    assert_nothing_of_the_account(repr(findings) + " ".join(map(str, attempts)))


def test_each_path_is_one_of_todays_api_or_asks_for_the_retired_routes() -> None:
    with FakeAncla(api_key=KEY) as fake, client_of(furnish(fake)) as client:
        examine(client)
        paths = {request.path.removeprefix("/api/v1") for request in fake.requests}
    gets = [WORKSPACES[name].path for name in WORKSPACES.lines if WORKSPACES[name].method == "GET"]
    known = [re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) for path in gets]
    assert [it for it in paths if not any(re.fullmatch(one, it) for one in known)] == [
        "/organizations"
    ]


def test_the_table_names_methods_of_the_client_and_fields_of_the_models() -> None:
    methods = [method for method in READS if hasattr(AnclaClient, method)]
    assert len(READS) - len(methods) == 3
    for read in READS.values():
        if read.model:
            names = {MODEL_NAMES.get(it.name, it.name) for it in RECORDS[read.record]}
            assert names <= set(getattr(models, read.model).model_fields)


# Deviations


def on(path: str, change: Change) -> Change:
    """Returns a change of the responses whose path ends with this one."""

    def changed(reply: Reply) -> None:
        if re.search(f"{path}$", reply.path) and reply.has_key:
            change(reply)

    return changed


def each(path: str, change: Callable[[dict[str, Any]], object]) -> Change:
    """Returns a change of each record in the responses to this path."""

    def changed(reply: Reply) -> None:
        data = reply.data
        records = data.get("items", [data]) if isinstance(data, dict) else data
        for record in records:
            change(record)

    return on(path, changed)


def setting(path: str, **fields: object) -> Change:
    return each(path, lambda record: record.update(fields))


def without(path: str, name: str) -> Change:
    return each(path, lambda record: record.pop(name))


def header(name: str, value: str | None) -> Change:
    def changed(reply: Reply) -> None:
        reply.headers.pop(name, None)
        if value is not None:
            reply.headers[name] = value

    return changed


def answering(path: str, status: int, data: object, text: str | None = None) -> Change:
    return on(path, lambda reply: vars(reply).update(status=status, data=data, text=text))


def to_strangers(status: int, data: object) -> Change:
    def changed(reply: Reply) -> None:
        if not reply.has_key:
            reply.status, reply.data = status, data

    return changed


SERVICE = "services/axolotl"
DEVIATIONS: dict[str, tuple[str, str, Change]] = {
    "old HTTP": ("connection http", "1.0", lambda reply: setattr(reply, "version", "1.0")),
    "no reuse": ("connection reuse", "no", header("Connection", "close")),
    "no request ids": ("connection request_ids", "no", header("X-Request-ID", None)),
    "a wrong clock": (
        "connection clock",
        "[0-9]+ s behind this machine's clock",
        header("Date", "Wed, 21 Oct 2015 07:28:00 GMT"),
    ),
    "401 with another body": (
        "key without_key",
        "status 401 without a reason where the SDK looks for it",
        to_strangers(401, {"zebra": 1}),
    ),
    "403 without a key": ("key without_key", "status 403 .*", to_strangers(403, {})),
    "lists for all": ("key without_key", "status 200 .*", to_strangers(200, [])),
    "retired routes, too": (
        "routes other_routes",
        "status 200, the retired routes",
        answering("/organizations", 200, []),
    ),
    "404 in HTML": (
        "routes missing",
        "status 404 without .*",
        answering("looks-for-nothing", 404, None, "<h1>Zebra</h1>"),
    ),
    "a field less": ("fields list_apps", "lacks platform", without("/services", "platform")),
    "a field more": (
        "fields list_deployments",
        r"also has commit_sha \(string\)",
        setting("/deploys", commit_sha="zebra"),
    ),
    "a field more that is named like a value": (
        "fields get_app",
        r"also has \*_\* \(integer\); also has \*_count \(integer\); also has \* \(object\); .*",
        setting(SERVICE, gecko_field=1, okapi_count=1, zorilla={}, **{"Odd Numbat": 1}),
    ),
    "a field more that is null": (
        "fields get_app",
        r"also has \*_\* \(null\)",
        setting(SERVICE, gecko_field=None),
    ),
    "another type": (
        "fields list_images",
        "version: expected int, got str",
        setting("/builds", version="zebra"),
    ),
    "another type in a dict": (
        "fields get_app",
        r"process_counts\[\]: expected int, got str",
        setting(SERVICE, process_counts={"pangolin": "two"}),
    ),
    "null for a name": ("fields list_orgs", "lacks name", setting("/workspaces", name=None)),
    "null for a secret flag": ("fields list_config", "as .*", setting("/config", secret=None)),
    "nothing in optional fields": (
        "fields list_orgs",
        "as documented; without service_count; null: personal",
        setting("/workspaces", personal=None),
    ),
    "an inner field less": (
        "fields get_org",
        "lacks members.admin",
        each("/workspaces/zebra", lambda org: [it.pop("admin") for it in org["members"]]),
    ),
    "an inner field more": (
        "fields get_org",
        r"members also has size \(integer\)",
        each("/workspaces/zebra", lambda org: [it.update(size=7) for it in org["members"]]),
    ),
    "an inner type": (
        "fields get_session",
        "user.username: expected str, got int",
        each("/auth/session", lambda session: session["user"].update(username=7)),
    ),
    "texts in place of objects": (
        "fields list_teams",
        "not all are objects",
        answering("/teams", 200, ["zebra"]),
    ),
    "an object in place of an array": (
        "fields list_projects",
        "the response is an object, not an array",
        on("/projects", lambda reply: setattr(reply, "data", {"items": reply.data})),
    ),
    "an array in place of an object": (
        "fields list_images",
        "the response is an array, not an object",
        on("/builds", lambda reply: setattr(reply, "data", reply.data["items"])),
    ),
    "a failing route": (
        "fields get_pipeline_metrics",
        "status 500",
        answering("/pipeline/metrics", 500, {"detail": "zebra"}),
    ),
    "a missing route": (
        "fields check_health",
        "status 404",
        answering("/health", 404, {"detail": "Not Found"}),
    ),
    "HTML": (
        "fields get_project",
        "status 200, without JSON",
        answering("/projects/okapi", 200, None, "<html>okapi</html>"),
    ),
    "resolved config as an array": (
        "fields get_resolved_config",
        "an array of array of string",
        answering("/config/resolved", 200, [["gecko_field", "dugong"]]),
    ),
    "resolved config as a list of variables": (
        "fields get_resolved_config",
        r"an array of object with name \(string\), value \(string\)",
        answering("/config/resolved", 200, [{"name": "gecko_field", "value": "dugong"}]),
    ),
    "compression": ("connection compression", "yes", header("Content-Encoding", "gzip")),
    "a session of users only": (
        "key session",
        "knows only users who signed in",
        setting("/auth/session", authenticated=False, user=None),
    ),
    "the other mask": (
        "values secrets",
        r"masked as '\*{8}'",
        each("/config", lambda it: it.update(value="********") if it["secret"] else None),
    ),
    "no mask": (
        "values secrets",
        "plain",
        each("/config", lambda it: it.update(value="dugong") if it["secret"] else None),
    ),
    "newest environments first": (
        "lists order_of_environments",
        "newest first",
        on("/envs", lambda reply: reply.data.reverse()),
    ),
    "names of an account as fields": (
        "fields get_observability",
        r"an object with \* \(object with status \(string\)\)",
        answering("/observability", 200, {it: {"status": "dugong"} for it in ("zorilla", "civet")}),
    ),
    "names of variables as fields": (
        "fields preview_promotion",
        r"an object with \* \(string\), config \(object with \* \(integer\)\)",
        answering("/promote/preview", 200, {"zorilla": "", "config": {"zorilla": 1}}),
    ),
    "another wrapper": (
        "lists api_keys",
        r"lacks items: \*, total",
        answering("/api/keys", 200, {"civet": [], "total": 1}),
    ),
    "oldest builds first": (
        "lists order_of_builds",
        "oldest first",
        on("/builds", lambda reply: reply.data["items"].reverse()),
    ),
    "oldest deploys first": (
        "lists order_of_deploys",
        "oldest first",
        on("/deploys", lambda reply: reply.data.reverse()),
    ),
    "null for secret values": (
        "values secrets",
        "one value for all that is no known mask",
        setting("/config", value=None),
    ),
    "an unknown mask": (
        "values secrets",
        "one value for all that is no known mask",
        setting("/config", value="<dugong>", secret=True),
    ),
    "an unknown status": (
        "values statuses",
        r"not only known words: \*",
        each("/pipeline/status", lambda status: status["build"].update(status="Zebra")),
    ),
    "another usual status": (
        "values statuses",
        "not only known words: canceled",
        each("/pipeline/status", lambda status: status["build"].update(status="Canceled")),
    ),
    "an unknown platform": (
        "values platforms",
        r"not only known words: \*",
        setting("/services", platform="zebra"),
    ),
    "times without a zone": (
        "values times",
        "not only ISO 8601 with a zone: 9999-99-99T99:99:99",
        setting("/deploys", created="2026-02-03T04:05:06"),
    ),
    "a deploy that names its build": (
        "values links",
        "by build_id",
        setting("/deploys", build_id="zebra"),
    ),
}
HOLDING = {
    *("compression", "a session of users only", "the other mask", "no mask"),
    "newest environments first",
    "null for a secret flag",
    "names of an account as fields",
    "names of variables as fields",
    "nothing in optional fields",
}


@pytest.mark.parametrize("row", DEVIATIONS)
def test_a_server_that_differs_in_one_thing_is_found(row: str) -> None:
    name, seen, change = DEVIATIONS[row]
    attempts: list[Attempt] = []
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), change) as server:
        with client_of(server, on_attempt=attempts.append) as client:
            findings = examine(client)

    found = by_name(findings)[name]
    assert re.fullmatch(seen, found.seen), found
    assert found.mark == ("holds" if row in HOLDING else "differs")
    others = [it for it in findings if it.mark == "differs" and it is not found]
    # A changed record is seen by all that depend on it, but nothing else may differ.
    allowed = {"fields", "connection" if row == "old HTTP" else "lists"}
    assert {it.group for it in others} <= allowed, others
    assert_nothing_of_the_account(repr(findings) + " ".join(map(str, attempts)))


@pytest.mark.parametrize("routes", ["slugs", "published"])
def test_names_in_place_of_records_are_not_shown_on_retired_routes(
    routes: Literal["slugs", "published"],
) -> None:
    change = answering("/(organizations|configurations|images)/?", 200, {"zorilla": "dugong"})
    with FakeAncla(api_key=KEY, routes=routes) as fake:
        with DifferingServer(furnish(fake, routes), change) as server, client_of(server) as client:
            assert_nothing_of_the_account(repr(examine(client)))


def test_what_got_no_response_is_not_seen() -> None:
    """A server that responds once, and closes the connection of every other request."""
    replies_left = iter([json_reply([])])

    def script(connection: Connection) -> None:
        while connection.read_request() is not None:
            connection.send(next(replies_left, b""))
            connection.close()

    with ScriptedServer(script) as server:
        with AnclaClient(KEY, server.url, trust_env=False) as client:
            Time().of(client)
            findings = examine(client)
    (found,) = [it for it in findings if it.mark == "differs"]
    assert found.fact == "responses"
    assert re.fullmatch("([0-9]+) of [0-9]+ requests got none that is complete", found.seen)
    assert found.advice


def test_reading_ends_after_two_minutes() -> None:
    def take_50_seconds(reply: Reply) -> None:
        time.now += 50

    time = Time()
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), take_50_seconds) as server:
        with time.of(client_of(server)) as client:
            found = by_name(examine(client))
    assert len(server.requests) == 3
    assert found["fields get_org"].seen == "the limit of 120 seconds was reached"
    assert {it.mark for it in found.values()} == {"holds", "not seen"}


def test_a_limit_of_the_rate_is_no_difference() -> None:
    def ask_to_wait(reply: Reply) -> None:
        if reply.path != "/workspaces":
            vars(reply).update(status=429, headers={"Retry-After": "50"})

    time = Time()
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), ask_to_wait) as server:
        with time.of(client_of(server)) as client:
            found = by_name(examine(client))
    assert found["key session"].seen == "status 429"
    assert {it.mark for it in found.values()} == {"holds", "not seen"}


def test_a_build_list_that_ignores_the_page_number_is_found() -> None:
    def ignore_page(reply: Reply) -> None:
        reply.data["items"] = first.setdefault("items", reply.data["items"])

    first: dict[str, Any] = {}
    with FakeAncla(api_key=KEY, page_size=1) as fake:
        with DifferingServer(furnish(fake), on("/builds", ignore_page)) as server:
            with client_of(server) as client:
                found = by_name(examine(client))["lists builds"]
    assert (found.mark, found.seen) == ("differs", "page 2 is page 1 again")


def test_a_name_that_cannot_be_in_a_path_is_told() -> None:
    change = setting("/envs", slug="zebra/numbat")
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), change) as server:
        with client_of(server) as client:
            findings = examine(client)
    seen = by_name(findings)["fields get_environment"].seen
    assert seen == "the server names a record that cannot be in a path"
    assert_nothing_of_the_account(repr(findings))


# What is read


def test_the_app_of_the_path_is_read() -> None:
    with FakeAncla(api_key=KEY) as fake:
        furnish(fake)
        fake.add_app("ibex", "tapir", "gecko")
        with client_of(fake) as client:
            examine(client, "ibex", "tapir", "gecko")
        paths = [request.path for request in fake.requests]
    assert "/api/v1/workspaces/ibex/projects/tapir/envs/production/services/gecko" in paths
    assert not [path for path in paths if "zebra" in path]


def test_what_is_empty_is_passed_over() -> None:
    """An account with an empty organization first, and with apps in staging only."""
    with FakeAncla(api_key=KEY) as fake, client_of(fake) as client:
        client.create_org("Empty")
        fake.add_app(*APP, environment="staging")
        findings = by_name(examine(client))
        paths = [request.path for request in fake.requests]
    assert "/api/v1/workspaces/zebra/projects/okapi/envs/staging/services/axolotl" in paths
    assert findings["fields get_app"].mark == "holds"
    assert findings["fields get_image"].seen == "no image was found"


@pytest.mark.parametrize(
    ("path", "missing"),
    [(("ibex",), "org"), (("zebra", "ibex"), "project"), (("zebra", "okapi", "ibex"), "app")],
)
def test_a_path_that_leads_nowhere_differs(path: tuple[str, ...], missing: str) -> None:
    with FakeAncla(api_key=KEY) as fake, client_of(furnish(fake)) as client:
        findings = examine(client, *path)
    (found,) = [it for it in findings if it.mark == "differs"]
    assert (found.fact, found.seen) == ("path", f"no such {missing}")
    assert found.advice
    assert_nothing_of_the_account(repr(findings))


def test_an_empty_account_differs_in_nothing() -> None:
    with FakeAncla(api_key=KEY) as fake, client_of(fake) as client:
        findings = examine(client)
    assert {it.mark for it in findings} == {"holds", "not seen"}
    assert by_name(findings)["fields list_orgs"].seen == "none exists"


def test_a_path_is_not_seen_before_its_last_part_was_listed() -> None:
    with FakeAncla(api_key=KEY) as fake, client_of(furnish(fake)) as client:
        unread, read = (by_name(examine(client, *APP, max_requests=it)) for it in (7, 10))
    assert unread["key path"].seen == "the limit of 7 requests was reached"
    assert read["key path"].mark == "holds"


@pytest.mark.parametrize("limit", [1, 2, 7, 29])
def test_no_more_requests_are_sent_than_allowed(limit: int) -> None:
    with FakeAncla(api_key=KEY) as fake, client_of(furnish(fake)) as client:
        findings = examine(client, max_requests=limit)
        assert len(fake.requests) == limit
    assert {it.mark for it in findings} == {"holds", "not seen"}
    assert f"the limit of {limit} requests was reached" in {it.seen for it in findings}


def test_a_secret_that_the_server_repeats_is_not_shown() -> None:
    repeat = header("X-RateLimit-Zebra", KEY)
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), repeat) as server:
        with client_of(server) as client:
            findings = examine(client)
    assert_nothing_of_the_account(repr(findings))


def test_the_client_stays_as_it_was() -> None:
    attempts: list[Attempt] = []
    with FakeAncla(api_key=KEY) as fake:
        with client_of(furnish(fake), on_attempt=attempts.append) as client:
            examine(client)
            attempts.clear()
            assert client.list_apps(*APP[:2])[0].slug == APP[2]
            assert "zebra" in attempts[0].path


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("acme", None, "web"), {}, "project must be given if app is given"),
        ((None, "shop"), {}, "org must be given if project is given"),
        (("a/b",), {}, "org must"),
        ((7,), {}, "org must"),
        ((), {"max_requests": 0}, "max_requests must be an integer of at least 1, not 0"),
    ],
)
def test_an_invalid_argument_raises_before_anything_is_sent(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with FakeAncla(api_key=KEY) as fake, client_of(fake) as client:
        with pytest.raises(ValueError, match=message):
            examine(client, *arguments, **options)
        assert not fake.requests


def test_a_closed_client_and_no_client_raise() -> None:
    client = AnclaClient(KEY, "http://127.0.0.1:1", trust_env=False)
    client.close()
    with pytest.raises(AnclaError, match="the client is closed"):
        examine(client)
    with pytest.raises(ValueError, match="client must be an AnclaClient, not str"):
        examine("client")  # type: ignore[arg-type]

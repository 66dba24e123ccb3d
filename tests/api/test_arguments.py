"""Bad arguments are refused before anything is sent, by an error that names the argument."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import reduce
from types import MappingProxyType
from typing import Any

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.clients import ROUTE_SETS, fake_with_app

APP = ("acme", "shop", "web")
STAGING = ("acme", "shop", "staging")
NESTED: list[Any] = reduce(lambda inner, _: [inner], range(100_000), [])

REFUSED: list[tuple[str, Callable[[Any], object]]] = [
    ("slug", lambda c: c.get_org("")),
    ("slug", lambda c: c.get_org(None)),
    ("slug", lambda c: c.get_org("\udc80")),
    ("org", lambda c: c.list_projects("")),
    ("project", lambda c: c.get_app("acme", "", "web")),
    ("app", lambda c: c.delete_app("acme", "shop", "")),
    ("key", lambda c: c.get_config(*APP, "")),
    ("key", lambda c: c.set_config(*APP, 3, "v")),
    ("secret", lambda c: c.import_config(*APP, {"A": "1"}, secret=1)),
    ("buildtime", lambda c: c.set_config(*APP, "K", "v", buildtime=1)),
    ("value", lambda c: c.set_config(*APP, "K", "\udc80")),
    ("variables", lambda c: c.import_config(*APP, {"A": "1", "B": "\udc80"})),
    ("variables", lambda c: c.import_config(*APP, "A=1\nB=\udc80")),
    ("name", lambda c: c.create_project("acme", "a\udc80")),
    ("name", lambda c: c.create_org("")),
    ("name", lambda c: c.create_org("  ")),
    ("name", lambda c: c.update_org("acme", "")),
    ("platform", lambda c: c.create_app("acme", "shop", "App", None)),
    ("update_app", lambda c: c.update_app(*APP)),
    ("deployment_timeout", lambda c: c.update_app(*APP, deployment_timeout=float("nan"))),
    ("subdirectory", lambda c: c.update_app(*APP, subdirectory={1, 2})),
    ("auto_deploy_branch", lambda c: c.update_app(*APP, auto_deploy_branch=5)),
    ("privileged", lambda c: c.update_app(*APP, privileged="no")),
    ("name", lambda c: c.update_app(*APP, name=" ")),
    ("process_counts['web']", lambda c: c.update_app(*APP, process_counts={"web": -1})),
    ("process_pod_classes", lambda c: c.update_app(*APP, process_pod_classes={"web": 1})),
    ("did you mean 'auto_deploy_branch'", lambda c: c.update_app(*APP, auto_deploy_brunch="main")),
    ("request('PATCH', ...)", lambda c: c.update_app(*APP, subdirectory="x", colour="red")),
    ("did you mean 'platform'", lambda c: c.update_app(*APP, platfrom="wind")),
    ("counts", lambda c: c.scale_app(*APP, {})),
    ("counts", lambda c: c.scale_app(*APP, [("web", 1)])),
    ("counts['web']", lambda c: c.scale_app(*APP, {"web": -1})),
    ("counts['web']", lambda c: c.scale_app(*APP, {"web": True})),
    ("counts", lambda c: c.scale_app(*APP, {"": 2})),
    ("image_id", lambda c: c.get_image(*APP, "")),
    ("image_id", lambda c: c.create_release(*APP, "")),
    ("release_id", lambda c: c.get_release(*APP, ".")),
    ("deployment_id", lambda c: c.get_deployment(*APP, "")),
    ("call deploy_and_wait", lambda c: c.wait_for_image(*APP, "")),
    ("call rollback_and_wait", lambda c: c.wait_for_deployment(*APP, "")),
    ("call list_images", lambda c: c.follow_image_log(*APP, "")),
    ("call list_releases", lambda c: c.wait_for_release(*APP, "")),
    ("call list_deployments", lambda c: c.follow_deployment_log(*APP, "")),
    ("not an empty dict", lambda c: c.import_config(*APP, {})),
    ("not an empty str", lambda c: c.import_config(*APP, " \n")),
    ("not a int", lambda c: c.import_config(*APP, 5)),
    ("variables['K']", lambda c: c.import_config(*APP, {"K": 1})),
    ("variables", lambda c: c.import_config(*APP, {"": "1"})),
    ("username", lambda c: c.add_org_member("acme", "")),
    ("admin", lambda c: c.add_org_member("acme", "bob", admin="yes")),
    ("user_id", lambda c: c.remove_org_member("acme", "")),
    ("interval", lambda c: c.wait_for_image(*APP, "i", interval=-1)),
    ("interval", lambda c: c.wait_for_image(*APP, "i", interval=float("nan"))),
    ("timeout", lambda c: c.deploy_and_wait(*APP, timeout="long")),
    ("timeout", lambda c: c.deploy_and_wait(*APP, timeout=1e9 + 1)),
    ("on_update", lambda c: c.deploy_and_wait(*APP, on_update="print")),
    ("on_update", lambda c: c.wait_for_image(*APP, "i", on_update="print")),
    ("on_log", lambda c: c.deploy_and_wait(*APP, on_log="print")),
    ("on_log", lambda c: c.rollback_and_wait(*APP, on_log=5)),
    ("on_log", lambda c: c.promote_and_wait(*APP, "a", "b", on_log="print")),
    ("on_log", lambda c: c.wait_for_image(*APP, "i", on_log="print")),
    ("name", lambda c: c.update_environment(*STAGING, "")),
    ("slug", lambda c: c.update_environment("acme", "shop", "..", "Stage")),
    ("slug", lambda c: c.deploy_environment("acme", "shop", "")),
    ("app", lambda c: c.deploy_environment(*STAGING, app="")),
    ("slug", lambda c: c.list_environment_deployments("acme", "shop", None)),
    ("deployment_id", lambda c: c.get_environment_deployment(*STAGING, "")),
    ("deployment_id", lambda c: c.get_environment_deployment_log(*STAGING, ".")),
    ("deployment_id", lambda c: c.wait_for_environment_deployment(*STAGING, "")),
    (
        "interval",
        lambda c: c.wait_for_environment_deployment(*STAGING, "i", interval=-1),
    ),
    (
        "timeout",
        lambda c: c.wait_for_environment_deployment(*STAGING, "i", timeout="1"),
    ),
    (
        "on_update",
        lambda c: c.wait_for_environment_deployment(*STAGING, "i", on_update=5),
    ),
    ("source", lambda c: c.preview_promotion(*APP, "", "production")),
    ("target", lambda c: c.preview_promotion(*APP, "staging", None)),
    ("limit", lambda c: c.list_pipeline_history(*APP, limit=0)),
    ("limit", lambda c: c.list_pipeline_history(*APP, limit=True)),
    ("app", lambda c: c.get_observability("acme", "shop", "")),
    ("range", lambda c: c.get_observability("acme", "shop", range="")),
    ("org", lambda c: c.list_org_members("")),
    ("org", lambda c: c.list_teams(None)),
    ("name", lambda c: c.create_team("acme", " ")),
    ("key_id", lambda c: c.get_api_key("")),
    ("key_id", lambda c: c.revoke_api_key("..")),
    ("key_id", lambda c: c.delete_api_key("a/b")),
    ("name", lambda c: c.create_api_key("")),
    ("scopes", lambda c: c.create_api_key("ci", scopes="read")),
    ("scopes", lambda c: c.create_api_key("ci", scopes={"read"})),
    ("scopes", lambda c: c.create_api_key("ci", scopes=["read", 5])),
    ("prefix", lambda c: c.create_api_key("ci", prefix="")),
    ("expires_at", lambda c: c.create_api_key("ci", expires_at=5)),
    ("expires_at", lambda c: c.create_api_key("ci", expires_at=datetime(2030, 1, 1))),
    ("expires_at", lambda c: c.create_api_key("ci", expires_at=date(2030, 1, 1))),
    ("expires_at", lambda c: c.create_api_key("ci", expires_at="tomorrow")),
    ("expires_at", lambda c: c.create_api_key("ci", expires_at="2030-01-01T25:00:00Z")),
    ("expires_at", lambda c: c.create_api_key("ci", expires_at="2030-01-01T00:00:00 CET")),
    ("metadata", lambda c: c.create_api_key("ci", metadata={"a": 1})),
    ("metadata", lambda c: c.create_api_key("ci", metadata="a")),
    ("method", lambda c: c.request("TRACE", "/organizations")),
    ("method", lambda c: c.request(5, "/organizations")),
    ("method", lambda c: c.request("GET /evil HTTP/1.1\r\nX: y", "/organizations")),
    ("method", lambda c: c.request("GÉT", "/organizations")),
    ("path", lambda c: c.request("GET", "")),
    ("path", lambda c: c.request("GET", "/a\0")),
    ("path", lambda c: c.request("GET", "/a/.")),
    ("path", lambda c: c.request("GET", "/a/..?b=c")),
    ("path", lambda c: c.request("GET", "organizations")),
    ("path", lambda c: c.request("GET", "//evil.example")),
    ("path", lambda c: c.request("GET", "https://evil.example/")),
    ("path", lambda c: c.request("GET", "/organizations/../projects")),
    ("path", lambda c: c.request("GET", "/organizations/%2E%2e/projects")),
    ("path", lambda c: c.request("GET", "/organizations/a%2F..%2Fb")),
    ("path", lambda c: c.request("GET", "/organizations/%252e%252e/projects")),
    ("path", lambda c: c.request("GET", "/organizations/..;x/projects")),
    ("path", lambda c: c.request("GET", "/organizations\r\nX-Evil: 1")),
    ("path", lambda c: c.request("GET", "/with space")),
    ("path", lambda c: c.request("GET", "/a#b")),
    ("path", lambda c: c.request("GET", "/a\\b")),
    ("json", lambda c: c.request("POST", "/organizations", json={"n": float("inf")})),
    ("json", lambda c: c.request("POST", "/organizations", json=object())),
    ("json", lambda c: c.request("POST", "/organizations", json=NESTED)),
    ("json", lambda c: c.request("POST", "/organizations", json={"name": "\udc80"})),
]


@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_what_cannot_be_right_is_refused_by_name_and_not_sent(routes: Any) -> None:
    """Fault 8: no request is smuggled through the method."""
    with FakeAncla(routes=routes) as fake:
        with AnclaClient(fake.api_key, fake.url, routes=routes) as client:
            for position, (name, call) in enumerate(REFUSED):
                try:
                    call(client)
                except ValueError as error:
                    assert name in str(error), f"row {position}: {error}"
                else:
                    raise AssertionError(f"row {position}, about {name}, was accepted")
        assert fake.requests == []


def test_the_value_of_a_config_variable_is_not_in_the_error() -> None:
    with AnclaClient("k", "http://127.0.0.1:9") as client:
        with pytest.raises(ValueError, match="must be JSON data: it contains text that ") as caught:
            client.set_config(*APP, "K", "s3cr3t-value\udc80")
        assert "s3cr3t" not in str(caught.value)
        assert caught.value.__context__ is None
        for bad in (b"s3cr3t-value", ["s3cr3t-value"]):
            with pytest.raises(ValueError, match="value must be a string") as caught:
                client.set_config(*APP, "K", bad)  # type: ignore[arg-type]  # the mistake itself
            assert "s3cr3t" not in str(caught.value)
        with pytest.raises(ValueError, match="secret must be True or False, not str") as caught:
            client.set_config(*APP, "K", "", "s3cr3t-value")  # type: ignore[arg-type]  # the same
        assert "s3cr3t" not in str(caught.value)


NO_SEGMENTS = [
    "a/b",
    "/",
    "web/",
    "acme/members/1",
    "a\\b",
    "%2F",
    "a%2fb",
    "%252F",
    "%5c",
    "a\uff0fb",
    "\u2100",
    "%EF%BC%8F",
    "%2e%2E",
    "%252e",
    "\uff0e\uff0e",
    "\u2025",
    " .. ",
    "..;x",
    ".%00",
    " ",
    "a\r\nb",
    "a\0b",
    "a\x7fb",
    "a\x85b",
    "%0d%0aX: y",
]
METHODS_WITH_SEGMENTS: list[tuple[str, Callable[[Any, str], object]]] = [
    ("slug", lambda c, s: c.get_org(s)),
    ("slug", lambda c, s: c.delete_org(s)),
    ("app", lambda c, s: c.delete_app("acme", "shop", s)),
    ("org", lambda c, s: c.list_images(s, "shop", "web")),
    ("project", lambda c, s: c.list_apps("acme", s)),
    ("app", lambda c, s: c.list_deployments("acme", "shop", s)),
    ("key", lambda c, s: c.get_config(*APP, s)),
    ("key", lambda c, s: c.set_config(*APP, s, "v")),
    ("key", lambda c, s: c.delete_config(*APP, s)),
    ("image_id", lambda c, s: c.get_image_log(*APP, s)),
    ("image_id", lambda c, s: c.create_release(*APP, s)),
    ("release_id", lambda c, s: c.deploy_release(*APP, s)),
    ("deployment_id", lambda c, s: c.get_deployment(*APP, s)),
    ("user_id", lambda c, s: c.remove_org_member("acme", s)),
]


@pytest.mark.parametrize(("name", "call"), METHODS_WITH_SEGMENTS)
def test_what_a_server_could_take_for_more_than_one_segment_is_refused_by_name(
    name: str, call: Callable[[AnclaClient, str], object]
) -> None:
    """Fault 7: before anything is sent."""
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        for text in NO_SEGMENTS:
            with pytest.raises(ValueError, match=f"^{name} must be one segment of a path"):
                call(client, text)
        assert fake.requests == []


SEGMENTS = [
    ("a?b#c", "a%3Fb%23c"),
    ("with space", "with%20space"),
    ("100%", "100%25"),
    ("%zz", "%25zz"),
    ("münchen", "m%C3%BCnchen"),
    ("日本", "%E6%97%A5%E6%9C%AC"),
    ("a:b@c;d=e&f+g", "a%3Ab%40c%3Bd%3De%26f%2Bg"),
    ("...", "..."),
    ("~user-1_x.y", "~user-1_x.y"),
]


@pytest.mark.parametrize(("slug", "segment"), SEGMENTS)
def test_a_slug_arrives_as_one_percent_encoded_segment(slug: str, segment: str) -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        client.create_org("Acme")
        with pytest.raises(Exception, match="404"):
            client.get_org(slug)
        assert fake.requests[-1].path == f"/api/v1/workspaces/{segment}"


def test_a_free_request_keeps_its_query_and_is_quoted_once() -> None:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
        with pytest.raises(Exception, match="404"):
            client.request("get", "/images/a%2Fb/ü?page=2&per_page=10")
        request = fake.requests[-1]
        assert (request.method, request.path) == ("GET", "/api/v1/images/a%2Fb/%C3%BC")
        assert request.query == "page=2&per_page=10"


CONSTRUCTOR: list[tuple[str, dict[str, Any]]] = [
    ("api_key", {"api_key": ""}),
    ("api_key", {"api_key": "line end\n"}),
    ("api_key", {"api_key": 5}),
    ("api_key", {"api_key": "with space"}),
    ("api_key", {"api_key": "with\x7fcontrol"}),
    ("server", {"server": "ftp://ancla.dev"}),
    ("server", {"server": 5}),
    ("server must not end in /api/v1", {"server": "http://localhost/api/v1"}),
    ("server must not end in /api/v1", {"server": "http://localhost:8000/ancla/api/v1/"}),
    ("timeout", {"timeout": 0}),
    ("timeout", {"timeout": -1}),
    ("timeout", {"timeout": float("nan")}),
    ("timeout", {"timeout": float("inf")}),
    ("timeout", {"timeout": 1e6 + 1}),
    ("timeout", {"timeout": "30"}),
    ("timeout", {"timeout": True}),
    ("max_retries", {"max_retries": -1}),
    ("max_retries", {"max_retries": None}),
    ("max_retries", {"max_retries": True}),
    ("ssl_context", {"ssl_context": "tls"}),
    ("proxy", {"proxy": "https://127.0.0.1:1"}),
    ("proxy", {"proxy": ""}),
    ("trust_env", {"trust_env": "no"}),
    ("routes", {"routes": "new"}),
    ("max_response_bytes", {"max_response_bytes": 0}),
    ("user_agent_suffix", {"user_agent_suffix": "a\r\nb"}),
    ("user_agent_suffix", {"user_agent_suffix": "a\x1fb"}),
    ("user_agent_suffix", {"user_agent_suffix": "a\0"}),
    ("user_agent_suffix", {"user_agent_suffix": "\u00fc"}),
    ("user_agent_suffix", {"user_agent_suffix": 5}),
    *(("environment", {"environment": it}) for it in ("", "a/b", "%2e%2e", ".", "..", 5)),
    ("on_attempt must be a function", {"on_attempt": "print"}),
    ("proxy", {"proxy": "http://127.0.0.1:1#fragment"}),
    ("server", {"server": "http://localhost:000080"}),
]


@pytest.mark.parametrize(("name", "arguments"), CONSTRUCTOR)
def test_a_client_is_not_made_from_what_cannot_be_right(
    name: str, arguments: dict[str, Any]
) -> None:
    """Faults 8, 31 and 35: no header is added, and no limit is lifted by mistake."""
    with pytest.raises(ValueError, match=name):
        AnclaClient(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"api_key": "!~", "user_agent_suffix": " ~"},
        {"timeout": 1_000_000, "max_response_bytes": 1},
        {"server": "http://localhost:65535/!~"},
        {"server": "http://localhost/my-api/v1"},
        {"server": f"http://{'a' * 63}.example"},
    ],
)
def test_a_client_is_made_from_what_is_just_right(arguments: dict[str, Any]) -> None:
    client = AnclaClient(**arguments)
    assert client.api_key == arguments.get("api_key", client.api_key)
    assert client.server == arguments.get("server", client.server)


@pytest.mark.parametrize("environment", ["a/b", "%2e%2e", ".", ".."])
def test_an_environment_of_the_variable_is_one_segment_too(
    environment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCLA_ENV", environment)
    with pytest.raises(ValueError, match="^environment must"):
        AnclaClient("key")


def test_an_empty_key_of_the_environment_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCLA_API_KEY", "")
    assert AnclaClient().api_key is None


SERVERS = [
    ("http://Ancla.EXAMPLE:80/", "ancla.example"),
    ("http://ancla.example:443", "ancla.example:443"),
    ("https://ancla.example:443", "ancla.example"),
    ("https://[::1]", "[::1]"),
    ("http://[::1]:80", "[::1]"),
    ("http://[::1]:8080/", "[::1]:8080"),
]


@pytest.mark.parametrize(("url", "host"), SERVERS)
def test_the_port_of_a_server_is_told_where_it_is_not_the_usual_one(url: str, host: str) -> None:
    client = AnclaClient(server=url)
    assert client.server == url.rstrip("/")
    assert client._settings.server.host_header == host
    assert client._json_sender.url("/x") == f"{url.partition('://')[0]}://{host}/api/v1/x"


class Word(str, Enum):
    KEY = "fake-api-key"
    TOOL = "mytool/1.2"
    ORG = "acme"
    NAME = "My Project"
    BRANCH = "main"


@pytest.mark.parametrize("routes", ROUTE_SETS)
def test_a_member_of_a_text_enum_is_sent_as_its_value(routes: Any) -> None:
    with fake_with_app(api_key=Word.KEY.value, routes=routes) as fake:
        with AnclaClient(Word.KEY, fake.url, routes=routes, user_agent_suffix=Word.TOOL) as client:
            assert client.get_org(Word.ORG).slug == "acme"
            assert client.create_project(Word.ORG, Word.NAME).slug == "my-project"
            app = client.update_app(Word.ORG, "shop", "web", auto_deploy_branch=Word.BRANCH)
            assert app.auto_deploy_branch == "main"
        headers = fake.requests[0].headers
        assert headers["User-Agent"].endswith(" mytool/1.2")
        assert (headers["Accept"], headers["Accept-Encoding"]) == ("application/json", "gzip")


@pytest.mark.parametrize("kind", [MappingProxyType, UserDict])
def test_every_mapping_is_sent_as_an_object(kind: Any) -> None:
    with fake_with_app() as fake, AnclaClient(fake.api_key, fake.url) as client:
        client.scale_app(*APP, kind({"web": 2, "worker": 0}))
        assert client.get_app(*APP).process_counts == {"web": 2, "worker": 0}
        assert client.import_config(*APP, kind({"A": "1"})).created == ["A"]
        renamed = client.request("PATCH", "/workspaces/acme", json=kind({"name": "Acme Inc"}))
        assert renamed["name"] == "Acme Inc"

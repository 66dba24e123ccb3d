"""The command `doctor`: its report, its exit status, and what it reads."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

import ancla
from ancla.testing import FakeAncla
from tests.clean_process import run_program
from tests.cli.command_line import PACKAGE_PARENT, run
from tests.cli.command_line import furnish as furnish_app
from tests.doctor.accounts import APP, KEY, ODD, DifferingServer, Reply, furnish


def no_request_id(reply: Reply) -> None:
    reply.headers.pop("X-Request-ID")


def test_a_report_has_a_line_for_each_fact_by_group_and_succeeds() -> None:
    with FakeAncla() as fake:
        outcome = run("doctor", fake=furnish(fake))

    versions, header, *lines = outcome.out.splitlines()
    assert (outcome.status, outcome.err) == (0, "")
    assert versions == f"ancla-sdk {ancla.__version__}, Python {sys.version.split()[0]}"
    assert header.split() == ["GROUP", "FACT", "MARK", "SEEN"]
    assert list(dict.fromkeys(line.split()[0] for line in lines)) == [
        *("connection", "key", "routes", "fields", "lists", "values")
    ]
    assert ["values", "platforms", "holds", "known", "words"] in [line.split() for line in lines]


def test_a_difference_fails_and_is_shown_with_what_is_expected() -> None:
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), no_request_id) as server:
        outcome = run("doctor", ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)

    assert outcome.status == 1
    (line,) = [line for line in outcome.out.splitlines() if " differs " in line]
    assert line.split() == ["connection", "request_ids", "differs", "no", "(expected:", "yes)"]
    count = outcome.out.count("\n") - 2
    assert outcome.err == f"error: 1 of {count} facts differ\n"


@pytest.mark.parametrize("differs", [False, True])
def test_json_has_the_versions_and_the_findings(differs: bool) -> None:
    change = no_request_id if differs else lambda reply: None
    with FakeAncla(api_key=KEY) as fake, DifferingServer(furnish(fake), change) as server:
        outcome = run("doctor", "--json", ANCLA_SERVER=server.url, ANCLA_API_KEY=KEY)

    report = outcome.document
    assert outcome.status == differs
    assert report["ancla_sdk"] == ancla.__version__
    assert report["python"] == sys.version.split()[0]
    (found,) = [it for it in report["findings"] if it["fact"] == "request_ids"]
    assert found == {
        "group": "connection",
        "fact": "request_ids",
        "mark": "differs" if differs else "holds",
        "seen": "no" if differs else "yes",
        "expected": "yes",
        "advice": "",
    }


def test_no_connection_fails_with_what_to_do() -> None:
    outcome = run("doctor", ANCLA_SERVER="http://127.0.0.1:1", ANCLA_API_KEY=KEY)

    assert outcome.status == 1
    assert "connection  server  differs  connect: " in outcome.out
    assert outcome.err.startswith("error: connect: cannot connect: ")
    assert "(check --server or ANCLA_SERVER, " in outcome.err


def test_each_request_is_listed_with_verbose_and_nothing_shows_the_account() -> None:
    with FakeAncla(api_key=KEY) as fake:
        furnish(fake)
        outcomes = [
            run("doctor", "/".join(APP[:length]), "--verbose", *options, fake=fake)
            for length in range(1, 4)
            for options in ([], ["--json"])
        ]
        outcomes.append(run("doctor", "zebra/ibex", "--verbose", fake=fake))
        outcomes.append(run("doctor", "zebra", "--proxy", "http://ibex:civet@127.0.0.1:1"))
        lines = [line for outcome in outcomes for line in outcome.err.splitlines()]
        assert sum("GET /api/" in line for line in lines) == len(fake.requests)
    for outcome in outcomes:
        shown = (outcome.out + outcome.err).lower()
        assert [word for word in (*ODD, KEY) if word in shown] == []


def test_the_example_in_the_documentation_is_made_from_a_run() -> None:
    page = (PACKAGE_PARENT / "docs" / "command-line.md").read_text(encoding="utf-8")
    example = page.partition("ancla-sdk doctor acme/shop/web\n```\n\n```text\n")[2]
    lines = without_numbers(example.partition("```")[0]).splitlines()
    with FakeAncla(pace=0) as fake:
        furnish_app(fake)
        shown = without_numbers(run("doctor", "acme/shop/web", fake=fake).out).splitlines()

    assert 10 < len(lines) <= 40
    assert [line for line in lines if line != "..."] == [line for line in shown if line in lines]


def without_numbers(text: str) -> str:
    return re.sub(r"\d+( ms)|\S+, Python \S+", r"N\1", text)


def test_a_link_names_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".ancla").mkdir()
    link = tmp_path / ".ancla" / "config.yaml"
    with FakeAncla() as fake:
        furnish(fake)
        fake.add_app("ibex", "tapir", "gecko", environment="staging")
        fake.clear_requests()
        for text, path in (
            ("workspace: ibex\nproject: tapir\n", "projects/tapir/envs/staging/services"),
            (
                "workspace: ibex\nproject: tapir\nenv: staging\nservice: gecko\n",
                "projects/tapir/envs/staging/services/gecko",
            ),
        ):
            link.write_text(text)
            outcome = run("doctor", fake=fake)
            assert outcome.status == 0, outcome.err
            paths = [request.path for request in fake.requests]
            assert f"/api/v1/workspaces/ibex/{path}" in paths


def test_requests_limits_them() -> None:
    with FakeAncla() as fake:
        outcome = run("doctor", "--requests", "4", fake=furnish(fake))
        assert len(fake.requests) == 4
    assert outcome.status == 0
    assert "the limit of 4 requests was reached" in outcome.out


@pytest.mark.parametrize(
    ("words", "message"),
    {
        "doctor a/b/c/d/e": "should look like acme/shop/web, but has the form",
        "doctor a//": "should look like acme/shop/web, but has the form '...//'",
        "doctor a b": "too many arguments: doctor takes PATH",
        "doctor --requests 0": "argument --requests: should be a whole number above 0",
    }.items(),
)
def test_wrong_usage_sends_nothing(words: str, message: str) -> None:
    with FakeAncla() as fake:
        outcome = run(*words.split(), fake=fake)
        assert not fake.requests
    assert outcome.status == 2
    assert message in outcome.err


def test_the_doctor_is_loaded_only_when_it_is_used(tmp_path: Path) -> None:
    program = """
from ancla import AnclaClient
from ancla.command_line import main
AnclaClient("key", "http://127.0.0.1:1")
main(["orgs", "list", "--help"])
print([name for name in sys.modules if "doctor" in name])
import ancla
print(ancla.doctor.examine.__name__)
"""
    said = run_program(program, path=[PACKAGE_PARENT], cwd=tmp_path).splitlines()
    assert said[-2:] == ["[]", "examine"]

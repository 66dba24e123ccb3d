"""README.md and docs/ are true: their code runs and prints what they say; tables match the code.

A block of Python with a block of text behind it prints that text; one without prints nothing. The
blocks of a page go on from one to the next, on a platform of its own.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import inspect
import io
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

import ancla
from ancla import AnclaClient, models, testing
from ancla._api import operations
from ancla._api.operation import Operation, Route
from ancla._api.published import PUBLISHED
from ancla._api.slugs import SLUGS
from ancla._api.workspaces import WORKSPACES, delete_variable
from ancla._cli.arguments import GLOBAL_OPTIONS
from ancla._cli.commands import COMMANDS
from ancla._cli.parser import parse
from ancla.testing import FakeAncla

PROJECT = Path(__file__).parents[2]
# These two have tests of their own.
REFERENCE, PACKAGE_INDEX = "docs/reference.md", "docs/package-index.md"
FOLDER = {f"docs/{page.name}" for page in PROJECT.glob("docs/*.md")}
PAGES = ["README.md", *sorted(FOLDER - {REFERENCE, PACKAGE_INDEX})]
DOCUMENTS = [*PAGES, REFERENCE, PACKAGE_INDEX, "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"]
MODULES = ["ancla", "ancla.client", "ancla.exceptions", "ancla.models", "ancla._model"]
# What differs from run to run, as the pages show it.
VARIES = [
    (r"http://127\.0\.0\.1:\d+", "https://ancla.dev"),
    (r"in \d+\.\d ms", "in 0.7 ms"),
    (r"request id fake-\d+", "request id fake-1"),
]


class Block(NamedTuple):
    """A fenced block, the line that it begins at, and the text that is shown behind it."""

    language: str
    code: str
    line: int
    output: str


def blocks(text: str, first_line: int = 1) -> list[Block]:
    fence = r"^```(\w+)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?"
    return [
        Block(
            match[1],
            match[2],
            first_line + text.count("\n", 0, match.start(2)),
            match[3] or "",
        )
        for match in re.finditer(fence, text, re.MULTILINE | re.DOTALL)
        if match[1] != "text"
    ]


def read(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def section(page: str, heading: str) -> str:
    """The text below a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", read(page), re.M | re.S)
    assert found is not None, heading
    return found[1]


def table(text: str, columns: str) -> list[list[str]]:
    """The rows of the table whose head begins with these columns; code without its backticks."""
    _, found, rest = text.partition(f"\n| {columns}")
    assert found, columns
    rows = []
    for line in rest.splitlines()[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def code_in(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


class Clock:
    """A time that passes only where somebody sleeps, and then at once."""

    now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


# The README is for the platform as it is today; the pages show what servers of all ages can do.
ROUTES: dict[str, Literal["workspaces", "both"]] = {
    "README.md": "workspaces",
    "docs/routes.md": "workspaces",
}


@pytest.fixture
def page(request: pytest.FixtureRequest) -> str:
    """The page whose code runs on the platform."""
    name: str = getattr(request, "param", "")
    return name


@pytest.fixture
def platform(page: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeAncla]:
    """An empty platform behind ANCLA_SERVER, as the command serves it, in a time of its own."""
    for name in os.environ:
        if name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for file, certificate in (("company-ca.pem", "ca.pem"), ("client.pem", "client.pem")):
        shutil.copy(PROJECT / "tests/certs" / certificate, tmp_path / file)
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    pace = testing._SERVING_PACE
    with FakeAncla(routes=ROUTES.get(page, "both"), pace=pace, clock=lambda: clock.now) as fake:
        monkeypatch.setenv("ANCLA_SERVER", fake.url)
        monkeypatch.setenv("ANCLA_API_KEY", fake.api_key)
        yield fake


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The SDK's logger, which is as before afterwards."""
    logger = logging.getLogger("ancla")
    level, handlers = logger.level, list(logger.handlers)
    yield logger
    logger.setLevel(level)
    logger.handlers[:] = handlers


def as_shown(output: str) -> str:
    for pattern, shown in VARIES:
        output = re.sub(pattern, shown, output)
    return output


def run_doctest(page: str, block: Block, namespace: dict[str, Any]) -> None:
    test = doctest.DocTestParser().get_doctest(block.code, namespace, page, page, block.line - 1)
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    # It runs on a copy of the namespace, which is emptied unless it is to go on.
    runner.run(test, out=report.append, clear_globs=False)
    assert not runner.failures, "".join(report)
    namespace.update(test.globs)


def run_tests_of_the_block(block: Block, folder: Path) -> None:
    """Runs a block that holds tests, as its reader would."""
    (folder / "test_example.py").write_text(block.code, encoding="utf-8")
    process = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(ancla.__path__[0]).parent)},
        capture_output=True,
        encoding="utf-8",
    )
    passed = f"{block.code.count('def test_')} passed"
    assert process.returncode == 0 and passed in process.stdout, process.stdout


def run_plainly(page: str, block: Block, namespace: dict[str, Any]) -> None:
    printed = io.StringIO()
    code = compile("\n" * (block.line - 1) + block.code, page, "exec", dont_inherit=True)
    with contextlib.redirect_stdout(printed):
        exec(code, namespace)
    assert as_shown(printed.getvalue()) == block.output, f"{page}, line {block.line}"


def run_block(page: str, block: Block, namespace: dict[str, Any], folder: Path) -> None:
    if block.code.startswith(">>>"):
        run_doctest(page, block, namespace)
    elif "def test_" in block.code:
        run_tests_of_the_block(block, folder)
    else:
        run_plainly(page, block, namespace)


def python_blocks(page: str) -> list[Block]:
    return [block for block in blocks(read(page)) if block.language == "python"]


def is_runnable(block: Block) -> bool:
    """Whether the packages are there that it imports; `tox -e integrations` has all of them."""
    imported = re.findall(r"^(?:import|from) (\w+)", block.code, re.MULTILINE)
    return all(importlib.util.find_spec(name) for name in imported)


@pytest.fixture
def namespace() -> Iterator[dict[str, Any]]:
    """Where the blocks of a page run; the clients that they made are closed behind them."""
    namespace: dict[str, Any] = {"__name__": "page"}
    yield namespace
    for value in namespace.values():
        if isinstance(value, AnclaClient):
            value.close()


@pytest.mark.parametrize("page", [*filter(python_blocks, PAGES)], indirect=True)
def test_every_block_of_python_runs_and_prints_what_is_shown(
    page: str,
    platform: FakeAncla,
    logger: logging.Logger,
    namespace: dict[str, Any],
    tmp_path: Path,
) -> None:
    if page != "README.md":  # which makes the application that the other pages have
        first_look, make_the_app, *_ = python_blocks("README.md")
        exec(first_look.code, namespace)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(make_the_app.code, namespace)
    for block in python_blocks(page):
        if is_runnable(block):
            run_block(page, block, namespace, tmp_path)


@pytest.mark.parametrize("page", ["README.md"], indirect=True)
def test_the_first_block_changes_nothing(platform: FakeAncla) -> None:
    platform.add_app("my-org", "my-project", "api-service")
    exec(python_blocks("README.md")[0].code, {})
    assert {request.method for request in platform.requests} == {"GET"}


def test_the_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= 250


def test_the_examples_of_docstrings_are_true(platform: FakeAncla) -> None:
    tried = 0
    with AnclaClient() as client:
        client.create_org("My Org")
        client.create_project("my-org", "My Project")
        client.create_app("my-org", "my-project", "API Service", "wind")
        for name in MODULES:
            module = importlib.import_module(name)
            result = doctest.testmod(module, extraglobs={"client": client})
            assert not result.failed, name
            tried += result.attempted
    assert tried


# Commands


def commands_not_run() -> list[list[str]]:
    """The words of each `python -m ancla...` or `ancla-sdk` in a block that no test runs."""
    scripts = [block for block in blocks(section("README.md", "Try it")) if block.language == "sh"]
    scripts += [block for block in blocks(read("README.md")) if block.language == "yaml"]
    command = r"(?:\bpython3? -m (?=ancla\b)|^ +- run: (?=ancla-sdk ))(.*)"
    found = [re.findall(command, block.code, re.MULTILINE) for block in scripts]
    return [shlex.split(words) for commands in found for words in commands]


@pytest.mark.parametrize("words", commands_not_run(), ids=" ".join)
def test_a_command_that_no_test_runs_is_one(words: list[str]) -> None:
    module, *arguments = words
    if module == "ancla.testing":
        testing._parser().parse_args(arguments)
    else:
        assert module in ("ancla", "ancla-sdk")
        parse(arguments)


def test_no_example_that_has_a_key_looks_for_modules_in_the_current_folder() -> None:
    """In a cloned repository they would be that repository's."""
    for page in ("README.md", "docs/command-line.md"):
        for block in blocks(read(page)):
            assert not re.search(r"\bpython3? (-m ancla|-c) ", block.code), block
    for page in ("README.md", "SECURITY.md", "docs/command-line.md"):
        assert "`json.py`" in read(page)


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs sh")
def test_the_commands_of_the_command_line_work(tmp_path: Path) -> None:
    for name, words in (("python", ""), ("ancla-sdk", "-m ancla")):
        command = tmp_path / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    page = read("docs/command-line.md")
    scripts = [block for block in blocks(page) if block.language == "sh"]
    assert len(scripts) == 4
    with FakeAncla(pace=0) as fake:
        environment = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(ancla.__path__[0]).parent),
            "ANCLA_SERVER": fake.url,
            "ANCLA_API_KEY": fake.api_key,
            "TOKEN": "t0k3n",
        }
        for script in scripts:
            process = subprocess.run(
                ["sh", "-eu", "-c", script.code],
                cwd=tmp_path,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
            )
            assert process.returncode == 0, process.stderr
        with AnclaClient(fake.api_key, fake.url) as client:
            deployments = client.list_deployments("acme", "shop", "web")
    assert process.stdout.splitlines()[-1] == f"deployed: {deployments[0].id}"


def test_the_commands_and_their_common_options_are_as_described() -> None:
    page = read("docs/command-line.md")
    described = [
        " ".join([*code_in(group), word])
        for group, words in table(page, "| |")
        for word in code_in(words)
    ]
    assert described == [command.words for command in COMMANDS]
    options = {option.names[-1] for option in GLOBAL_OPTIONS} - {"--help"}
    text = page.partition("These options go with every command")[2].partition("\n\n")[0]
    assert set(re.findall(r"--[\w-]+", text)) == options


def test_the_two_commands_stand_once_and_alone_on_their_lines() -> None:
    tour, tests = "python3 -m ancla.testing tour", "python3 -m venv .venv && .venv/bin/pip"
    lines = read("README.md").splitlines()
    assert lines.count(tour) == 1
    assert lines.count(f"{tests} install tox && .venv/bin/tox") == 1
    assert sum(line.startswith(tests) for line in lines) == 1


# Tables and names


@pytest.mark.parametrize("name", sorted(set(models.__all__) - {"Model"}))
def test_help_explains_the_fields_of_a_model_that_has_many(name: str) -> None:
    model = getattr(models, name)
    explained = set(re.findall(r"\w+", inspect.getdoc(model) or ""))
    assert len(model.model_fields) <= 4 or model.model_fields.keys() <= explained


def test_the_methods_of_models_are_as_in_the_table() -> None:
    rows = table(read("docs/models.md"), "method or property |")
    described = {re.split(r"\W", code_in(first)[0])[0] for first, *_ in rows}
    assert described == {name for name in dir(models.Org) if name.startswith("model_")}
    dump = inspect.signature(models.Org.model_dump).parameters
    assert set(code_in(rows[2][1])) == set(dump) - {"self"}


def test_the_errors_are_as_in_the_table() -> None:
    rows = table(section("README.md", "Errors"), "error | when |")
    errors = [code_in(error)[0] for error, *_ in rows]
    assert sorted(errors) == sorted(name for name in ancla.__all__ if name.endswith("Error"))


# Those that are methods: some have another operation beside them.
OPERATIONS = {
    name: operation
    for name, operation in vars(operations).items()
    if isinstance(operation, Operation) and hasattr(AnclaClient, name)
}
ROUTE_SETS = (WORKSPACES, PUBLISHED, SLUGS)
FIRST_ROUTES = {
    name: next(route for routes in ROUTE_SETS if (route := routes.get(name))) for name in OPERATIONS
}


def test_what_is_harmless_to_repeat_is_as_described() -> None:
    text = " ".join(section("docs/transport.md", "Retries").split())
    harmless = re.search(r"Harmless are .*?;", text)
    never_twice = re.search(r"never sent twice: .*?\.", text)
    assert harmless is not None and never_twice is not None
    assert set(code_in(never_twice[0])) == {
        name for name, route in FIRST_ROUTES.items() if not route.idempotent
    }
    assert set(code_in(harmless[0])) == {
        name
        for name, route in FIRST_ROUTES.items()
        if route.idempotent and route.method in ("POST", "PATCH")
    }


def ability(route: Route | None) -> str:
    """What the table says of an operation's route in one route set."""
    if route is None:
        return "no"
    if route.recipe is delete_variable:
        return "tried"
    return "tried" if "<function undocumented" in repr(route.recipe) else "yes"


def test_what_each_generation_can_do_is_as_in_the_table() -> None:
    rows = table(read("docs/routes.md"), "| workspaces | published | slugs |")
    described = {name: abilities for names, *abilities in rows for name in code_in(names)}
    assert described == {
        name: [ability(routes.get(name)) for routes in ROUTE_SETS]
        for name, operation in OPERATIONS.items()
    }


def test_every_method_of_the_client_is_mentioned() -> None:
    mentioned = set(re.findall(r"\w+", "".join(map(read, PAGES))))
    methods = {name for name in dir(AnclaClient) if not name.startswith("_")}
    assert methods <= mentioned


# Links


def prose(document: Path) -> str:
    return re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(document: Path) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    }


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    here = PROJECT / document
    for target in re.findall(r"\]\(([^)]+)\)", prose(here)):
        if not target.startswith("https://"):
            file, _, anchor = target.partition("#")
            there = here.parent / file if file else here
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def test_every_page_is_linked_from_the_readme() -> None:
    linked = re.findall(r"\]\((docs/[\w-]+\.md)\)", read("README.md"))
    assert set(linked) == FOLDER - {PACKAGE_INDEX}


def test_the_page_for_the_package_index_has_no_link_that_is_dead_there() -> None:
    text = read(PACKAGE_INDEX)
    assert all(link.startswith("https://") for link in re.findall(r"\]\(([^)]+)\)", text))
    # Its examples are those of the README, which are run there.
    assert blocks(text) and all(block.code in read("README.md") for block in blocks(text))


# The highest ratio that what the README says in words leaves room for.
SAID_IN_WORDS = [
    (r"GET.*|POST, .*", "httpx + pydantic", 1 / 5),
    (r"start, import, make a client", "httpx + pydantic", 1 / 2),
    (r"start to first answer", "httpx + pydantic", 1 / 2),
    (r"installed size", "httpx + pydantic", 1 / 10),
]


@pytest.mark.parametrize(("figure", "peer", "most"), SAID_IN_WORDS)
def test_what_is_said_of_the_bench_is_what_its_table_shows(
    figure: str, peer: str, most: float
) -> None:
    rows = table(read("tests/bench/README.md"), "| ancla | beside |")
    shown = [row for row in rows if re.fullmatch(figure, row[0]) and row[2] == peer]
    assert shown and all(float(ratio.strip("*")) < most for *_, ratio, _ in shown)


def test_the_bench_can_write_its_table() -> None:
    page = read("tests/bench/README.md")
    assert page.count("<!-- bench:start -->") == page.count("<!-- bench:end -->") == 1

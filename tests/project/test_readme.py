"""README.md and docs/ are true: their code runs and prints what they say; tables match the code.

A block of Python with a block of text behind it prints that text; one without prints nothing. The
blocks of a page are one program. README.md and then the guide run on the one server that the README
starts; each other page runs by itself, without any server but those that it starts.
"""

from __future__ import annotations

import codeop
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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import ancla
from ancla import AnclaClient, models
from ancla._api.operation import RouteSet
from ancla._api.retired.published import PUBLISHED
from ancla._api.retired.slugs import SLUGS
from ancla._api.workspaces import WORKSPACES, delete_variable, send_undocumented
from ancla._cli.all_arguments import GLOBAL_OPTIONS
from ancla._cli.all_commands import COMMANDS
from ancla._cli.parser import parse
from ancla._fake.command import SERVING_PACE, command_parser
from ancla.testing import FakeAncla
from tests.api.retired.documented_calls import CALLS
from tests.documented_calls import SAMPLES, TODAYS_CALLS
from tests.once import on_one_python

PROJECT = Path(__file__).parents[2]
REFERENCE = "docs/reference.md"  # has a test of its own
FOLDER = {f"docs/{page.name}" for page in PROJECT.glob("docs/*.md")}
PAGES = ["README.md", *sorted(FOLDER - {REFERENCE})]
DOCUMENTS = [*PAGES, REFERENCE, "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md"]
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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Clock:
    """The time of a page, which has a folder of its own and no server yet."""
    for name in os.environ:
        if name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    for name in ("ANCLA_SERVER", "ANCLA_API_KEY"):  # unset again, if a page sets them
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    clock = Clock()
    monkeypatch.setattr(time, "sleep", clock.sleep)
    return clock


@pytest.fixture
def server(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAncla]:
    """What the README's command serves, with the variables that it prints, in a time of its own."""
    [command] = [words for words in commands_not_run() if words[0] == "ancla.testing"][1:]
    options = command_parser("ancla.testing").parse_args(command[1:])
    assert (options.command, options.pace, options.port) == (None, None, 0)
    with FakeAncla(
        routes=options.routes,
        lenient=not options.strict,
        pace=SERVING_PACE,
        clock=lambda: clock.now,
    ) as fake:
        for name, value in fake.environ.items():
            monkeypatch.setenv(name, value)
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


def run_tests_of_the_block(block: Block, folder: Path) -> None:
    """Runs a block that holds tests, as its reader would."""
    (folder / "test_example.py").write_text(block.code, encoding="utf-8")
    process = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:asyncio",
        ],
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
    if "def test_" in block.code:
        run_tests_of_the_block(block, folder)
    else:
        run_plainly(page, block, namespace)


def python_blocks(page: str) -> list[Block]:
    return [block for block in blocks(read(page)) if block.language == "python"]


def missing_packages(block: Block) -> list[str]:
    """What it imports and is not installed here; `tox -e integrations` has all of it."""
    imported = re.findall(r"^(?:import|from) (\w+)", block.code, re.MULTILINE)
    return [name for name in imported if importlib.util.find_spec(name) is None]


@pytest.fixture
def run_page(tmp_path: Path, logger: logging.Logger) -> Iterator[Callable[[str], list[str]]]:
    """Runs the blocks of a page as one program; returns the packages that some were left out for.

    What a page leaves open is closed at the end.
    """
    namespaces: list[dict[str, Any]] = []

    def run(page: str) -> list[str]:
        namespaces.append({"__name__": "page"})
        missing: list[str] = []
        for block in python_blocks(page):
            missing += (lacks := missing_packages(block))
            if not lacks:
                run_block(page, block, namespaces[-1], tmp_path)
        return missing

    yield run
    opened = [value for namespace in namespaces for value in namespace.values()]
    for kind in (AnclaClient, FakeAncla):  # servers after their clients
        for value in opened:
            if isinstance(value, kind):
                value.close()


ON_THE_SERVER = ["README.md", "docs/guide.md"]


def test_the_readme_and_then_the_guide_run_on_the_server_that_the_readme_starts(
    server: FakeAncla, run_page: Callable[[str], list[str]]
) -> None:
    for page in ON_THE_SERVER:
        assert run_page(page) == [], "these two need no other package"
        assert not server.advance(), f"{page} leaves something running"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in ON_THE_SERVER and python_blocks(page)]
)
def test_every_other_page_runs_by_itself(
    page: str, clock: Clock, run_page: Callable[[str], list[str]]
) -> None:
    missing = run_page(page)
    if missing:
        pytest.skip(f"all but the blocks that need {', '.join(missing)} ran")


def test_blocks_of_python_are_plain_scripts() -> None:
    for page in DOCUMENTS:
        for block in python_blocks(page):
            assert ">>>" not in block.code, f"{page}, line {block.line}"


@pytest.mark.parametrize("page", ON_THE_SERVER)
def test_its_blocks_can_be_pasted_into_python(page: str) -> None:
    """Before Python 3.13, a blank line ends a block there, and nothing else does."""
    for block in python_blocks(page):
        if "def test_" in block.code:
            continue
        typed: list[str] = []
        for line in [*block.code.splitlines(), ""]:
            typed.append(line)
            try:
                is_complete = codeop.compile_command("\n".join(typed)) is not None
            except SyntaxError as error:
                pytest.fail(f"{page}, line {block.line}: {error}\n{typed}")
            typed = [] if is_complete else typed
        assert not typed, f"{page}, line {block.line}"


def test_the_first_block_changes_nothing(server: FakeAncla) -> None:
    server.add_app("my-org", "my-project", "api-service")
    exec(python_blocks("README.md")[0].code, {})
    assert {request.method for request in server.requests} == {"GET"}


def test_the_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= 255


def test_the_examples_of_docstrings_are_true(server: FakeAncla) -> None:
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
    """The words of each `python -m ancla...` or `ancla-sdk` that no test runs."""
    texts = [section("README.md", "Try it")]
    texts += [block.code for block in blocks(read("README.md")) if block.language == "yaml"]
    command = r"(?:\bpython3? -m (?=ancla\b)|^ +- run: (?=ancla-sdk ))([^`\n]*)"
    found = [re.findall(command, text, re.MULTILINE) for text in texts]
    return [shlex.split(words) for commands in found for words in commands]


@pytest.mark.parametrize("words", commands_not_run(), ids=" ".join)
def test_a_command_that_no_test_runs_is_one(words: list[str]) -> None:
    module, *arguments = words
    if module == "ancla.testing":
        command_parser("ancla.testing").parse_args(arguments)
    else:
        assert module in ("ancla", "ancla-sdk")
        parse(arguments)


def test_no_example_that_has_a_key_looks_for_modules_in_the_current_folder() -> None:
    """In a cloned repository they would be that repository's."""
    for page in ("README.md", "docs/command-line.md"):
        for block in blocks(read(page)):
            assert not re.search(r"\bpython3? (-m ancla|-c) ", block.code), block
    for page in ("README.md", "docs/security.md", "docs/command-line.md"):
        assert "`json.py`" in read(page)


def shell_scripts() -> list[Block]:
    return [block for block in blocks(read("docs/command-line.md")) if block.language == "sh"]


def test_the_command_line_waits_for_what_it_starts() -> None:
    can_wait = {
        command.words
        for command in COMMANDS
        if any("--wait" in option.names for option in command.takes) and command.words != "deploy"
    }
    lines = [line for script in shell_scripts() for line in script.code.splitlines()]
    started = [
        line
        for line in lines
        if any(f"ancla-sdk {words} " in line for words in can_wait) and "--preview" not in line
        if " config " not in line or "--restart" in line
    ]
    assert started and all(re.search(r" --(wait|follow)\b", line) for line in started), started


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs sh")
@on_one_python
def test_the_commands_of_the_command_line_work(tmp_path: Path) -> None:
    for name, words in (("python", ""), ("ancla-sdk", "-m ancla")):
        command = tmp_path / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
        command.chmod(0o755)
    with FakeAncla(pace=0) as fake:  # the server of the README, where no time passes
        environment = {
            "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(ancla.__path__[0]).parent),
            "ANCLA_SERVER": fake.url,
            "ANCLA_API_KEY": fake.api_key,
        }
        for script in shell_scripts():
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
    tour, tests = "python3 -m ancla.testing tour", "python3 -m venv .venv && .venv/bin/pip install "
    lines = read("README.md").splitlines()
    assert lines.count(tour) == 1
    [command] = [line for line in lines if line.startswith(tests)]
    assert command.endswith(" && .venv/bin/python -m pytest -n auto")


# Tables and names


def test_the_methods_of_models_are_as_in_the_table() -> None:
    page = read("docs/models.md")
    text = " ".join(page.split())
    rows = table(page, "method or property |")
    described = {re.split(r"\W", code_in(first)[0])[0] for first, *_ in rows}
    assert described == {name for name in dir(models.Org) if name.startswith("model_")}
    no_effect = set(code_in(text.partition("They have no effect: ")[2].partition(", and the")[0]))
    dump = inspect.signature(models.Org.model_dump).parameters.keys() - {"self"}
    assert set(code_in(rows[2][1])) == dump - no_effect
    validate = inspect.signature(models.Org.model_validate).parameters.keys() - {"obj"}
    assert set(code_in(rows[0][1])) == validate - no_effect


def test_the_errors_are_as_in_the_table() -> None:
    rows = table(section("README.md", "Errors"), "error | when |")
    errors = [name for names, *_ in rows for name in code_in(names)]
    assert sorted(errors) == sorted(name for name in ancla.__all__ if name.endswith("Error"))


ROUTE_SETS = (WORKSPACES, PUBLISHED, SLUGS)
# The operations of each method: those of shared variables have one for each place.
SCOPES = ("workspace", "team", "project", "environment")
OPERATIONS = {
    name: [name] for routes in ROUTE_SETS for name in routes.lines if hasattr(AnclaClient, name)
} | {
    f"{verb}_shared_config": [f"{verb}_{scope}_config" for scope in SCOPES]
    for verb in ("list", "get", "set", "delete", "import")
}
FIRST_ROUTES = {
    name: next(
        routes[operation]
        for routes in ROUTE_SETS
        for operation in found
        if operation in routes.lines
    )
    for name, found in OPERATIONS.items()
}


def test_what_is_safe_to_retry_is_as_described() -> None:
    text = " ".join(section("docs/transport.md", "Retries").split())
    safe = re.search(r"\*\*Safe to retry\*\* .*?\.", text)
    never_twice = re.search(r"\*\*Never sent twice\*\* .*?\.", text)
    assert safe is not None and never_twice is not None
    assert set(code_in(never_twice[0])) == {
        name for name, route in FIRST_ROUTES.items() if not route.idempotent
    }
    assert set(code_in(safe[0])) == {
        name
        for name, route in FIRST_ROUTES.items()
        if route.idempotent and route.method in ("POST", "PATCH")
    }


def ability(found: list[str], routes: RouteSet) -> str:
    """What the table says of a method's operations in one route set."""
    said: dict[str, list[str]] = {}
    for operation in found:
        scope = operation.split("_")[1] + "s"
        said.setdefault(ability_of(routes, operation), []).append(scope)
    if len(said) == 1:
        return said.popitem()[0]
    able = ", ".join(said["yes"])
    return f"{able}; tried for {' and '.join(said['tried'])}" if "tried" in said else f"{able} only"


def ability_of(routes: RouteSet, operation: str) -> str:
    if operation not in routes.lines:
        return "no"
    recipe = routes[operation].recipe
    if operation == "delete_environment_config":  # It is documented, and has the others' recipe.
        return "yes"
    return "tried" if recipe in (send_undocumented, delete_variable) else "yes"


def test_what_each_generation_can_do_is_as_in_the_table() -> None:
    rows = table(read("docs/older-servers.md"), "| workspaces | published | slugs |")
    described = {name: abilities for names, *abilities in rows for name in code_in(names)}
    assert described == {
        name: [ability(found, routes) for routes in ROUTE_SETS]
        for name, found in OPERATIONS.items()
    }


def test_the_documented_samples_that_a_server_cannot_do_are_named() -> None:
    text = section("docs/migrating.md", "From the documented SDK")
    todays, published = [" ".join(each.split()) for each in text.split("\n* ")[1:]]
    tried = todays[todays.index("The client tries") :]
    works = {name: TODAYS_CALLS[name].works for name in SAMPLES}
    assert f"shows {len(SAMPLES)} calls" in text
    for said, kind in ((todays.removesuffix(tried), "no"), (tried, "lenient")):
        named = {name for name in code_in(said) if hasattr(AnclaClient, name)}
        assert named == {name for name, word in works.items() if word == kind}
    assert set(code_in(published)) == {row.name for row in CALLS if not row.published}


def test_the_words_of_the_platform_stand_in_the_readme() -> None:
    rows = table(read("README.md"), "here | on the platform |")
    words = ["workspace", "service", "build", "deploy"]
    assert [[ours.split(",")[0], theirs] for ours, theirs in rows] == [
        [ours, theirs]
        for ours, theirs in zip(["organization", "application", "image", "deployment"], words)
    ]


def test_every_method_of_the_client_is_mentioned() -> None:
    methods = {name for name in dir(AnclaClient) if not name.startswith("_")}
    assert methods <= set(re.findall(r"\w+", "".join(map(read, PAGES))))
    described = "".join(map(read, ("docs/guide.md", "docs/older-servers.md")))
    assert methods - {"api_key", "server", "environment"} <= set(re.findall(r"\w+", described))


# Links


def prose(document: Path) -> str:
    return re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(document: Path) -> set[str]:
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    }


@on_one_python
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
    assert set(linked) == FOLDER


# The highest ratio that what the README says in words leaves room for.
SAID_IN_WORDS = [
    (r"GET.*|POST, .*", "httpx + pydantic", 1 / 5),
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

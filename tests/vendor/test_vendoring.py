"""Every way of embedding the package, each in a new Python with a clean environment."""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import ancla
from ancla import vendor
from ancla.testing import FakeAncla
from tests.clean_process import ITS_OUTPUT, USE_THE_SDK, run_program, run_python
from tests.once import on_one_python, one_in
from tests.vendor.helpers import files_below

PACKAGE = Path(__file__).parents[2] / "ancla"
VENDORED_NAME = "othertool._vendor.anything"


def write_copy(dest: Path, *options: str) -> None:
    assert vendor.main([str(dest), *options]) == 0


@pytest.fixture(scope="module")
def othertool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for sys.path with othertool/_vendor/anything, the copy, and its bytecode."""
    path = tmp_path_factory.mktemp("path")
    write_copy(path / "othertool" / "_vendor" / "anything")
    assert compileall.compile_dir(path, quiet=1)
    return path


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    dest = tmp_path_factory.mktemp("zip") / "ancla.zip"
    write_copy(dest, "--zip")
    return dest


def make_read_only(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def test_a_copy_works_read_only_writes_nothing_and_loads_no_installed_ancla(
    tmp_path: Path,
) -> None:
    write_copy(tmp_path / "othertool" / "_vendor" / "anything")
    make_read_only(tmp_path / "othertool")
    before = sorted(tmp_path.rglob("*"))
    program = USE_THE_SDK + "import sys; print('ancla' in sys.modules)"
    said = run_program(program.format(package=VENDORED_NAME), path=[tmp_path], cwd=tmp_path)
    assert said == ITS_OUTPUT + "False\n"
    assert sorted(tmp_path.rglob("*")) == before


def test_two_copies_in_one_process_are_independent(othertool: Path, tmp_path: Path) -> None:
    write_copy(tmp_path / "second")
    program = f"""
        import sys
        import {VENDORED_NAME} as one
        import {VENDORED_NAME}.testing
        import second as two
        import second.testing

        with one.testing.FakeAncla() as fake_one, two.testing.FakeAncla() as fake_two:
            with one.AnclaClient(fake_one.api_key, fake_one.url) as client_one:
                with two.AnclaClient(fake_two.api_key, fake_two.url) as client_two:
                    org_one, org_two = client_one.create_org("A"), client_two.create_org("A")
                    print(type(org_one) is one.Org, type(org_two) is two.Org, org_one == org_two)
                    try:
                        client_one.get_org("absent")
                    except two.AnclaError:
                        print("the second copy's class caught the first copy's error")
                    except one.NotFoundError as error:
                        print(type(error).__module__)

        def modules_of(package):
            names = [name for name in sys.modules if (name + ".").startswith(package + ".")]
            return {{id(sys.modules[name]) for name in names}}

        print(modules_of("{VENDORED_NAME}") & modules_of("second"))
    """
    said = run_program(textwrap.dedent(program), path=[othertool, tmp_path], cwd=tmp_path)
    assert said.splitlines() == ["True True False", f"{VENDORED_NAME}.exceptions", "set()"]


@pytest.mark.parametrize("flags", one_in(2, [[], ["-OO"]]))
def test_a_zip_on_the_path_works(flags: list[str], zipped: Path, tmp_path: Path) -> None:
    program = USE_THE_SDK.format(package="ancla")
    assert run_program(program, path=[zipped], cwd=tmp_path, flags=flags) == ITS_OUTPUT


@on_one_python
def test_a_zip_named_by_a_relative_path_works_in_another_folder_too(
    zipped: Path, tmp_path: Path
) -> None:
    """A client has loaded all it needs, so the zip is not looked for again."""
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(zipped, tmp_path)
    with FakeAncla() as fake:
        program = f"""
            import os
            from ancla import AnclaClient, NotFoundError
            with AnclaClient({fake.api_key!r}, {fake.url!r}) as client:
                os.chdir("elsewhere")
                print(client.create_org("My Org").model_dump_json())
                try:
                    client.get_org("absent")
                except NotFoundError as error:
                    print(error.status_code)
        """
        said = run_program(textwrap.dedent(program), path=[Path("ancla.zip")], cwd=tmp_path)
    org, status = said.splitlines()
    assert '"slug":"my-org"' in org
    assert status == "404"


@on_one_python
def test_a_zipapp_that_holds_a_copy_works(tmp_path: Path) -> None:
    app = tmp_path / "app"
    write_copy(app / "_vendor" / "ancla")
    program = USE_THE_SDK.format(package="_vendor.ancla")
    (app / "__main__.py").write_text(program, encoding="utf-8")
    run_python("-m", "zipapp", app, "--compress", cwd=tmp_path)
    assert run_python("-I", "-S", "-OO", tmp_path / "app.pyz", cwd=tmp_path) == ITS_OUTPUT


def test_a_copy_works_with_every_warning_an_error(othertool: Path, tmp_path: Path) -> None:
    """For example: unclosed sockets and files, invalid escapes, text files without encoding."""
    flags = ["-W", "error", "-X", "dev", "-X", "warn_default_encoding"]
    program = USE_THE_SDK.format(package=VENDORED_NAME)
    assert run_program(program, path=[othertool], cwd=tmp_path, flags=flags) == ITS_OUTPUT


# Partial copies


@pytest.mark.parametrize("way", one_in(2, ["folder", "zip"]))
def test_a_minimal_copy_makes_calls(way: str, tmp_path: Path) -> None:
    dest = tmp_path / ("ancla" if way == "folder" else "ancla.zip")
    write_copy(dest, "--minimal", *(["--zip"] if way == "zip" else []))
    with FakeAncla() as fake:
        program = f"""
            from ancla import AnclaClient
            with AnclaClient({fake.api_key!r}, {fake.url!r}) as client:
                print(client.create_org("My Org").slug)
        """
        path = tmp_path if way == "folder" else dest
        assert run_program(textwrap.dedent(program), path=[path], cwd=tmp_path) == "my-org\n"


def creates_an_org(*command_line: str, cwd: Path) -> bool:
    with FakeAncla() as fake:
        environment = {"ANCLA_API_KEY": fake.api_key, "ANCLA_SERVER": fake.url}
        environment["PYTHONPATH"] = str(cwd)
        words = (*command_line, "orgs", "create", "My Org", "--json", "--quiet")
        return '"slug": "my-org"' in run_python(*words, cwd=cwd, environment=environment)


def test_a_copy_for_the_command_line_has_commands(tmp_path: Path) -> None:
    write_copy(tmp_path / "anything", "--cli")
    assert creates_an_org("-m", "anything", cwd=tmp_path)


def test_a_zipapp_is_the_command_line_in_one_file(tmp_path: Path) -> None:
    write_copy(tmp_path / "ancla.pyz", "--zipapp")
    assert creates_an_org("-I", "-S", "ancla.pyz", cwd=tmp_path)
    assert "usage: python ancla.pyz" in run_python("ancla.pyz", "--help", cwd=tmp_path)


@on_one_python
@pytest.mark.skipif(sys.platform == "win32", reason="Windows starts no file by its first line")
def test_a_zipapp_can_be_started_as_it_is(tmp_path: Path) -> None:
    write_copy(tmp_path / "ancla.pyz", "--zipapp")
    (tmp_path / "ancla.pyz").chmod(0o755)
    said = subprocess.run(
        ["./ancla.pyz", "--version"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    assert said.stdout == f"python ./ancla.pyz (ancla-sdk {ancla.__version__})\n"


def test_every_module_and_public_name_of_a_minimal_copy_can_be_imported(tmp_path: Path) -> None:
    write_copy(tmp_path / "anything", "--minimal")
    modules = [
        "anything." + name.removesuffix(".py").replace("/", ".")
        for name in files_below(tmp_path / "anything")
        if name.endswith(".py")
    ]
    program = f"""
        import importlib
        for module in {modules!r}:
            importlib.import_module(module.removesuffix(".__init__"))
        from anything import *
    """
    assert run_program(textwrap.dedent(program), path=[tmp_path], cwd=tmp_path) == ""


# Pythons with missing modules


def program_without(modules: list[str], program: str) -> str:
    """Runs `program` in a Python in which importing any of `modules` fails."""
    return f"import sys; sys.modules.update(dict.fromkeys({modules!r}))\n" + program


@pytest.mark.parametrize(
    "missing", one_in(4, [["ssl", "_ssl", "zlib", "_json"], ["ssl", "_ssl"], ["zlib"], ["_json"]])
)
def test_http_works_where_a_module_is_missing(
    missing: list[str], othertool: Path, tmp_path: Path
) -> None:
    program = program_without(missing, USE_THE_SDK.format(package=VENDORED_NAME))
    assert run_program(program, path=[othertool], cwd=tmp_path) == ITS_OUTPUT


@on_one_python
def test_a_zip_needs_no_zlib(zipped: Path, tmp_path: Path) -> None:
    program = program_without(["zlib"], USE_THE_SDK.format(package="ancla"))
    assert run_program(program, path=[zipped], cwd=tmp_path) == ITS_OUTPUT

"""`python -m ancla.vendor --check`: what it compares with, and what it does not let through."""

from __future__ import annotations

import ast
import importlib.util
import os
import py_compile
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import ancla
from ancla import vendor
from ancla._vendor import make_note
from tests.clean_process import run_program

PROJECT = Path(__file__).parents[2]
# Of the checkout, or of the copy that is under test.
PACKAGE = ancla.__path__[0]


@pytest.fixture
def copy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    dest = tmp_path / "anything"
    assert vendor.main([str(dest)]) == 0
    capsys.readouterr()
    return dest


def said_of(copy: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the check says of a copy that is not as it was written."""
    assert vendor.main(["--check", str(copy)]) == 1
    return capsys.readouterr().out.splitlines()


def edit_note(copy: Path, pattern: str, new: str) -> None:
    note = copy / "VENDORED.txt"
    text, count = re.subn(pattern, new, note.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count > 0
    note.write_text(text, encoding="utf-8")


def hash_again(copy: Path, name: str) -> None:
    """Edits a file's line in the note so that it fits the file."""
    found = make_note("0", {name: (copy / name).read_bytes()}).decode().splitlines()[-1]
    edit_note(copy, rf"^\w{{64}}  {re.escape(name)}$", found)


def test_a_file_that_was_edited_together_with_its_line_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "client.py").write_text("import os  # and more", encoding="utf-8")
    hash_again(copy, "client.py")
    assert said_of(copy, capsys) == [
        "differs: client.py",
        "differs: VENDORED.txt, in its line on client.py",
    ]


def test_a_file_that_was_added_together_with_a_line_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "more.py").write_text("import os", encoding="utf-8")
    edit_note(copy, r"\Z", f"{'0' * 64}  more.py\n")
    hash_again(copy, "more.py")
    assert said_of(copy, capsys) == [
        "differs: VENDORED.txt, in its line on more.py",
        "additional: more.py",
    ]


@pytest.mark.parametrize("version", ["0.9.0", "99.0.0", "1.0.0.dev1"])
def test_of_another_version_it_says_what_it_cannot_know(
    version: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_note(copy, r"^# ancla-sdk \S+,", f"# ancla-sdk {version},")
    assert vendor.main(["--check", str(copy)]) == 0
    said = capsys.readouterr().out
    assert "compared with its own VENDORED.txt alone" in said
    assert f"the package at hand has version {ancla.__version__}" in said
    assert f"check it with ancla-sdk {version} from another place" in said
    newer = f"ancla-sdk {ancla.__version__} is newer: python -m ancla.vendor {copy} updates it"
    assert (newer in said) == (version == "0.9.0")


def test_a_copy_that_checks_itself_says_what_it_cannot_know(copy: Path, tmp_path: Path) -> None:
    program = f"""
        from anything import vendor
        vendor.main(["--check", {str(copy)!r}])
    """
    said = run_program(textwrap.dedent(program), path=[tmp_path], cwd=tmp_path)
    assert "compared with its own VENDORED.txt alone" in said
    assert "the package at hand is this copy itself" in said


def test_a_note_without_a_single_hash_is_refused(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_note(copy, r"^\w{64}  .*\n", "")
    assert vendor.main(["--check", str(copy)]) == 1
    assert "names no files" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--cli"], ["--minimal"], ["--zip"], ["--zipapp"]])
def test_every_shape_of_copy_is_compared_with_the_package_at_hand(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = tmp_path / "anything"
    assert vendor.main([str(dest), *options]) == 0
    capsys.readouterr()
    assert vendor.main(["--check", str(dest)]) == 0
    assert f"compared with ancla-sdk {ancla.__version__} in {PACKAGE}" in capsys.readouterr().out


# Bytecode, which Python may run in place of a source


def cached(copy: Path, name: str, optimization: str = "") -> Path:
    return Path(importlib.util.cache_from_source(str(copy / name), optimization=optimization))


@pytest.mark.parametrize("flags", [[], ["-O"], ["-OO"]])
def test_the_bytecode_that_python_leaves_passes(
    flags: list[str], copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "import anything.testing, anything.vendor"
    environment = {"PYTHONPATH": str(copy.parent)}
    subprocess.run([sys.executable, *flags, "-c", program], env=environment, check=True)
    assert cached(copy, "client.py").parent.is_dir()
    assert vendor.main(["--check", str(copy)]) == 0, capsys.readouterr()


MODES = list(py_compile.PycInvalidationMode)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.lower())
def test_bytecode_that_is_not_what_its_source_gives_is_found(
    mode: py_compile.PycInvalidationMode, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python runs it where its head fits the source, or claims that nobody need look."""
    source = copy / "client.py"
    original, status = source.read_bytes(), source.stat()
    source.write_bytes(original.replace(b"import", b"IMPORT".lower(), 1) + b"\nprint('owned')\n")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    py_compile.compile(str(source), invalidation_mode=mode)
    source.write_bytes(original)
    assert said_of(copy, capsys) == [
        f"bytecode: {cached(copy, 'client.py').relative_to(copy).as_posix()} "
        "is not what its source gives; delete it"
    ]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("client.cpython-27.pyc", "is of another Python, and cannot be verified by this one"),
        ("absent.{tag}.pyc", "has no source"),
        ("notes.txt", "has no source"),
        ("client.{tag}.pyc", "cannot be read (ImportError)"),
        ("client.{tag}.opt-1.pyc", "cannot be read (ImportError)"),
    ],
)
def test_bytecode_that_cannot_be_accounted_for_is_found(
    name: str, fault: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy / "__pycache__"
    folder.mkdir()
    name = name.format(tag=sys.implementation.cache_tag)
    (folder / name).write_bytes(b"")
    assert said_of(copy, capsys) == [f"bytecode: __pycache__/{name} {fault}; delete it"]


# What happens to copies by accident


def test_a_checkout_with_other_line_ends_is_told_as_one(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("LICENSE", "client.py"):
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data.replace(b"\n", b"\r\n"))
    assert said_of(copy, capsys) == [
        "differs: LICENSE, but for its line ends (a checkout with core.autocrlf?)",
        "differs: client.py, but for its line ends (a checkout with core.autocrlf?)",
    ]


def test_a_note_with_other_line_ends_is_read(copy: Path) -> None:
    note = copy / "VENDORED.txt"
    note.write_bytes(note.read_bytes().replace(b"\n", b"\r\n"))
    assert vendor.main(["--check", str(copy)]) == 0


def reformat(source: str) -> str:
    """What formatters do: other quotes and indents, the imports in another order, no comments."""
    body = ast.parse(source).body
    imports = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    places = [body.index(node) for node in imports]
    for place, node in zip(places, reversed(imports)):
        body[place] = node
    return "\n\n".join(ast.unparse(node) for node in body)


def test_a_formatter_that_ran_over_the_copy_is_told_as_one(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (copy / "client.py").read_text(encoding="utf-8")
    (copy / "client.py").write_text(reformat(source), encoding="utf-8")
    (copy / "models.py").write_text(reformat("import os\n" + source), encoding="utf-8")
    assert said_of(copy, capsys) == [
        "differs: client.py, but only in its format (ruff, black or isort?)",
        "differs: models.py",
    ]


def test_a_folder_in_place_of_a_file_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "client.py").unlink()
    (copy / "client.py").mkdir()
    (copy / "models.py").unlink()
    (copy / "models.py").symlink_to(copy / "absent")
    assert said_of(copy, capsys) == ["differs: models.py, and is no file", "missing: client.py"]

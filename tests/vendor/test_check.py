"""`python -m ancla.vendor --check`: what it compares a copy with, and what it finds."""

from __future__ import annotations

import dis
import importlib.util
import marshal
import os
import py_compile
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from types import CodeType

import pytest

import ancla
from ancla import vendor
from ancla._copies import make_note
from tests.clean_process import run_program
from tests.once import on_one_python, one_in
from tests.vendor.helpers import as_nobody

PROJECT = Path(__file__).parents[2]
# The package in the checkout, or the copy that is being tested.
PACKAGE = ancla.__path__[0]


def said_of(copy: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Returns the lines that the check prints about a changed copy."""
    assert vendor.main(["--check", str(copy)]) == 1
    return capsys.readouterr().out.splitlines()


def edit_note(copy: Path, pattern: str, new: str) -> None:
    note = copy / "VENDORED.txt"
    text, count = re.subn(pattern, new, note.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert count > 0
    note.write_text(text, encoding="utf-8")


def hash_again(copy: Path, name: str) -> None:
    """Changes the hash of a file in the note to that of its contents."""
    found = make_note("0", {name: (copy / name).read_bytes()}).decode().splitlines()[-1]
    edit_note(copy, rf"^\w{{64}}  {re.escape(name)}$", found)


def test_a_file_edited_together_with_its_hash_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "client.py").write_text("import os  # and more", encoding="utf-8")
    hash_again(copy, "client.py")
    assert said_of(copy, capsys) == ["differs: VENDORED.txt", "differs: client.py"]


def test_a_file_added_together_with_a_hash_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "more.py").write_text("import os", encoding="utf-8")
    edit_note(copy, r"\Z", f"{'0' * 64}  more.py\n")
    hash_again(copy, "more.py")
    assert said_of(copy, capsys) == ["differs: VENDORED.txt", "additional: more.py"]


@pytest.mark.parametrize("version", ["0.9.0", "99.0.0", "99.0.0.dev1"])
def test_a_check_of_another_version_says_that_it_proves_less(
    version: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit_note(copy, r"^# ancla-sdk \S+,", f"# ancla-sdk {version},")
    assert vendor.main(["--check", str(copy)]) == 0
    said = capsys.readouterr().out
    assert "compared with only its own VENDORED.txt" in said
    assert f"this package has version {ancla.__version__}" in said
    assert f"check it with ancla-sdk {version} from elsewhere" in said
    newer = f"ancla-sdk {ancla.__version__} is newer: python -m ancla.vendor {copy} updates it"
    assert (newer in said) == (version == "0.9.0")


def test_a_copy_that_checks_itself_says_that_it_proves_less(copy: Path, tmp_path: Path) -> None:
    program = f"""
        from anything import vendor
        vendor.main(["--check", {str(copy)!r}])
    """
    said = run_program(textwrap.dedent(program), path=[tmp_path], cwd=tmp_path)
    assert "compared with only its own VENDORED.txt" in said
    assert "this package is the copy itself" in said


def test_a_note_without_hashes_is_an_error(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit_note(copy, r"^\w{64}  .*\n", "")
    assert vendor.main(["--check", str(copy)]) == 1
    assert "names no files" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--cli"], ["--minimal"], ["--zip"], ["--zipapp"]])
def test_every_shape_of_copy_is_compared_with_this_package(
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


@pytest.mark.parametrize("flags", one_in(3, [[], ["-O"], ["-OO"]]))
def test_bytecode_written_by_python_passes(
    flags: list[str], copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "import anything.testing, anything.vendor"
    environment = {"PYTHONPATH": str(copy.parent)}
    subprocess.run([sys.executable, *flags, "-c", program], env=environment, check=True)
    assert cached(copy, "client.py").parent.is_dir()
    assert vendor.main(["--check", str(copy)]) == 0, capsys.readouterr()


MODES = list(py_compile.PycInvalidationMode)


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name.lower())
def test_bytecode_that_differs_from_its_source_is_found(
    mode: py_compile.PycInvalidationMode, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python runs it if its header matches the source, or says that no check is needed."""
    source = copy / "client.py"
    original, status = source.read_bytes(), source.stat()
    source.write_bytes(original.replace(b"import", b"IMPORT".lower(), 1) + b"\nprint('owned')\n")
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    py_compile.compile(str(source), invalidation_mode=mode)
    source.write_bytes(original)
    assert said_of(copy, capsys) == [
        f"bytecode: {cached(copy, 'client.py').relative_to(copy).as_posix()} "
        "is not what its source compiles to; delete it"
    ]


def test_bytecode_that_differs_where_python_does_not_compare_it_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pyc = Path(py_compile.compile(str(copy / "client.py")) or "")
    data = pyc.read_bytes()
    module = marshal.loads(data[16:])
    constants = list(module.co_consts)
    place = next(place for place, it in enumerate(constants) if isinstance(it, CodeType))
    within = constants[place]
    constants[place] = within.replace(co_stacksize=within.co_stacksize + 1)
    pyc.write_bytes(data[:16] + marshal.dumps(module.replace(co_consts=tuple(constants))))
    (said,) = said_of(copy, capsys)
    assert said.endswith(" is not what its source compiles to; delete it")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="has no such caches")
def test_bytecode_with_changed_inline_caches_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python fills the caches between instructions as they run, and trusts their contents."""
    pyc = Path(py_compile.compile(str(copy / "_http" / "checks.py")) or "")
    data = pyc.read_bytes()
    code = marshal.loads(data[16:])
    plain, offset = next(
        (function.co_code, instruction.offset)
        for function in code.co_consts
        if isinstance(function, CodeType)
        for instruction in dis.get_instructions(function)
        if instruction.opname == "LOAD_GLOBAL"
    )
    filled = bytearray(plain)
    filled[offset + 4] = 7  # after the instruction and a counter
    changed = data.replace(plain, filled)
    assert changed != data and marshal.loads(changed[16:]) == code
    pyc.write_bytes(changed)
    (said,) = said_of(copy, capsys)
    assert said.endswith(" is not what its source compiles to; delete it")


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("client.cpython-27.pyc", "is for another Python, and cannot be verified by this one"),
        ("absent.{tag}.pyc", "has no source"),
        ("notes.txt", "has no source"),
        ("client.{tag}.pyc", "cannot be read (ImportError)"),
        ("client.{tag}.opt-1.pyc", "cannot be read (ImportError)"),
    ],
)
def test_bytecode_that_cannot_be_verified_is_found(
    name: str, fault: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy / "__pycache__"
    folder.mkdir()
    name = name.format(tag=sys.implementation.cache_tag)
    (folder / name).write_bytes(b"")
    assert said_of(copy, capsys) == [f"bytecode: __pycache__/{name} {fault}; delete it"]


# What happens to copies by accident


def test_changed_line_ends_are_named_as_such(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("LICENSE", "client.py"):
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data.replace(b"\n", b"\r\n"))
    assert said_of(copy, capsys) == [
        "differs: LICENSE, but for its line ends (a checkout with core.autocrlf?)",
        "differs: client.py, but for its line ends (a checkout with core.autocrlf?)",
    ]


def test_a_note_with_changed_line_ends_is_read_and_named_as_such(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = copy / "VENDORED.txt"
    note.write_bytes(note.read_bytes().replace(b"\n", b"\r\n"))
    assert said_of(copy, capsys) == [
        "differs: VENDORED.txt, but for its line ends (a checkout with core.autocrlf?)"
    ]


def test_a_folder_in_place_of_a_file_is_found(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "client.py").unlink()
    (copy / "client.py").mkdir()
    (copy / "models.py").unlink()
    (copy / "models.py").symlink_to(copy / "absent")
    assert said_of(copy, capsys) == [
        "differs: models.py, and is a link or no file",
        "missing: client.py",
    ]


@pytest.mark.parametrize("name", ["client.py", "VENDORED.txt", "_http"])
def test_a_link_to_the_same_contents_elsewhere_is_found(
    name: str, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The owner of the target could change it after the check."""
    elsewhere = copy.with_name("elsewhere")
    (copy / name).rename(elsewhere)
    (copy / name).symlink_to(elsewhere)
    assert vendor.main(["--check", str(copy)]) == 1
    said = capsys.readouterr()
    assert {
        "client.py": "differs: client.py, and is a link or no file",
        "VENDORED.txt": "has no VENDORED.txt",
        "_http": "additional: _http\n",
    }[name] in said.out + said.err


def test_bytecode_that_is_a_link_is_found(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = cached(copy, "client.py")
    py_compile.compile(str(copy / "client.py"))
    link.rename(copy.with_name("elsewhere"))
    link.symlink_to(copy.with_name("elsewhere"))
    name = link.relative_to(copy).as_posix()
    assert said_of(copy, capsys) == [f"bytecode: {name} is a link or no file; delete it"]


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs a user who may not read all")
def test_a_folder_that_cannot_be_listed_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It may contain a module that another user can import."""
    with as_nobody() as folder:
        assert vendor.main([str(folder / "copy")]) == 0
        (folder / "copy" / "_more").mkdir()
        (folder / "copy" / "_more").chmod(0o311)
        try:
            assert vendor.main(["--check", str(folder / "copy")]) == 1
        finally:
            (folder / "copy" / "_more").chmod(0o711)
    assert "Permission denied" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_control_characters_in_names_and_notes_are_escaped(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b[2J\r\n\u202e\u200b\U000e0041"
    escaped = r"\x1b[2J\r\n\u202e\u200b\U000e0041"
    (copy / f"{evil}.py").touch()
    assert said_of(copy, capsys) == [f"additional: {escaped}.py"]
    assert vendor.main([str(copy)]) == 1
    assert capsys.readouterr().err.endswith(f": {escaped}.py\n")
    (copy / f"{evil}.py").unlink()
    edit_note(copy, r"^# ancla-sdk \S+,", "# ancla-sdk \x1b[2J,")
    assert vendor.main(["--check", str(copy)]) == 0
    assert vendor.main(["--check", str(copy.with_name(evil))]) == 1
    said = capsys.readouterr()
    assert "ancla-sdk \\x1b[2J, " in said.out
    assert "\x1b" not in said.out + said.err and "\u202e" not in said.out + said.err


# What a copy was compared with


@pytest.mark.parametrize("options", [[], ["--zip"]], ids=["folder", "zip"])
def test_a_strict_check_fails_unless_the_copy_was_compared_with_the_package(
    options: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = tmp_path / "anything"
    assert vendor.main([str(copy), *options]) == 0
    assert vendor.main(["--check", "--strict", str(copy)]) == 0
    capsys.readouterr()
    monkeypatch.setattr(vendor, "__version__", "99.0.0")
    assert vendor.main(["--check", str(copy)]) == 0
    assert vendor.main(["--check", "--strict", str(copy)]) == 1
    said = capsys.readouterr().err
    assert said == f"{copy} was not compared with a package, which --strict requires\n"


def test_a_strict_check_finds_a_version_a_file_and_a_hash_edited_together(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "client.py").write_bytes(b"print('owned')")
    hash_again(copy, "client.py")
    edit_note(copy, r"^# ancla-sdk \S+,", "# ancla-sdk 9.9.9,")
    assert vendor.main(["--check", str(copy)]) == 0
    assert vendor.main(["--check", "--strict", str(copy)]) == 1


@on_one_python
@pytest.mark.parametrize("shape", ["folder", "zip"])
def test_the_error_for_a_copy_without_a_note_says_what_to_do(
    shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy made by hand, or by `vendoring`."""
    if shape == "zip":
        dest = Path(shutil.make_archive(str(tmp_path / "hand"), "zip", PROJECT / "ancla"))
    else:
        dest = Path(shutil.copytree(PROJECT / "ancla", tmp_path / "hand"))
    for options in ([], ["--check"], ["--force"]):
        assert vendor.main([str(dest), *options]) == 1
        said = capsys.readouterr().err
        assert f"{dest} has no VENDORED.txt, so this command did not write it" in said
        assert "made by hand or by another tool" in said and "move it away" in said


def test_a_package_whose_sources_are_missing_says_so(tmp_path: Path) -> None:
    """As with bytecode only, or if the loader of the package has no files when it is frozen."""
    assert vendor.main([str(tmp_path / "anything")]) == 0
    program = f"""
        import os, sys, anything
        from anything import vendor
        sys.stderr = sys.stdout
        os.unlink(vendor.__file__)
        print(vendor.main(["copy"]))
        anything.__spec__.loader = None
        print(vendor.main(["copy"]))
        print(vendor.main(["--check", {str(tmp_path / "other")!r}]))
    """
    assert vendor.main([str(tmp_path / "other")]) == 0
    said = run_program(textwrap.dedent(program), path=[tmp_path], cwd=tmp_path)
    one, status, two, again, three, last = said.splitlines()
    assert (status, again, last) == ("1", "1", "1")
    for line in (one, two, three):
        assert "without its sources (it is frozen, or holds bytecode only)" in line
    assert not (tmp_path / "copy").exists()

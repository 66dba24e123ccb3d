"""An update of a copy that would lose something needs --force."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import ancla
from ancla import vendor
from tests.once import on_one_python, one_in
from tests.vendor.helpers import files_below


def change_files(copy: Path) -> list[str]:
    (copy / "client.py").write_text("changed", encoding="utf-8")
    (copy / "_http" / "retry.py").write_text("changed", encoding="utf-8")
    return ["was changed since it was written: _http/retry.py, client.py"]


def change_a_file_and_its_hash(copy: Path) -> list[str]:
    note = copy / "VENDORED.txt"
    (copy / "client.py").write_text("changed", encoding="utf-8")
    text = re.sub(
        r"\w{64}(  client\.py)", hashlib.sha256(b"changed").hexdigest() + r"\1", note.read_text()
    )
    note.write_text(text)
    return ["was changed since it was written: VENDORED.txt, client.py"]


def make_newer(copy: Path) -> list[str]:
    note = copy / "VENDORED.txt"
    note.write_text(note.read_text().replace(f"sdk {ancla.__version__},", "sdk 99.0.0rc1,"))
    return [f"has version 99.0.0rc1, newer than {ancla.__version__}"]


def make_newer_and_change_files(copy: Path) -> list[str]:
    return [*make_newer(copy), *change_files(copy)]


def make_link(copy: Path) -> list[str]:
    (copy / "client.py").rename(copy.with_name("mine.py"))
    (copy / "client.py").symlink_to(copy.with_name("mine.py"))
    return ["was changed since it was written: client.py"]


@on_one_python
@pytest.mark.parametrize(
    "change",
    [
        change_files,
        pytest.param(
            change_a_file_and_its_hash,
            marks=pytest.mark.skipif(
                ".dev" in ancla.__version__, reason="another commit has other hashes, too"
            ),
        ),
        make_newer,
        make_newer_and_change_files,
        make_link,
    ],
)
def test_an_update_that_would_lose_changes_needs_force(
    change: Callable[[Path], list[str]], copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    losses = change(copy)
    before = files_below(copy.parent)
    assert vendor.main([str(copy), "--minimal"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{copy} {', and '.join(losses)}; nothing was changed (--force replaces it)" in said.err
    assert files_below(copy.parent) == before
    assert vendor.main([str(copy), "--minimal", "--force"]) == 0
    assert vendor.main(["--check", "--strict", str(copy)]) == 0


@pytest.mark.parametrize("version", one_in(4, ["0.9.0", "2.0.0", "2.0.0.dev1", "what?"]))
def test_an_update_to_a_version_that_is_not_older_needs_no_force(
    version: str, copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as context:
        context.setattr(vendor, "__version__", version)
        assert vendor.main([str(copy), "--force"]) == 0
    assert vendor.main([str(copy)]) == 0


def test_a_copy_with_changed_line_ends_is_updated_without_force(copy: Path) -> None:
    for path in copy.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert vendor.main([str(copy)]) == 0


def test_a_note_that_names_a_file_outside_of_the_copy_writes_none(copy: Path) -> None:
    beside = copy.with_name("__main__.py")
    beside.write_text("three years of work", encoding="utf-8")
    with open(copy / "VENDORED.txt", "a", encoding="utf-8") as note:
        note.write(f"{'0' * 64}  ../__main__.py\n")
    assert vendor.main([str(copy), "--force"]) == 0
    assert beside.read_text(encoding="utf-8") == "three years of work"
    assert vendor.main(["--check", str(copy)]) == 0

"""`python -m ancla.vendor` follows no links that somebody has planted beside a copy."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from ancla import vendor
from ancla._copies import writing
from tests.once import one_in
from tests.vendor.helpers import ended_process, files_below


def planted_names(dest: Path) -> list[Path]:
    """Paths beside the copy, with the id of this process and of one that has ended."""
    ids = (os.getpid(), ended_process())
    return [dest.with_name(f".{dest.name}.{id}.{word}") for id in ids for word in ("new", "old")]


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder of somebody else, with its own permissions."""
    victim = tmp_path / "victim"
    (victim / "inner").mkdir(parents=True)
    (victim / "thesis.txt").write_text("three years of work", encoding="utf-8")
    (victim / "thesis.txt").chmod(0o444)
    (victim / "inner").chmod(0o755)
    victim.chmod(0o555)
    return victim


def modes_below(folder: Path) -> dict[Path, int]:
    return {path: stat.S_IMODE(path.lstat().st_mode) for path in [folder, *folder.rglob("*")]}


@pytest.mark.parametrize("is_update", [False, True], ids=["first", "update"])
@pytest.mark.parametrize("target", one_in(4, ["victim", "victim/thesis.txt", "absent", "."]))
@pytest.mark.parametrize("options", [[], ["--zip"]], ids=["folder", "zip"])
def test_a_link_beside_the_copy_is_removed_and_not_followed(
    options: list[str], target: str, is_update: bool, victim: Path
) -> None:
    dest = victim.parent / "project" / "ancla"
    dest.parent.mkdir()
    if is_update:
        assert vendor.main([str(dest), *options]) == 0
    for link in planted_names(dest):
        if not (options and link.suffix == ".old"):  # a zip is replaced in one step, without .old
            link.symlink_to(Path("..") / target)
    modes, contents = modes_below(victim), files_below(victim)
    assert vendor.main([str(dest), *options]) == 0
    assert (modes_below(victim), files_below(victim)) == (modes, contents)
    assert list(dest.parent.iterdir()) == [dest]
    assert sorted(victim.parent.iterdir()) == sorted([dest.parent, victim])


def test_links_in_the_remains_of_a_killed_run_are_not_followed(copy: Path, victim: Path) -> None:
    left = copy.with_name(f".{copy.name}.{ended_process()}.new")
    left.mkdir()
    (left / "_http").symlink_to(victim)
    (left / "client.py").symlink_to(victim / "thesis.txt")
    left.chmod(0o555)
    modes, contents = modes_below(victim), files_below(victim)
    assert vendor.main([str(copy)]) == 0
    assert (modes_below(victim), files_below(victim)) == (modes, contents)
    assert not left.exists()


@pytest.mark.parametrize("options", [[], ["--zip"]], ids=["folder", "zip"])
def test_a_link_that_appears_just_before_the_copy_is_written_is_not_followed(
    options: list[str],
    victim: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dest = victim.parent / "project" / "ancla"
    remove = writing._remove_leftovers

    def remove_and_plant(dest: Path) -> None:
        remove(dest)
        target = victim / "thesis.txt" if options else victim / "inner"
        planted_names(dest)[0].symlink_to(target)

    monkeypatch.setattr(writing, "_remove_leftovers", remove_and_plant)
    modes, contents = modes_below(victim), files_below(victim)
    assert vendor.main([str(dest), *options]) == 1
    assert "File exists" in capsys.readouterr().err
    assert (modes_below(victim), files_below(victim)) == (modes, contents)
    assert list(dest.parent.iterdir()) == []


def test_a_link_that_replaces_the_folder_being_written_is_not_followed(
    victim: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dest = victim.parent / "project" / "ancla"
    new, create = planted_names(dest)[0], writing._create

    def create_and_plant(path: Path, data: bytes) -> None:
        create(path, data)
        if not new.is_symlink():
            assert stat.S_IMODE(new.stat().st_mode) == 0o700  # other users cannot list it
            new.rename(new.with_name("stolen"))
            new.symlink_to(victim)

    monkeypatch.setattr(writing, "_create", create_and_plant)
    modes, contents = modes_below(victim), files_below(victim)
    assert vendor.main([str(dest)]) == 1
    assert "No such file" in capsys.readouterr().err
    assert (modes_below(victim), files_below(victim)) == (modes, contents)
    assert list(dest.parent.iterdir()) == [new.with_name("stolen")]


@pytest.mark.parametrize("target", ["inner", "absent"])
def test_a_link_in_a_copy_of_a_container_s_image_is_not_followed(
    target: str, copy: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """overlayfs raises EXDEV for folders of a lower layer, as if they were on another disk."""
    (copy / "client.py").unlink()
    (copy / "client.py").symlink_to(victim / target)
    lower, rename = copy.stat().st_ino, os.replace

    def overlay_rename(source: Path, target: Path) -> None:
        if source.stat().st_ino == lower:
            raise OSError(errno.EXDEV, "invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(os, "replace", overlay_rename)
    modes, contents = modes_below(victim), files_below(victim)
    assert vendor.main([str(copy), "--force"]) == 0
    assert (modes_below(victim), files_below(victim)) == (modes, contents)
    assert vendor.main(["--check", str(copy)]) == 0
    assert sorted(copy.parent.iterdir()) == sorted([copy, victim])

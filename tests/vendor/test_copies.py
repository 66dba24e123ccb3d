"""`python -m ancla.vendor`: what it writes, what it does not replace, and what --check finds."""

from __future__ import annotations

import errno
import itertools
import os
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import ancla
from ancla import vendor
from tests.once import on_one_python, one_in
from tests.vendor.helpers import as_nobody, ended_process, files_below, without_commit

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "ancla"


COMMAND_LINE = ("__main__.py", "command_line.py", "_cli/", "doctor.py", "_doctor/")
OPTIONAL = (
    *COMMAND_LINE,
    *("_copies/", "_fake/", "_api/slots.py", "async_client.py", "testing.py", "vendor.py"),
)
NEEDED = {name for name in files_below(PACKAGE) if not name.startswith(OPTIONAL)}


def test_the_licence_in_the_package_is_the_project_s() -> None:
    assert (PACKAGE / "LICENSE").read_bytes() == (PROJECT / "LICENSE").read_bytes()


def test_the_licence_is_in_a_module_too_so_that_no_build_leaves_it_out() -> None:
    licence = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    as_comment = "".join(f"# {line}".rstrip() + "\n" for line in licence.splitlines())
    assert (PACKAGE / "__init__.py").read_text(encoding="utf-8").endswith(f"\n{as_comment}")


def test_a_copy_holds_the_package_byte_for_byte_and_a_note(copy: Path) -> None:
    written = files_below(copy)
    note = written.pop("VENDORED.txt").decode()
    assert written == files_below(PACKAGE)
    name, url = f"# ancla-sdk {ancla.__version__}", f"# pkg:pypi/ancla-sdk@{ancla.__version__}"
    assert note.startswith(f"{name}, vendored\n{url}\n")


def test_a_minimal_copy_holds_the_needed_files_only(tmp_path: Path) -> None:
    assert vendor.main([str(tmp_path / "copy"), "--minimal"]) == 0
    assert files_below(tmp_path / "copy").keys() == {*NEEDED, "VENDORED.txt"}


def test_the_note_is_what_sha256sum_reads(copy: Path) -> None:
    try:
        checked = subprocess.run(
            ["sha256sum", "--strict", "-c", "VENDORED.txt"],
            cwd=copy,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        pytest.skip("sha256sum is not on this machine")
    assert checked.stderr == ""
    assert checked.stdout.count(": OK\n") == len(files_below(PACKAGE))


def test_success_prints_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy, files = tmp_path / "copy", f"{len(NEEDED)} files and VENDORED.txt"
    vendor.main([str(copy), "--minimal"])
    said = capsys.readouterr()
    assert said.out == f"ancla-sdk {ancla.__version__}: {files} written to {copy}\n"
    assert said.err == ""

    vendor.main(["--check", str(copy)])
    checked, compared = capsys.readouterr().out.splitlines()
    number = len(NEEDED)
    assert checked == f"{copy}: ancla-sdk {ancla.__version__}, {number} files as they were written"
    assert compared == f"  compared with ancla-sdk {ancla.__version__} in {ancla.__path__[0]}"


def test_an_ascii_output_is_no_error(tmp_path: Path) -> None:
    for arguments in one_in(2, (["größe"], ["--check", "größe"])):
        said = subprocess.run(
            [sys.executable, "-m", "ancla.vendor", *arguments],
            env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "ascii"},
            cwd=tmp_path,
            check=True,
            capture_output=True,
        )
        assert rb"gr\xf6\xdfe" in said.stdout


def test_a_copy_has_the_permissions_that_the_umask_gives(copy: Path) -> None:
    (copy.parent / "ordinary").mkdir()
    assert stat.S_IMODE(copy.stat().st_mode) == stat.S_IMODE(
        (copy.parent / "ordinary").stat().st_mode
    )


def test_a_zip_holds_the_same_as_a_folder(copy: Path, zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as archive:
        contents = {name.removeprefix("ancla/"): archive.read(name) for name in archive.namelist()}
    assert contents == files_below(copy)


def test_a_zip_is_the_same_bytes_on_windows(
    tmp_path: Path, zipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    vendor.main([str(tmp_path / "again.zip"), "--zip"])
    assert (tmp_path / "again.zip").read_bytes() == zipped.read_bytes()


def test_the_check_names_differing_missing_and_additional_files(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "client.py").write_text("changed", encoding="utf-8")
    (copy / "_http" / "retry.py").unlink()
    (copy / "_http" / "mine.py").touch()
    assert vendor.main(["--check", str(copy)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs: client.py",
        "missing: _http/retry.py",
        "additional: _http/mine.py",
    ]


def test_the_check_names_links_that_are_additional(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "_tools").symlink_to(copy.parent)
    (copy / "_http" / "nowhere").symlink_to(copy / "absent")
    assert vendor.main(["--check", str(copy)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "additional: _http/nowhere",
        "additional: _tools",
    ]


def test_the_check_of_a_zip_names_differing_missing_and_additional_files(
    zipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = zipped.with_name("changed.zip")
    with zipfile.ZipFile(zipped) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            if name != "ancla/models.py":
                data = before.read(name)
                after.writestr(name, data + b"1" if name == "ancla/client.py" else data)
        after.writestr("client.py", "outside")
    assert vendor.main(["--check", str(changed)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "differs: client.py",
        "differs: the zip itself, apart from its files (was it repacked, or appended to? "
        "To check such a copy, unpack it and check the folder)",
        "missing: models.py",
        "additional: ../client.py",
    ]


def damage_checksum(entry: bytearray) -> None:
    entry[16] ^= 1


def encrypt(entry: bytearray) -> None:
    entry[8] |= 1


def compress_by_another_method(entry: bytearray) -> None:
    entry[10] = 99


def deflate(entry: bytearray) -> None:
    entry[10] = zipfile.ZIP_DEFLATED


@pytest.mark.parametrize("damage", [damage_checksum, encrypt, compress_by_another_method, deflate])
def test_the_check_of_a_zip_that_cannot_be_read_says_so(
    damage: Callable[[bytearray], None], zipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(zipped.read_bytes())
    start = data.index(b"PK\x01\x02")  # the first entry of the directory
    entry = data[start:]
    damage(entry)
    zipped.write_bytes(data[:start] + entry)

    assert vendor.main(["--check", str(zipped)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"python -m ancla.vendor: error: {zipped} cannot be read: ")


def test_writing_again_updates_a_copy_and_leaves_nothing_beside_it(copy: Path) -> None:
    (copy / "models.py").unlink()
    assert vendor.main([str(copy), "--minimal"]) == 0
    assert vendor.main(["--check", str(copy)]) == 0
    assert not (copy / "testing.py").exists()
    assert list(copy.parent.iterdir()) == [copy]


SHAPES = [[], ["--full"], ["--cli"], ["--minimal"]]


@pytest.mark.parametrize("options", one_in(4, SHAPES), ids=" ".join)
def test_writing_again_keeps_the_options_that_a_copy_was_written_with(
    options: list[str], tmp_path: Path
) -> None:
    for dest, kind in ((tmp_path / "copy", []), (tmp_path / "copy.zip", ["--zip"])):
        assert vendor.main([str(dest), *options, *kind]) == 0
        before = files_below(tmp_path)
        assert vendor.main([str(dest)]) == 0
        assert files_below(tmp_path) == before


def test_other_options_change_the_shape_of_a_copy(copy: Path) -> None:
    full = files_below(copy)
    assert vendor.main([str(copy), "--minimal"]) == 0
    assert not (copy / "testing.py").exists()
    assert vendor.main([str(copy), "--full"]) == 0
    assert files_below(copy) == full


def test_a_copy_for_the_command_line_has_no_fake_ancla(tmp_path: Path) -> None:
    assert vendor.main([str(tmp_path / "copy"), "--cli"]) == 0
    names = files_below(tmp_path / "copy").keys() - {*NEEDED, "VENDORED.txt"}
    assert names == {name for name in files_below(PACKAGE) if name.startswith(COMMAND_LINE)}


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="Windows has no such permissions")
def test_a_read_only_copy_is_updated_too() -> None:
    with as_nobody() as folder:
        copy = folder / "anything"
        assert vendor.main([str(copy)]) == 0
        for path in [*copy.rglob("*"), copy]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        assert vendor.main([str(copy)]) == 0
        assert list(folder.iterdir()) == [copy]


def test_a_link_to_a_copy_stays_a_link(copy: Path) -> None:
    link = copy.with_name("link")
    link.symlink_to(copy)
    assert vendor.main([str(link), "--minimal"]) == 0
    assert link.is_symlink()
    assert not (copy / "testing.py").exists()


def make_empty_folder(dest: Path) -> None:
    dest.mkdir()


def make_folder_of_something_else(dest: Path) -> None:
    dest.mkdir()
    (dest / "thesis.txt").write_text("three years of work", encoding="utf-8")


def make_folder_with_another_note(dest: Path) -> None:
    make_folder_of_something_else(dest)
    (dest / "VENDORED.txt").write_text("left-pad 1.0.0, vendored\n", encoding="utf-8")


def make_file(dest: Path) -> None:
    dest.write_text("three years of work", encoding="utf-8")


def make_zip_of_something_else(dest: Path) -> None:
    with zipfile.ZipFile(dest, "w") as archive:
        archive.writestr("thesis.txt", "three years of work")


def make_copy_with_a_file_of_the_user_s(dest: Path) -> None:
    assert vendor.main([str(dest)]) == 0
    (dest / "thesis.txt").write_text("three years of work", encoding="utf-8")


def make_copy(dest: Path) -> None:
    assert vendor.main([str(dest)]) == 0


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (make_empty_folder, []),
        (make_folder_of_something_else, []),
        (make_folder_with_another_note, []),
        (make_file, []),
        (make_file, ["--zip"]),
        (make_zip_of_something_else, ["--zip"]),
        (make_copy, ["--zip"]),
        (make_copy_with_a_file_of_the_user_s, []),
    ],
)
def test_a_destination_that_is_no_copy_is_an_error_and_unchanged(
    make: Callable[[Path], None],
    options: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make(tmp_path / "dest")
    before = files_below(tmp_path)
    capsys.readouterr()
    assert vendor.main([str(tmp_path / "dest"), *options]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(
        r"python -m ancla\.vendor: error: \S+/dest .*nothing was changed.*\n", said.err
    )
    assert files_below(tmp_path) == before


@pytest.mark.parametrize("make", [make_folder_of_something_else, make_file, None])
def test_the_check_of_a_path_that_is_no_copy_fails(
    make: Callable[[Path], None] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if make is not None:
        make(tmp_path / "dest")
    assert vendor.main(["--check", str(tmp_path / "dest")]) == 1
    assert "error: " in capsys.readouterr().err


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_failed_rename_keeps_the_old_copy(
    fails_at: int, copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The n-th rename fails: that of the old copy, or that of the new one."""
    before = files_below(copy)
    rename, calls = os.replace, 0

    def failing_rename(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(errno.EIO, "the disk says no")
        rename(source, target)

    monkeypatch.setattr(os, "replace", failing_rename)
    assert vendor.main([str(copy), "--minimal"]) == 1
    assert "the disk says no" in capsys.readouterr().err
    assert files_below(copy) == before
    assert list(copy.parent.iterdir()) == [copy]


def test_an_old_copy_that_cannot_be_put_back_is_not_removed(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files_below(copy)
    rename = os.replace

    def rename_of_the_old_copy_only(source: Path, target: Path) -> None:
        if source != copy:
            raise OSError(errno.EIO, "the disk says no")
        rename(source, target)

    monkeypatch.setattr(os, "replace", rename_of_the_old_copy_only)
    assert vendor.main([str(copy), "--minimal"]) == 1
    assert "the disk says no" in capsys.readouterr().err
    (old,) = copy.parent.iterdir()
    assert files_below(old) == before


@pytest.mark.parametrize("process_id", [os.getpid, ended_process])
def test_remains_of_a_killed_run_are_removed(process_id: Callable[[], int], copy: Path) -> None:
    for word in ("new", "old"):
        left = copy.with_name(f".{copy.name}.{process_id()}.{word}")
        left.mkdir()
        (left / "half.py").touch()
    copy.with_name(f".{copy.name}.zip.1.new").touch()  # of another copy
    assert vendor.main([str(copy)]) == 0
    assert vendor.main(["--check", str(copy)]) == 0
    copy.with_name(f".{copy.name}.zip.1.new").unlink()
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.skipif(sys.platform == "win32", reason="cannot tell there who is running")
def test_files_of_another_running_process_are_kept(copy: Path) -> None:
    with subprocess.Popen([sys.executable, "-I", "-S"], stdin=subprocess.PIPE) as process:
        other = copy.with_name(f".{copy.name}.{process.pid}.new")
        other.mkdir()
        assert vendor.main([str(copy)]) == 0
        assert other.is_dir()
        process.communicate()
    assert vendor.main([str(copy)]) == 0
    assert not other.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="cannot tell there who is running")
def test_the_old_copy_of_a_killed_run_is_kept_until_a_new_one_exists(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = copy.with_name(f".{copy.name}.{ended_process()}.old")
    copy.rename(old)
    with monkeypatch.context() as context:
        context.setattr(os, "replace", lambda source, target: os.stat(source / "absent"))
        assert vendor.main([str(copy)]) == 1
    assert old.is_dir()
    assert vendor.main([str(copy)]) == 0
    assert list(copy.parent.iterdir()) == [copy]


def test_a_run_that_another_run_overtakes_leaves_nothing_behind(
    copy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rename = os.replace

    def overtaken_rename(source: Path, target: Path) -> None:
        rename(source, target)
        if source == copy:  # the old copy has been renamed
            monkeypatch.setattr(os, "replace", rename)
            assert vendor.main([str(copy), "--minimal"]) == 0

    monkeypatch.setattr(os, "replace", overtaken_rename)
    monkeypatch.setattr(os, "getpid", itertools.count(1).__next__)  # of two processes
    assert vendor.main([str(copy)]) == 1
    assert "error: " in capsys.readouterr().err
    assert vendor.main(["--check", str(copy)]) == 0
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize("options", [[], ["--zip"]])
def test_a_full_disk_keeps_the_old_copy(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Simulated by a limit of 10,000 bytes per file."""
    import resource

    dest = tmp_path / "dest"
    assert vendor.main([str(dest), *options]) == 0
    before = files_below(tmp_path)

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        assert vendor.main([str(dest), *options, "--minimal"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "File too large" in capsys.readouterr().err
    assert files_below(tmp_path) == before
    assert list(tmp_path.iterdir()) == [dest]


@pytest.mark.parametrize("options", [[], ["--zip"]], ids=["folder", "zip"])
def test_force_replaces_no_path_that_is_no_copy_or_has_additional_files(
    options: list[str], tmp_path: Path
) -> None:
    make_file(tmp_path / "file")
    make_folder_of_something_else(tmp_path / "folder")
    make_copy_with_a_file_of_the_user_s(tmp_path / "copy")
    before = files_below(tmp_path)
    for dest in tmp_path.iterdir():
        assert vendor.main([str(dest), *options, "--force"]) == 1
    assert files_below(tmp_path) == before


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs a user who may not search all")
@pytest.mark.parametrize("options", [[], ["--check"], ["--zip"]], ids=["folder", "check", "zip"])
def test_a_destination_below_a_forbidden_folder_is_an_error_in_one_line(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with as_nobody() as folder:
        (folder / "locked").mkdir()
        (folder / "locked").chmod(0o600)
        try:
            assert vendor.main([str(folder / "locked" / "tool" / "ancla"), *options]) == 1
        finally:
            (folder / "locked").chmod(0o700)
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1 and said.err.startswith(
        "python -m ancla.vendor: error: "
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "DEST"),
        ([""], "should not be empty"),
        (["tool/ancla-1.0"], "'ancla-1.0'"),
        (["tool/import"], "'import'"),
        (["copy", "--check", "--minimal"], "--check can be combined only with --strict"),
        (["copy", "--cli", "--minimal"], "not allowed with argument"),
        (["copy", "--strict"], "--strict requires --check"),
        (["copy", "--forced"], "--forced"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_what_is_wrong(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        vendor.main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps working directories")
def test_a_deleted_working_directory_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SystemExit) as stopped:
        vendor.main(["copy"])
    assert stopped.value.code == 2
    assert "argument DEST: cannot be found: " in capsys.readouterr().err


def test_a_loop_of_links_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    # Python 3.13 resolves such a link, so the exit status depends on the version.
    try:
        assert vendor.main([str(tmp_path / "circle")]) == 1
    except SystemExit as stopped:
        assert stopped.code == 2
    assert "error: " in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes in folders")
def test_a_pipe_is_an_error_and_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert vendor.main(["--check", str(tmp_path / "pipe")]) == 1


def test_the_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        vendor.main(["--help"])
    assert stopped.value.code == 0
    assert "python -m ancla.vendor mytool/_vendor/ancla --minimal" in capsys.readouterr().out


@on_one_python
def test_a_zip_writes_the_same_copy_as_the_package_in_it(copy: Path, zipped: Path) -> None:
    from_zip = copy.with_name("from_zip")
    subprocess.run(
        [sys.executable, "-m", "ancla.vendor", str(from_zip)],
        env={**os.environ, "PYTHONPATH": str(zipped)},
        cwd=copy.parent,
        check=True,
        capture_output=True,
    )
    assert without_commit(files_below(from_zip)) == without_commit(files_below(copy))


@on_one_python
def test_a_copy_of_another_name_writes_a_copy_and_checks_it(copy: Path) -> None:
    for arguments in (["again"], ["--check", "again"]):
        subprocess.run(
            [sys.executable, "-B", "-m", "anything.vendor", *arguments],
            env={**os.environ, "PYTHONPATH": str(copy.parent)},
            cwd=copy.parent,
            check=True,
            capture_output=True,
        )
    again = files_below(copy.with_name("again"))
    assert without_commit(again) == without_commit(files_below(copy))

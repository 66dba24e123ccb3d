"""`python -m ancla.vendor --check` of zips with other bytes than the command writes."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import ancla
from ancla import vendor
from tests.once import on_one_python, one_in

OWNED = b"print('owned')\n"


def with_evil_name(zipped: Path) -> None:
    """zipfile ends the name at NUL, so it reads this entry in place of the good one."""
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("ancla/exceptions.py_", OWNED)
    evil = zipped.read_bytes().replace(b"ancla/exceptions.py_", b"ancla/exceptions.py\0")
    zipped.write_bytes(evil)


def with_one_twice(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as archive:
        contents = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(zipped, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr("ancla/client.py", OWNED)
        for name, data in contents:
            archive.writestr(name, data)


def with_a_size_that_is_too_small(zipped: Path) -> None:
    """zipfile reads file_size bytes of an entry, but Python's import reads compress_size."""
    with zipfile.ZipFile(zipped) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    good = contents["ancla/client.py"]
    contents["ancla/client.py"] = good + OWNED
    with zipfile.ZipFile(zipped, "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    edited = bytearray(zipped.read_bytes())
    place = (
        edited.rindex(b"ancla/client.py") - 46
    )  # in the central directory, which follows all entries
    struct.pack_into("<I", edited, place + 16, zlib.crc32(good))
    struct.pack_into("<I", edited, place + 24, len(good))
    local = edited.index(b"ancla/client.py") - 30
    struct.pack_into("<I", edited, local + 14, zlib.crc32(good))
    zipped.write_bytes(edited)


def with_a_script_before_it(zipped: Path) -> None:
    zipped.write_bytes(b"#!/bin/sh\necho owned; exit\n" + zipped.read_bytes())


def with_bytes_between_entries(zipped: Path) -> None:
    data = zipped.read_bytes()
    directory = data.index(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    head = bytearray(data[end:])
    struct.pack_into("<I", head, 16, directory + len(OWNED))
    zipped.write_bytes(data[:directory] + OWNED + data[directory:end] + head)


def with_a_start_of_its_own(zipped: Path) -> None:
    with zipfile.ZipFile(zipped, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a zipapp then has it twice
        archive.writestr("__main__.py", OWNED)


def with_bytecode(zipped: Path) -> None:
    """Python runs it in place of the source in a zip if it has the time and size of the source."""
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("ancla/client.pyc", OWNED)


def packed_again(zipped: Path) -> None:
    with zipfile.ZipFile(zipped) as archive:
        contents = {entry: archive.read(entry) for entry in archive.infolist()}
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, data in contents.items():
            archive.writestr(entry.filename, data)


THE_ZIP_DIFFERS = (
    "differs: the zip itself, apart from its files (was it repacked, or appended to? To "
    "check such a copy, unpack it and check the folder)"
)
TAMPERED = [
    with_evil_name,
    with_one_twice,
    with_a_size_that_is_too_small,
    with_a_script_before_it,
    with_bytes_between_entries,
    with_a_start_of_its_own,
    with_bytecode,
    packed_again,
]


@pytest.mark.parametrize(
    ("option", "version"), [("--zip", ancla.__version__), ("--zipapp", "0.9.0")]
)
@pytest.mark.parametrize("tamper", one_in(3, TAMPERED), ids=lambda tamper: tamper.__name__)
def test_a_zip_with_other_bytes_than_would_be_written_is_found(
    tamper: Callable[[Path], None],
    option: str,
    version: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Compared with the package of the same version, and with the note alone."""
    zipped = tmp_path / "ancla.zip"
    with monkeypatch.context() as context:
        context.setattr(vendor, "__version__", version)
        assert vendor.main([str(zipped), option]) == 0
    assert vendor.main(["--check", str(zipped)]) == 0
    tamper(zipped)
    capsys.readouterr()
    assert vendor.main(["--check", str(zipped)]) == 1
    assert THE_ZIP_DIFFERS in capsys.readouterr().out.splitlines()
    assert vendor.main([str(zipped)]) == 1
    assert "nothing was changed" in capsys.readouterr().err


def test_a_zip_that_differs_in_its_folders_alone_is_said_to_differ_in_nothing_else(
    zipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(zipped, "a") as archive:
        archive.writestr("ancla/", b"")
    assert vendor.main(["--check", str(zipped)]) == 1
    assert capsys.readouterr().out.splitlines() == [THE_ZIP_DIFFERS]


@pytest.mark.parametrize("option", ["--zip", "--zipapp"])
def test_a_repacked_zip_can_be_checked_as_a_folder(option: str, tmp_path: Path) -> None:
    zipped = tmp_path / "ancla.zip"
    assert vendor.main([str(zipped), option]) == 0
    packed_again(zipped)
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(tmp_path / "unpacked")
    assert vendor.main(["--check", "--strict", str(tmp_path / "unpacked" / "ancla")]) == 0


@on_one_python
def test_a_zip_that_is_too_large_for_a_copy_is_not_unpacked(
    zipped: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(zipped, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ancla/bomb.py", bytes(65 * 1024 * 1024))
    assert vendor.main(["--check", str(zipped)]) == 1
    assert "cannot be read: it is larger than any copy" in capsys.readouterr().err

"""Wheel and sdist: their contents, reproducible builds, and every way to install them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

import ancla
from tests.clean_process import ITS_OUTPUT, USE_THE_SDK, run_program, run_python
from tests.once import on_one_python

PROJECT = Path(__file__).parents[2]
DIST_INFO = f"ancla_sdk-{ancla.__version__}.dist-info"
PRINT_THE_VERSION = """
import importlib.metadata
print(importlib.metadata.version("ancla-sdk"))
"""
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
TOP_LEVEL_FILES = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
    "tox.ini",
}

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("flit_core") is None or importlib.util.find_spec("pip") is None,
    reason="builds and installs, which needs flit_core and pip",
)


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(PROJECT).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def build(kind: str, dest: Path, source: Path = PROJECT) -> Path:
    """Builds like a front end, with the hooks of PEP 517. Returns the file."""
    dest.mkdir(exist_ok=True)
    program = f"import sys; from flit_core import buildapi; buildapi.build_{kind}(sys.argv[1])"
    subprocess.run(
        [sys.executable, "-B", "-c", program, str(dest)],
        cwd=source,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"},
        check=True,
    )
    (built,) = dest.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", tmp_path_factory.mktemp("sdist"))


def names_in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        names = [member.name for member in archive if member.isfile()]
    top = f"ancla_sdk-{ancla.__version__}/"
    assert all(name.startswith(top) for name in names)
    return {name.removeprefix(top) for name in names}


def test_the_wheel_holds_the_package_its_metadata_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    package = files_below(PROJECT / "ancla")
    metadata = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"}
    assert names == package | {f"{DIST_INFO}/{name}" for name in metadata}


@on_one_python
def test_the_sdist_holds_the_project_and_nothing_else(sdist: Path) -> None:
    folders = [PROJECT / name for name in ("ancla", "docs", "tests", "typings")]
    expected = set().union(*map(files_below, folders)) | TOP_LEVEL_FILES | {"PKG-INFO"}
    assert names_in_sdist(sdist) == expected


def test_the_metadata_says_what_it_should(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata: Message = BytesParser().parsebytes(archive.read(f"{DIST_INFO}/METADATA"))
    assert metadata["Name"] == "ancla-sdk"
    assert metadata["Version"] == ancla.__version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("Requires-Dist") is None
    assert metadata.get_all("Project-URL") == ["Homepage, https://ancla.dev"]


@on_one_python
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_building_twice_gives_the_same_bytes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The second build is from a copy whose files have other times and permissions."""
    source = tmp_path / "source"
    shutil.copytree(
        PROJECT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
    )
    for path in source.rglob("*.py"):
        os.utime(path, (1600000000, 1600000000))
        path.chmod(0o600)
    first: Path = request.getfixturevalue(kind)
    again = build(kind, tmp_path / "again", source)
    assert again.name == first.name
    assert again.read_bytes() == first.read_bytes()


@on_one_python
def test_a_wheel_built_from_the_sdist_is_the_same(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        # Security releases of all Pythons added the filter; older releases lack it.
        if hasattr(tarfile, "data_filter"):
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(tmp_path)
    again = build("wheel", tmp_path / "again", tmp_path / f"ancla_sdk-{ancla.__version__}")
    assert again.read_bytes() == wheel.read_bytes()


def pip(*arguments: str | Path, cwd: Path) -> None:
    """Runs pip without a network, an index, a cache or a user's settings."""
    subprocess.run(
        [sys.executable, "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments],
        cwd=cwd,
        env={
            **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_NO_INDEX": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        },
        check=True,
    )


@on_one_python
def test_a_wheel_installs_without_index_in_an_environment(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env")
    scripts = tmp_path / "env" / SCRIPTS
    python = scripts / "python"
    pip("--python", python, "install", "--no-index", wheel, cwd=tmp_path)
    program = USE_THE_SDK.format(package="ancla") + PRINT_THE_VERSION
    said = run_python("-I", "-c", program, cwd=tmp_path, python=python)
    assert said == f"{ITS_OUTPUT}{ancla.__version__}\n"
    # Named like the distribution, so that `uvx ancla-sdk` and `pipx run ancla-sdk` find it.
    printed = subprocess.check_output([str(scripts / "ancla-sdk"), "--version"], text=True)
    assert printed == f"ancla-sdk {ancla.__version__}\n"


@on_one_python
def test_the_sdist_installs_into_a_folder(sdist: Path, tmp_path: Path) -> None:
    """Without build isolation, so that the build downloads nothing."""
    folder = tmp_path / "folder"
    pip("install", "--no-build-isolation", "--no-index", "--target", folder, sdist, cwd=tmp_path)
    program = USE_THE_SDK.format(package="ancla")
    assert run_program(program, path=[folder], cwd=tmp_path) == ITS_OUTPUT
    installed = {path.name for path in folder.iterdir()}
    assert installed == {"ancla", "bin", DIST_INFO}


INSTALL = [
    line
    for line in (PROJECT / "README.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("python3 -m pip ")
]
FROM_A_CLONE, FROM_GIT, MAKE_A_WHEEL, FROM_THE_WHEEL = INSTALL


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with the files of this one, for pip, which gets flit_core from an index."""
    folder = tmp_path_factory.mktemp("clone")
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist")
    shutil.copytree(PROJECT, folder, ignore=ignored, dirs_exist_ok=True)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com"]
    try:
        for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "all"]):
            subprocess.run([*git, *words], cwd=folder, check=True)
        download = ["download", "--quiet", "--no-deps", "--dest", f"{folder}/.index", "flit_core"]
        subprocess.run([sys.executable, "-m", "pip", *download], cwd=folder, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs git and a package index: {error}")
    return folder


@on_one_python
@pytest.mark.parametrize(
    "commands",
    [[FROM_A_CLONE], [FROM_GIT], [MAKE_A_WHEEL, FROM_THE_WHEEL]],
    ids=["clone", "git", "wheel"],
)
def test_the_readme_installs_it_in_a_clean_environment(
    commands: list[str], clone: Path, tmp_path: Path
) -> None:
    venv.create(tmp_path / "env")
    python = str(tmp_path / "env" / SCRIPTS / "python")
    for command in commands:
        words = command.replace("/path/to/clone", str(clone)).split()[3:]
        pip = [sys.executable, "-m", "pip", "--quiet", "--python", python, *words]
        subprocess.run(pip, cwd=clone, check=True)
    program = USE_THE_SDK.format(package="ancla") + PRINT_THE_VERSION
    said = run_python("-I", "-c", program, cwd=tmp_path, python=python)
    assert said == f"{ITS_OUTPUT}{ancla.__version__}\n"


def test_the_version_in_the_changelog_is_this_one() -> None:
    changelog = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert newest is not None
    # Between two releases, it is the next one's with .dev0.
    assert ancla.__version__ == newest[1] or re.fullmatch(r"\d+\.\d+\.0\.dev0", ancla.__version__)

"""Clean environments for what starts cold: a Python, one client, its dependencies, bytecode.

Each holds copies of just the packages that its client needs, so that what a cold start finds
there, and what an installation weighs, is what a user of that client has.
"""

from __future__ import annotations

import compileall
import re
import shutil
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path
from time import perf_counter

_HERE = Path(__file__).resolve().parent
_ROOT = _HERE.parents[1]
_NOT_COUNTED = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")

PEER_MODULE = "httpx_pydantic"


class Environment:
    """A virtual environment in its own directory."""

    def __init__(self, directory: Path) -> None:
        venv.create(directory, with_pip=False, symlinks=sys.platform != "win32")
        binaries = directory / ("Scripts" if sys.platform == "win32" else "bin")
        self._python = binaries / Path(sys.executable).name
        self._packages = next(directory.rglob("site-packages"))
        self.size = 0

    def start(self, *arguments: str) -> str:
        """What a new interpreter of this environment prints: `start("-c", "print(1)")`."""
        finished = subprocess.run(
            [self._python, "-I", *arguments],
            env={},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return finished.stdout.strip()

    def seconds_to_run(self, *arguments: str) -> float:
        """Seconds from before a new interpreter is started until after it ended."""
        start = perf_counter()
        self.start(*arguments)
        return perf_counter() - start

    def add_ours(self) -> None:
        shutil.copytree(_ROOT / "ancla", self._packages / "ancla", ignore=_NOT_COUNTED)
        self._finish()

    def add_installed(self, *names: str) -> None:
        """Packages of the bench's environment, with all that they depend on."""
        for name in _with_dependencies(names):
            for file in metadata.files(name) or []:
                if file.suffix == ".pyc" or ".." in file.parts or ".dist-info" in file.parts[0]:
                    continue
                target = self._packages / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
        self._finish()

    def add_peer_client(self) -> None:
        """The little httpx + pydantic client; its own size is not counted."""
        shutil.copy(_HERE / "peers" / f"{PEER_MODULE}.py", self._packages)
        self._compile()

    def _finish(self) -> None:
        files = (file for file in self._packages.rglob("*") if file.suffix != ".pyc")
        self.size = sum(file.stat().st_size for file in files if file.is_file())
        self._compile()

    def _compile(self) -> None:
        compileall.compile_dir(self._packages, quiet=2)


class Environments:
    """One environment for each client whose cold start is measured."""

    def __init__(self, directory: Path) -> None:
        self.ours = Environment(directory / "ours")
        self.ours.add_ours()
        self.httpx_pydantic = Environment(directory / "httpx-pydantic")
        self.httpx_pydantic.add_installed("httpx", "pydantic")
        self.httpx_pydantic.add_peer_client()
        self.requests = Environment(directory / "requests")
        self.requests.add_installed("requests")


def _with_dependencies(names: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in found or not _is_installed(name):
            continue
        found.append(name)
        for requirement in metadata.requires(name) or []:
            if "extra ==" not in requirement:
                waiting.append(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
    return found


def _is_installed(name: str) -> bool:
    # A dependency that another Python version would need is not there.
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True

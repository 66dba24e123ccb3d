"""Reads the files of the platform's own command line, and writes its links.

The global file has the login: the server and the API key. The file of a folder links it to an app.
A folder comes from somebody else, so the server and the API key in its file are ignored.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cached_property

from ..exceptions import AnclaError
from .argument import Argument, Slugs, UsageError, link_slug, parse_text
from .flat_yaml import NotFlatError, line_of, parse_flat_yaml, without_keys

_MAX_FILE_BYTES = 64 * 1024
_FOLDER, _FILE = ".ancla", "config.yaml"
# The keys of a link. `org` and `app` were written by older versions of the platform's command line.
_KEYS_OF = {
    "ORG": ("workspace", "org"),
    "PROJECT": ("project",),
    "ENV": ("env",),
    "APP": ("service", "app"),
}
_LINK_KEYS = frozenset[str]().union(*_KEYS_OF.values())


class ConfigFiles:
    """The global file and that of the nearest folder. Each is read when it is first needed."""

    _is_needed = False  # Whether a setting was not in the environment.

    @cached_property
    def global_file(self) -> str | None:
        home = os.environ.get("USERPROFILE" if os.name == "nt" else "HOME")
        return os.path.join(home, _FOLDER, _FILE) if home else None

    @cached_property
    def local_file(self) -> str | None:
        """The path of the file in the nearest folder `.ancla` upwards. The file may be missing."""
        try:
            folder = os.getcwd()
        except OSError:  # It was deleted.
            return None
        while not os.path.isdir(os.path.join(folder, _FOLDER)):
            folder, below = os.path.dirname(folder), folder
            if folder == below:
                return None
        return os.path.join(folder, _FOLDER, _FILE)

    def setting(self, name: str) -> tuple[str | None, str]:
        """Returns a setting from the environment or the global file, and its source."""
        variable = f"ANCLA_{name.upper()}"
        if value := os.environ.get(variable):
            return value, variable
        self._is_needed = True
        return self._global.get(name) or None, str(self.global_file)

    @cached_property
    def _global(self) -> dict[str, str]:
        return _read(self.global_file)

    @cached_property
    def _local(self) -> dict[str, str]:
        return _read(self.local_file)

    def linked(self, argument: Argument, environment: str | None) -> Slugs | None:
        """Returns the slugs of the folder's link for an argument, or None.

        `environment` overrides that of the link. Raises UsageError for a link of another user.
        """
        if self.local_file is not None and (foreign := _foreign_part(self.local_file)):
            raise UsageError(
                f"{foreign} belongs to another user, so the link in it is not used: "
                f"give {argument.label}"
            )
        parts = argument.label.split("/")
        path = [self._slug(part) for part in parts if part != "ENV"]
        environment = environment or os.environ.get("ANCLA_ENV") or self._slug("ENV")
        if not all(path) or ("ENV" in parts and not environment):
            return None
        return Slugs(filter(None, path), environment, "ENV" in parts)

    def _slug(self, part: str) -> str | None:
        """Returns the slug that the link has for a part of a path, or None."""
        for key in _KEYS_OF[part]:
            if slug := self._local.get(key):
                return parse_text(f"{key} in {self.local_file}:", link_slug, slug)
        return None

    @property
    def ignored_settings(self) -> str:
        """The names of ignored settings, and their file, or "".

        The file of a folder must not decide where the user's key is sent.
        """
        if not self._is_needed or self.local_file is None or self._holds_login(self.local_file):
            return ""
        try:
            found = [name for name in ("server", "api_key") if self._local.get(name)]
        except UsageError:
            return ""
        return f"{' and '.join(found)} in {self.local_file}" if found else ""

    def _holds_login(self, file: str) -> bool:
        """Returns whether it is the global file, even if the folder does not exist yet."""
        if self.global_file is None:
            return False
        folder, other = os.path.dirname(file), os.path.dirname(self.global_file)
        parents = os.path.dirname(folder), os.path.dirname(other)
        with suppress(OSError):
            return os.path.samefile(*parents) or os.path.samefile(folder, other)
        return os.path.realpath(folder) == os.path.realpath(other)

    def write_link(self, app: tuple[str, str, str], environment: str) -> dict[str, str]:
        """Links the working directory to the app, and returns the link.

        Other keys of its file stay as they are. The slugs must be valid, as `link_slug` checks.
        """
        file = self._own_file()
        if foreign := _foreign_part(file):
            raise UsageError(f"{foreign} belongs to another user: a link in it would not be used")
        values = {"workspace": app[0], "project": app[1], "env": environment, "service": app[2]}
        text = _without_link(file)
        if text and not text.endswith("\n"):
            text += "\n"
        text += "".join(line_of(key, value) for key, value in values.items())
        if len(text.encode()) > _MAX_FILE_BYTES:
            raise UsageError(f"cannot write {file}: more than {_MAX_FILE_BYTES} bytes are not read")
        with _usage_errors("write", file):
            with suppress(FileExistsError):
                os.mkdir(os.path.dirname(file), 0o755)
            _replace(file, text)
        return values

    def remove_link(self) -> str:
        """Removes the link of the working directory. Raises AnclaError if there is none.

        The file and its folder are removed only if nothing else is in them. A file that cannot be
        read is renamed: returns how and why, otherwise "".
        """
        file = self._own_file()
        try:
            keys = _read(file).keys()
        except UsageError as error:
            new_file = f"{file}.damaged"
            with _usage_errors("rename", file):
                os.replace(file, new_file)
            return f"{error}; renamed to {new_file}"
        if not keys & _LINK_KEYS:
            raise AnclaError("the working directory is not linked to an app")
        text = _without_link(file)
        with _usage_errors("change", file):
            if text.strip():
                _replace(file, text)
                return ""
            os.unlink(file)
        with suppress(OSError):  # It has other files.
            os.rmdir(os.path.dirname(file))
        return ""

    def _own_file(self) -> str:
        """Returns the path of the working directory's file. Raises UsageError if it is not safe."""
        try:
            folder = os.path.join(os.getcwd(), _FOLDER)
        except OSError as error:
            raise UsageError(f"cannot use the working directory: {error.strerror}") from None
        file = os.path.join(folder, _FILE)
        for path, is_right, kind in (
            (folder, os.path.isdir, "a folder"),
            (file, os.path.isfile, "a file"),
        ):
            if os.path.islink(path):
                raise UsageError(f"{path} is a symbolic link, which this command does not follow")
            if os.path.lexists(path) and not is_right(path):
                raise UsageError(f"{path} is not {kind}")
        if self._holds_login(file):
            raise UsageError(f"{file} holds the login: link a folder other than your home")
        return file


@contextmanager
def _usage_errors(verb: str, file: str) -> Generator[None]:
    """Raises an error as a UsageError that names the file."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"cannot {verb} {file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"cannot {verb} {file}: it is not UTF-8 text") from None
    except NotFlatError as error:
        raise UsageError(f"{file}, {error}") from None


def _foreign_part(file: str) -> str | None:
    """Returns the folder or the file of a link if another user could have written it, else None.

    The owner of the working directory is no stranger to it: a checkout that is mounted into a
    container has an owner that nobody is there. Nor is the user who calls sudo.
    """
    if os.name == "nt":  # Files have no numeric owners there.
        return None
    with suppress(OSError):  # The file is missing, or reading it will fail, too.
        known = {0, os.geteuid(), os.stat(".").st_uid}
        for path in (os.path.dirname(file), file):
            # Check a symbolic link, too: who makes one chooses among the links of others.
            owners = {os.lstat(path).st_uid, os.stat(path).st_uid}
            if any(str(it) != os.environ.get("SUDO_UID") for it in owners - known):
                return path
    return None


def _without_link(file: str) -> str:
    with _usage_errors("read", file):
        return without_keys(_text(file), _LINK_KEYS)


def _replace(file: str, text: str) -> None:
    """Replaces the file atomically. Keeps its permissions."""
    mode = stat.S_IMODE(os.stat(file).st_mode) if os.path.lexists(file) else None
    new_file = f"{file}.{os.getpid()}.new"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    descriptor = os.open(new_file, flags, 0o644 if mode is None else 0o600)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        if mode is not None:
            os.chmod(new_file, mode)
        os.replace(new_file, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(new_file)
        raise


def _read(file: str | None) -> dict[str, str]:
    if file is None:
        return {}
    with _usage_errors("read", file):
        return {entry.key: entry.value for entry in parse_flat_yaml(_text(file))}


def _text(file: str) -> str:
    """Returns the text of the file, or "" if it is missing."""
    if not os.path.lexists(file):
        return ""
    if not os.path.isfile(file):  # Opening a pipe would block.
        raise UsageError(f"cannot read {file}: it is not a file")
    with open(file, "rb") as stream:
        data = stream.read(_MAX_FILE_BYTES + 1)
    if len(data) > _MAX_FILE_BYTES:
        raise UsageError(f"cannot read {file}: it is longer than {_MAX_FILE_BYTES} bytes")
    return data.decode("utf-8-sig")

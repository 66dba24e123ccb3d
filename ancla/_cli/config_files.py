"""What the platform's own command line left on the disk: a login, and a folder's link to an app.

The files are YAML. They are read as flat lines of `key: value`; what else YAML knows is refused.
"""

from __future__ import annotations

import json
import os
import re
from functools import cached_property

from .argument import Slugs, UsageError
from .arguments import APP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .argument import Argument

_LONGEST_FILE = 64 * 1024
_LINE = re.compile(r"([A-Za-z_]\w*)[ \t]*:(?:[ \t]+(.*))?", re.ASCII)
_COMMENT = r"[ \t]*(?:[ \t]#.*)?"
_QUOTED_ONCE = re.compile(f"'((?:[^']|'')*)'{_COMMENT}")
_QUOTED_TWICE = re.compile(rf'("(?:[^"\\]|\\.)*"){_COMMENT}')
# With these begin lists, nested and folded texts, aliases, tags; with a colon ends a key.
_NOT_PLAIN = re.compile(r"[-?:](?:[ \t]|\Z)|[][{}&*!|>%@`\"',]|.*:(?:[ \t]|\Z)")


class SavedFiles:
    """The global file and that of the nearest folder, each read when something of it is needed."""

    _is_needed = False

    @cached_property
    def global_file(self) -> str | None:
        home = os.environ.get("USERPROFILE" if os.name == "nt" else "HOME")
        return os.path.join(home, ".ancla", "config.yaml") if home else None

    @cached_property
    def local_file(self) -> str | None:
        """The file in the nearest folder `.ancla` upwards from here, whether it is there or not."""
        try:
            folder = os.getcwd()
        except OSError:  # it was deleted
            return None
        while not os.path.isdir(os.path.join(folder, ".ancla")):
            folder, below = os.path.dirname(folder), folder
            if folder == below:
                return None
        return os.path.join(folder, ".ancla", "config.yaml")

    def setting(self, name: str, variable: str) -> tuple[str | None, str]:
        """A part of the login, from the environment or the global file, and where it is from."""
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
        """The app or the project that the folder is linked to, in that environment or its own."""
        get = self._local.get
        path = [get("workspace") or get("org"), get("project")]
        if argument is APP:
            path.append(get("service") or get("app"))
        known = [slug for slug in path if slug]
        environment = environment or os.environ.get("ANCLA_ENV") or get("env") or None
        return Slugs(known, environment) if len(known) == len(path) else None

    @property
    def not_followed(self) -> str:
        """What a folder must not decide: where the user's key is sent, and which key it is."""
        if not self._is_needed or self.local_file in (None, self.global_file):
            return ""
        try:
            found = [name for name in ("server", "api_key") if self._local.get(name)]
        except UsageError:
            return ""
        return f"{' and '.join(found)} in {self.local_file}" if found else ""


def _read(file: str | None) -> dict[str, str]:
    if file is None or not os.path.lexists(file):
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(_text(file).split("\n"), 1):
        line = line.rstrip(" \t\r")
        if not line or line.lstrip(" \t").startswith("#"):
            continue
        parts = _LINE.fullmatch(line)
        value = None if parts is None else _value(parts[2] or "")
        if parts is None or value is None:
            raise UsageError(f"{file}, line {number}: only lines of `key: value` are read there")
        key = parts[1].lower()
        if key in values:
            raise UsageError(f"{file}, line {number}: {key} is there twice")
        values[key] = value
    return values


def _text(file: str) -> str:
    if not os.path.isfile(file):  # to open a pipe would wait for its writer
        raise UsageError(f"cannot read {file}: it is no file")
    try:
        with open(file, "rb") as stream:
            data = stream.read(_LONGEST_FILE + 1)
        if len(data) > _LONGEST_FILE:
            raise UsageError(f"cannot read {file}: it is longer than {_LONGEST_FILE} bytes")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"cannot read {file}: it is no UTF-8 text") from None


def _value(text: str) -> str | None:
    """The text of a value, or None for what is not read here."""
    if not text.replace("\t", "").isprintable():
        return None
    if match := _QUOTED_ONCE.fullmatch(text):
        return match[1].replace("''", "'")
    if match := _QUOTED_TWICE.fullmatch(text):
        try:
            return str(json.loads(match[1], strict=False))
        except ValueError:  # an escape that JSON does not know
            return None
    plain = re.split("(?:^|[ \t])#", text, maxsplit=1)[0].rstrip()
    if _NOT_PLAIN.match(plain):
        return None
    return "" if plain in ("~", "null") else plain

"""Formats the result of a command as JSON or text, and writes it to standard output.

How it works. `plain` converts a result to dicts and lists, and `without_secrets` redacts it. JSON
shows all of this data. For text, each command has a function: `Table` for lists, `details` for one
object, or another one below.
"""

from __future__ import annotations

import json
import re
import sys

from .._api.progress import columns_of, printable, styled
from .._http.display import REDACTED
from .._model import Model, status_of
from .argument import UsageError
from .tables import format_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# A time, whose fraction of a second is not shown.
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?\Z")
# Fields of a release. They do not say which of their values are secret.
_CONFIGURATIONS = frozenset(("configuration", "configuration_changes"))


def plain(result: Any) -> Any:
    """Returns a result of the client as plain data: dicts for models, `{"ok": true}` for None."""
    if result is None:
        return {"ok": True}
    if isinstance(result, list):
        return [plain(item) for item in result]
    if not hasattr(result, "model_dump"):
        return result
    unset = result.model_fields.keys() - result.model_fields_set
    # The model has 0, but a count that the server did not send is unknown.
    uncounted = {name: None for name in unset if name.endswith("_count")}
    return {**result.model_dump(), **uncounted}


def without_secrets(data: Any, redact_all: bool = False) -> Any:
    """Redacts the values of secrets, and all values of a release's configuration.

    redact_all: redact every value that is not empty
    """
    if isinstance(data, list):
        return [without_secrets(item, redact_all) for item in data]
    if not isinstance(data, dict):
        return REDACTED if redact_all and data else data
    kept = {
        name: without_secrets(part, redact_all or name in _CONFIGURATIONS)
        for name, part in data.items()
    }
    return {**kept, "value": REDACTED} if "value" in kept and kept.get("secret") else kept


def as_json(data: Any) -> str:
    # ASCII only: every console can show it, and no control character gets through.
    return json.dumps(data, indent=2) + "\n"


class Exact(str):
    """Text to write unchanged, in UTF-8 and with its own line ends, whatever the locale."""

    __slots__ = ()


def write(text: str) -> None:
    """Writes to standard output. Removes control characters of an exact text on a terminal."""
    if isinstance(text, Exact) and sys.stdout.isatty():
        text = printable(text)
    data = getattr(sys.stdout, "buffer", None)  # None: the stream was replaced.
    if not isinstance(text, Exact) or data is None:
        print(text, end="", flush=True)
        return
    sys.stdout.flush()
    data.write(text.encode())
    data.flush()


class Table:
    """Formats a list of objects, one per line.

    columns: the fields to show; "platform?" is omitted if it would be empty, "release.version" is a
             field of the object in the field "release", and "status" is the status word with the
             error
    model:   the objects' model, whose other fields can be shown, too
    inner:   the name of the field with the list, if it is not the data itself
    """

    def __init__(self, *columns: str, model: type[Model], inner: str = "") -> None:
        self._columns = [column.rstrip("?") for column in columns]
        self._optional = [column.rstrip("?") for column in columns if column.endswith("?")]
        self._model = model
        self._inner = inner

    def check(self, columns: Sequence[str]) -> None:
        """Raises UsageError if one of the columns does not exist."""
        known = list(dict.fromkeys([*self._columns, *self._model.model_fields]))
        if any(column not in known for column in columns):
            raise UsageError(f"argument --columns: should be one or more of {', '.join(known)}")

    def __call__(
        self, data: Any, columns: Sequence[str] | None = None, has_header: bool = True
    ) -> str:
        items = data[self._inner] if self._inner else data
        if columns is None:
            columns = [column for column in self._columns if self._is_shown(column, items)]
        text = _listed(items, columns)
        return text if has_header else text.partition("\n")[2]

    def _is_shown(self, column: str, items: Sequence[Any]) -> bool:
        if column not in self._optional:
            return True
        return any(_cell(item, column) not in (None, "") for item in items)


def rows(data: Any) -> str:
    """Formats a list of objects with unknown fields: shows each field that has a value."""
    cells = [{name: _cell(item, name) for name in item} for item in data]
    columns = list(dict.fromkeys(name for item in cells for name in item))
    shown = [name for name in columns if any(item.get(name) is not None for item in cells)]
    return _format(shown, [[item.get(name) for name in shown] for item in cells]) if shown else ""


def details(data: Any) -> str:
    """Formats one object: shows each field whose value fits on a line, and each count."""
    cells = ((name, _cell(data, name)) for name in data)
    rows = [
        row
        for row in cells
        if (row[1] not in (None, "") or row[0].endswith("_count")) and "\n" not in str(row[1])
    ]
    return _format(("field", "value"), rows)


def value(data: Any) -> str:
    """Returns the value of a variable. Removes control characters on a terminal."""
    text = str(data["value"])
    return (printable(text) if sys.stdout.isatty() else text) + "\n"


def log(data: Any) -> str:
    text = printable(data.get("log_text") or "")
    return text if text.endswith("\n") or not text else text + "\n"


def pipeline(data: Any) -> str:
    """Formats the stages of a pipeline. Servers without releases have no row for them."""
    nothing = {"status": "none yet"}  # Other fields of newer servers are not stages.
    names = [name for name in ("build", "release", "deploy") if name in data]
    stages = [{**(data[name] or nothing), "stage": name} for name in names]
    return _listed(stages, ("stage", "version", "status"))


def imported(data: Any) -> str:
    """Formats the result of an import, or of a dry run, for each variable."""
    words = {"created": "created", "changed": "changed", "skipped": "kept"}
    rows = [(name, word) for field, word in words.items() for name in data.get(field, ())]
    return _format(("name", "result"), rows)


def _cell(item: dict[str, Any], column: str) -> object:
    column, _, inner = column.partition(".")
    cell = item.get(column)
    if inner:
        return cell.get(inner) if isinstance(cell, dict) else None
    if column == "status":
        status = cell or status_of(item.get)
        return f"{status}: {item['error_detail']}" if item.get("error_detail") else status
    if isinstance(cell, str):
        return _TIME.sub(lambda time: time[1] + (time[2] or "").replace("+00:00", "Z"), cell)
    if isinstance(cell, dict):
        return _summary(cell)
    return None if isinstance(cell, list) else cell


def _summary(data: dict[str, Any]) -> str | None:
    """Returns an inner object as one line, or None if it has objects or lists itself."""
    if "built" in data or "complete" in data:
        words = (data.get("version"), status_of(data.get), data.get("id"))
        return " ".join(str(word) for word in words if word is not None)
    if any(isinstance(part, (dict, list)) for part in data.values()):
        return None
    return " ".join(f"{name}={part}" for name, part in data.items() if part is not None)


def _listed(items: Sequence[Any], columns: Sequence[str]) -> str:
    """Formats the columns of a list, as wide as the terminal."""
    rows = [[_cell(item, column) for column in columns] for item in items]
    names = [column.partition(".")[0] for column in columns]
    return _format(names, rows, columns_of(sys.stdout))


def _format(
    columns: Sequence[str], rows: Sequence[Sequence[object]], width: int | None = None
) -> str:
    headers = [column.upper().replace("_", " ") for column in columns]
    header_line, *lines = format_table(headers, rows, width).splitlines()
    return "\n".join([styled(header_line, "bold", sys.stdout), *lines]) + "\n"

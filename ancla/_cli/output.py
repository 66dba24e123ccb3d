"""What a command prints on standard output: an answer as JSON, or as text for people."""

from __future__ import annotations

import sys

from .terminal import printable, styled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

HIDDEN = "********"
# In a release: which of its values are secret is not told there.
_CONFIGURATIONS = frozenset(("configuration", "configuration_changes"))


def plain(answer: Any) -> Any:
    """An answer of the client as plain data: models become dicts, no answer `{"ok": true}`."""
    if answer is None:
        return {"ok": True}
    if isinstance(answer, list):
        return [plain(item) for item in answer]
    return answer.model_dump() if hasattr(answer, "model_dump") else answer


def without_secrets(data: Any) -> Any:
    """The data without the values of secrets, and of a release's configuration altogether."""
    if isinstance(data, list):
        return [without_secrets(item) for item in data]
    if not isinstance(data, dict):
        return data
    kept = {name: without_secrets(part) for name, part in data.items()}
    if kept.get("secret") and "value" in kept:
        kept["value"] = HIDDEN
    for name in _CONFIGURATIONS.intersection(kept):
        kept[name] = _hidden(kept[name])
    return kept


def _hidden(data: Any) -> Any:
    if isinstance(data, list):
        return [_hidden(item) for item in data]
    if isinstance(data, dict):
        return {name: _hidden(part) for name, part in data.items()}
    return HIDDEN if data else data


def as_json(data: Any) -> str:
    import json

    # ASCII only: every console can show it, and no control character gets through.
    return json.dumps(data, indent=2) + "\n"


def table(*columns: str) -> Callable[[Any], str]:
    """Shows a list of objects, one a line; see `status_word` for the column "status"."""
    headers = [column.upper().replace("_", " ") for column in columns]

    def show(data: Any) -> str:
        return _format(headers, [[_cell(item, column) for column in columns] for item in data])

    return show


def details(data: Any) -> str:
    """Shows one object: each field that holds something and fits on a line."""
    cells = ((name, _cell(data, name)) for name in data)
    rows = [row for row in cells if row[1] not in (None, "") and "\n" not in str(row[1])]
    return _format(("FIELD", "VALUE"), rows)


def value(data: Any) -> str:
    """Shows the value of a variable and nothing else, exactly unless it goes to a terminal."""
    text = str(data["value"])
    return (printable(text) if sys.stdout.isatty() else text) + "\n"


def log(data: Any) -> str:
    text = printable(data.get("log_text") or "")
    return text if text.endswith("\n") or not text else text + "\n"


def members(data: Any) -> str:
    return table("username", "email", "admin", "user_id")(data["members"])


def pipeline(data: Any) -> str:
    stages = [{"stage": name, **(stage or {"status": "none yet"})} for name, stage in data.items()]
    return table("stage", "version", "status", "error_detail")(stages)


def imported(data: Any) -> str:
    rows = [(name, "created") for name in data["created"]]
    rows += [(name, "skipped") for name in data["skipped"]]
    return _format(("NAME", "RESULT"), rows)


def status_word(state: dict[str, Any]) -> str:
    """One word for the state of an image, a release or a deployment."""
    if state.get("error"):
        return "failed"
    if state.get("complete"):
        return "complete"
    return "built" if state.get("built") else "running"


def _cell(item: dict[str, Any], column: str) -> object:
    cell = item.get(column)
    if column == "status" and cell is None:
        return status_word(item)
    if isinstance(cell, dict):
        return _summary(cell)
    return None if isinstance(cell, list) else cell


def _summary(data: dict[str, Any]) -> str | None:
    """An object within an object on one line, or None if there is more to it."""
    if "built" in data or "complete" in data:
        words = (data.get("version"), status_word(data), data.get("id"))
        return " ".join(str(word) for word in words if word is not None)
    if any(isinstance(part, (dict, list)) for part in data.values()):
        return None
    return " ".join(f"{name}={part}" for name, part in data.items())


def _format(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    from .tables import format_table

    header_line, *lines = format_table(headers, rows).splitlines()
    return "\n".join([styled(header_line, "bold", sys.stdout), *lines]) + "\n"

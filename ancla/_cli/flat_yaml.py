"""Reads and changes flat YAML: lines of `key: value`, blank lines and comments.

The platform's own command line writes only these into its files. Any other YAML (lists, nested and
folded texts, aliases, tags) raises NotFlatError: a part of it could be read wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from dataclasses import dataclass

_KEY = re.compile(r"([A-Za-z_]\w*)[ \t]*:(?: +|(?=\Z))", re.ASCII)
# A comment ends at every line end of YAML 1.1: otherwise it could hide an entry.
_BLANK_OR_COMMENT = re.compile(
    "[ \t]*(?:#[^\r\n\x85\u2028\u2029]*)?(?:\r\n|[\r\n\x85\u2028\u2029]|\\Z)"
)
_COMMENT = re.compile(r"(?:^|[ \t])#")
_AFTER_QUOTES = re.compile(r"[ \t]*(?:[ \t]#.*)?")
_SINGLE_QUOTED = re.compile("'((?:[^']|'')*)'")
_DOUBLE_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
# The starts of lists, nested and folded texts, aliases and tags, and the colon after a key.
_NOT_PLAIN = re.compile(r"[-?:](?:[ \t]|\Z)|[][{}&*!|>%@`\"',]|.*:(?:[ \t]|\Z)")
# In some version of YAML, other words may be numbers, booleans or null.
_PLAIN_WORD = re.compile("(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z][a-z0-9-]*")


class NotFlatError(Exception):
    """A line is not flat YAML. The message does not show the line: it may be an API key."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")


@dataclass
class Entry:
    """A key, its value, and the positions of the start and end of its line."""

    key: str
    value: str
    start: int
    end: int


def parse_flat_yaml(src: str) -> list[Entry]:
    """Returns the entries in order, with keys in lower case. Raises NotFlatError."""
    entries: list[Entry] = []
    pos, number = 0, 1
    while pos < len(src):
        start = pos
        if skipped := _BLANK_OR_COMMENT.match(src, pos):
            pos = skipped.end()
        else:
            pos = src.find("\n", pos) + 1 or len(src)
            try:
                key, value = _parse_line(src[start:pos].rstrip(" \t\r\n"))
            except ValueError:
                raise NotFlatError(number, "it is not of the form `key: value`") from None
            if any(key == entry.key for entry in entries):
                raise NotFlatError(number, f"{key} occurs twice")
            entries.append(Entry(key, value, start, pos))
        number += 1
    return entries


def without_keys(src: str, keys: Container[str]) -> str:
    """Returns the text without the lines of these keys. Comments and other lines stay."""
    for entry in reversed(parse_flat_yaml(src)):
        if entry.key in keys:
            src = src[: entry.start] + src[entry.end :]
    return src


def line_of(key: str, value: str) -> str:
    """Returns the line for a key and a printable value."""
    quoted = value if _PLAIN_WORD.fullmatch(value) else "'" + value.replace("'", "''") + "'"
    return f"{key}: {quoted}\n"


def _parse_line(line: str) -> tuple[str, str]:
    key = _KEY.match(line)
    if key is None:
        raise ValueError("no key")
    return key[1].lower(), _parse_value(line[key.end() :])


def _parse_value(text: str) -> str:
    if text.startswith("\t") or not text.replace("\t", "").isprintable():
        raise ValueError("a tab before the value, or control characters")
    if text.startswith(("'", '"')):
        return _parse_quoted(text)
    comment = _COMMENT.search(text)
    plain = text[: comment.start() if comment else None].rstrip()
    if _NOT_PLAIN.match(plain):
        raise ValueError("not flat")
    return "" if plain in ("~", "null") else plain


def _parse_quoted(text: str) -> str:
    is_double = text[0] == '"'
    quoted = (_DOUBLE_QUOTED if is_double else _SINGLE_QUOTED).match(text)
    if quoted is None or not _AFTER_QUOTES.fullmatch(text, quoted.end()):
        raise ValueError("text after the quotes, or no closing quote")
    if is_double:
        return str(json.loads(quoted[0], strict=False))  # ValueError: JSON lacks this escape.
    return quoted[1].replace("''", "'")

"""Reads the variables in the text of a .env file.

An entry is `NAME=value`, with or without `export` before it. A value in quotes may have several
lines: single quotes keep every character, double quotes know the escapes of `_ESCAPED`. A value
without quotes ends with its line, or before a `#` that follows a space.

The functions take the text and a position, and return the position after the part they have read.
"""

from __future__ import annotations

import re

_NAME = r"""[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*="""
_QUOTED = {"'": "'([^']*)'", '"': r'"((?:[^"\\]|\\.)*)"'}
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


class _NotAnEntry(Exception):
    """The text at this position is not an entry."""


def parse_dotenv(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Returns the variables, and a name and error for each invalid line."""
    src = text.removeprefix("\ufeff").replace("\r\n", "\n")
    variables: dict[str, str] = {}
    failures: list[dict[str, str]] = []
    pos, number = 0, 1
    while pos < len(src):
        start, pos = pos, _line_end(src, pos)
        line = src[start:pos].strip()
        if line and not line.startswith("#"):
            try:
                pos, name, value = _parse_entry(src, start)
                variables[name] = value
            except _NotAnEntry:
                # Do not show the line: it may contain a secret.
                fault = (
                    "it is not of the form NAME=value" if "=" in line else "there is no '=' in it"
                )
                failures.append({"name": f"line {number}", "error": fault})
        number += src.count("\n", start, pos)
    return variables, failures


def _parse_entry(src: str, pos: int) -> tuple[int, str, str]:
    name = re.compile(_NAME).match(src, pos)
    if name is None:
        raise _NotAnEntry
    value_pos = _skip_spaces(src, name.end())
    if src.startswith(("'", '"'), value_pos):
        pos, value = _parse_quoted(src, value_pos)
    else:
        pos, value = _parse_plain(src, name.end())
    return pos, name[1], value


def _parse_quoted(src: str, pos: int) -> tuple[int, str]:
    """Parses a value in quotes. Only a comment may follow it on its last line."""
    is_double = src[pos] == '"'
    quoted = re.compile(_QUOTED[src[pos]], re.DOTALL).match(src, pos)
    if quoted is None:
        raise _NotAnEntry
    pos = _skip_spaces(src, quoted.end())
    end = _line_end(src, pos)
    if not src.startswith("#", pos) and src[pos:end] not in ("", "\n"):
        raise _NotAnEntry
    value = quoted[1]
    if is_double:
        value = re.sub(r"\\(.)", lambda it: _ESCAPED.get(it[1], it[1]), value, flags=re.DOTALL)
    return end, value


def _parse_plain(src: str, pos: int) -> tuple[int, str]:
    end = _line_end(src, pos)
    value = src[pos:end].removesuffix("\n")
    if comment := re.search(r"[ \t]#", value):
        value = value[: comment.start()]
    return end, value.strip(" \t")


def _skip_spaces(src: str, pos: int) -> int:
    spaces = re.compile("[ \t]*").match(src, pos)
    return spaces.end() if spaces else pos


def _line_end(src: str, pos: int) -> int:
    """Returns the position after the next line end, or the end of the text."""
    return src.find("\n", pos) + 1 or len(src)

"""Reads the variables in the text of a .env file.

An entry is `NAME=value`, with or without `export` before it. A value in quotes may have several
lines: single quotes keep every character, double quotes know the escapes of `_ESCAPED`. A value
without quotes ends with its line, or before a `#` that follows a space. A line ends with LF, CRLF
or CR, as python-dotenv has it.

The functions take the text and a position, and return the position after the part they have read.
"""

from __future__ import annotations

import re

_NAME = r"""[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*=([ \t]*)"""
_QUOTED = {"'": r"'([^']*)'[ \t]*", '"': r'"((?:[^"\\]|\\.)*)"[ \t]*'}
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_NO_FORM = "it is not of the form NAME=value"
_NOT_CLOSED = "the quote is not closed"
_LINE_END = "[\r\n]"  # There is no CRLF: it is replaced first.


class _NotAnEntry(Exception):
    """The text at this position is not an entry. The message does not show it."""


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
            except _NotAnEntry as fault:
                failures.append({"name": f"line {number}", "error": str(fault)})
        number += len(re.findall(_LINE_END, src[start:pos]))
    return variables, failures


def _parse_entry(src: str, pos: int) -> tuple[int, str, str]:
    name = re.compile(_NAME).match(src, pos)
    if name is None:
        is_form = "=" in src[pos : _line_end(src, pos)]
        raise _NotAnEntry(_NO_FORM if is_form else "there is no '=' in it")
    if src.startswith(("'", '"'), name.end()):
        pos, value = _parse_quoted(src, name.end())
    else:  # With the spaces: a comment may follow them.
        pos, value = _parse_plain(src, name.start(2))
    return pos, name[1], value


def _parse_quoted(src: str, pos: int) -> tuple[int, str]:
    """Parses a value in quotes. Only a comment may follow it on its last line."""
    quoted = re.compile(_QUOTED[src[pos]], re.DOTALL).match(src, pos)
    if quoted is None:
        raise _NotAnEntry(_NOT_CLOSED)
    end = _line_end(src, quoted.end())
    rest = src[quoted.end() : end]
    if not rest.startswith("#") and rest not in ("", "\r", "\n"):
        # A quote on a later line, with text after it, most likely opens another value.
        raise _NotAnEntry(_NOT_CLOSED if re.search(_LINE_END, quoted[1]) else _NO_FORM)
    value = quoted[1]
    if src[pos] == '"':
        value = re.sub(r"\\(.)", lambda it: _ESCAPED.get(it[1], it[1]), value, flags=re.DOTALL)
    return end, value


def _parse_plain(src: str, pos: int) -> tuple[int, str]:
    end = _line_end(src, pos)
    value = src[pos:end].rstrip("\r\n")
    if comment := re.search(r"[ \t]#", value):
        value = value[: comment.start()]
    return end, value.strip(" \t")


def _line_end(src: str, pos: int) -> int:
    """Returns the position after the next line end, or the end of the text."""
    found = re.compile(_LINE_END).search(src, pos)
    return found.end() if found else len(src)

"""The variables in the text of a .env file."""

from __future__ import annotations

import re

# Values in quotes may have several lines; without quotes a comment ends them.
_ENTRY = re.compile(
    r"""[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*=
    (?:[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\.)*)")[ \t]*(?:\#[^\n]*)?|(?![ \t]*['"])([^\n]*))
    (?:\n|\Z)""",
    re.VERBOSE | re.DOTALL,
).match
_COMMENT = re.compile(r"[ \t]#").search
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def parse_dotenv(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The variables, and for each line that is none its number and what is wrong with it."""
    variables: dict[str, str] = {}
    failures: list[dict[str, str]] = []
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    position, number = 0, 1
    while position < len(text):
        end = text.find("\n", position) + 1 or len(text)
        line = text[position:end].strip()
        entry = _ENTRY(text, position) if line[:1] not in ("", "#") else None
        if entry is not None:
            end = entry.end()
            name, single, double, plain = entry.groups()
            if plain is not None:
                comment = _COMMENT(plain)
                variables[name] = plain[: comment and comment.start()].strip(" \t")
            elif double is not None:
                variables[name] = _ESCAPE.sub(lambda it: _ESCAPED.get(it[1], it[1]), double)
            else:
                variables[name] = single
        elif line[:1] not in ("", "#"):
            # Not the line itself: there may be a secret in it.
            fault = "it is not of the form NAME=value" if "=" in line else "there is no '=' in it"
            failures.append({"name": f"line {number}", "error": fault})
        number += text.count("\n", position, end)
        position = end
    return variables, failures

"""The arguments of commands, and the functions that parse their text.

A parsing function raises ValueError, whose text completes "argument NAME: ...". No error repeats
what was typed: it may be a secret.
"""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from dataclasses import KW_ONLY, dataclass

from .._api.progress import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    Value = TypeVar("Value")

PROGRAM = f"python -m {__name__.removesuffix('._cli.argument')}"
SCRIPT = "ancla-sdk"
KEY_SOURCES = "set ANCLA_API_KEY or pass --api-key-file FILE"


class UsageError(Exception):
    """The command line is invalid. The message may contain names, but no value and no API key."""


class Given(Namespace):
    """The values of the arguments: one attribute for each argument of the command."""

    id: str
    org: tuple[str]
    project: tuple[str, str]
    app: tuple[str, str, str]
    # For commands that lack these options.
    wait = follow = show_secrets = dry_run = restart = False
    no_follow: bool | None = None  # None for commands that do not wait by default.
    scope: str | None = None
    linked: Slugs | None = None  # The path, if it comes from the link of the folder.

    @property
    def waits(self) -> bool:
        return self.wait or self.follow or self.no_follow is False

    @property
    def listed_keys(self) -> str:
        keys = dict.fromkeys(self.keys)
        return f"{'variable' if len(keys) == 1 else 'variables'} {', '.join(keys)}"

    def say(self, message: str) -> None:
        """Prints a message to standard error, unless --quiet is given."""
        if not self.quiet:
            print(one_line(message), file=sys.stderr, flush=True)


class Slugs(tuple[str, ...]):
    """The slugs of a path such as ORG/PROJECT[/ENV]/APP.

    The environment's slug is not an item: it is in `environment`, which `--environment` may set on
    a path of any length. `str()` shows it only in the path of an app or of an environment.
    """

    environment: str | None
    _ends_with_environment: bool

    def __new__(
        cls,
        slugs: Iterable[str],
        environment: str | None = None,
        ends_with_environment: bool = False,
    ) -> Slugs:
        self = super().__new__(cls, slugs)
        self.environment = environment
        self._ends_with_environment = ends_with_environment
        return self

    def __str__(self) -> str:
        shows_environment = len(self) == 3 or self._ends_with_environment
        middle = [self.environment] if self.environment and shows_environment else []
        return "/".join([*self[:2], *middle, *self[2:]])


@dataclass(eq=False)
class Argument:
    """An option, a flag or a positional argument of commands.

    form:     "-f --file FILE" for an option, "--force" for a flag, "FILE" for a positional
              argument, "-- COMMAND" for all words after `--`
    sample:   the text for examples
    type:     the function that parses the text
    required: by default, whether it is positional, has no default and is not `many`
    choices:  the allowed texts, if they are limited
    many:     whether it takes all remaining positional words
    """

    form: str
    help: str
    sample: str = ""
    _: KW_ONLY
    type: Callable[[str], object] = str
    required: bool | None = None
    choices: tuple[str, ...] = ()
    many: bool = False
    default: Any = None
    dest: str = ""

    def __post_init__(self) -> None:
        words = self.form.split()
        self.metavar = "" if words[-1].startswith("-") else words.pop()
        self.after_dashes = words == ["--"]
        self.is_option = bool(words) and not self.after_dashes
        # For messages.
        self.label = self.form if self.after_dashes else words[-1] if words else self.metavar
        self.dest = self.dest or self.label.lstrip("-").replace("-", "_").lower()
        self.names = words if self.is_option else [self.dest]
        if self.required is None:
            self.required = not (self.is_option or self.many or self.default)
        if self.is_option:
            self.usage = f"{self.label} {self.metavar}"
        elif self.many or self.after_dashes:
            self.usage = f"{self.label} ..."
        else:
            self.usage = self.label if self.required else f"[{self.label}]"
        if not self.metavar:
            self.default = False

    def parse(self, text: str) -> object:
        if self.choices and text not in self.choices:
            raise UsageError(f"argument {self.label}: should be {' or '.join(self.choices)}")
        return parse_text(f"argument {self.label}:", self.type, text)


def parse_text(label: str, type: Callable[[str], Value], text: str) -> Value:
    """Returns the parsed text. Raises UsageError, which does not repeat the text."""
    try:
        return type(text)
    except ValueError as error:
        raise UsageError(f"{label} {error}") from None


def seconds(text: str) -> float:
    """Parses a duration."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise ValueError("should be a number of seconds above 0")
    return number


def whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("should be a whole number") from None


def positive_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise ValueError("should be a whole number above 0")
    return number


def segment(text: str) -> str:
    """Parses a slug, a variable's name or an id."""
    from .._api.arguments import path_segment

    try:
        path_segment("", text)
    except ValueError:
        raise ValueError(
            "should not be empty, '.' or '..', and should not contain slashes, backslashes or "
            "control characters"
        ) from None
    return text


def link_slug(text: str) -> str:
    """Parses a slug of a folder's link."""
    if not text.isprintable():
        raise ValueError("should not contain control characters or invisible characters")
    return segment(text)


YES_OR_NO = ("yes", "no")


def yes_or_no(text: str) -> bool:
    return text == "yes"


def column_names(text: str) -> list[str]:
    names = text.split(",")
    if not all(names):
        raise ValueError("should look like name,slug")
    return names


def pod_classes(text: str) -> dict[str, str]:
    return _by_process(text, "web=small,worker=large")


def process_counts(text: str) -> dict[str, int]:
    example = "web=2,worker=1"
    counts = _by_process(text, example)
    if not all(count.isascii() and count.isdigit() for count in counts.values()):
        raise ValueError(f"should look like {example}")
    return {process: int(count) for process, count in counts.items()}


def _by_process(text: str, example: str) -> dict[str, str]:
    """Parses pairs such as web=2,worker=1."""
    found = [pair.partition("=") for pair in text.split(",")]
    if not all(process and value for process, _, value in found):
        raise ValueError(f"should look like {example}")
    by_process = {process: value for process, _, value in found}
    if len(by_process) < len(found):
        raise ValueError("should name each process once")
    return by_process


def variable_name(text: str) -> str:
    if "=" in text:
        raise ValueError("should be the name alone, without = and a value")
    return segment(text)


def outline(word: str) -> str:
    """Returns the form of a word, which an error may show.

    That is `NAME=...` for a setting with a name in capitals. Otherwise it is the word with `...` in
    place of each part between slashes, such as `.../...`.
    """
    if setting := re.match("([A-Z_][A-Z0-9_]*)=[^=]", word):
        return f"{setting[1]}=..."
    return re.sub("[^/]+", "...", word)[:40]


def path(dest: str, form: str, sample: str, more: str = "") -> Argument:
    """Returns the argument for ORG, ORG/PROJECT, ORG/PROJECT/ENV or ORG/PROJECT[/ENV]/APP."""
    is_environment = form.endswith("/ENV")
    lengths = (3, 4) if form.endswith("/APP") else (form.count("/") + 1,)

    def parse(text: str) -> Slugs:
        slugs = text.split("/")
        if len(slugs) not in lengths or not all(slugs) or "=" in text:
            fault = f"has the form '{outline(text)}'" if text else "is empty"
            raise ValueError(f"should look like {sample}, but {fault}")
        for slug in slugs:
            segment(slug)
        environment = slugs.pop(2) if is_environment or len(slugs) == 4 else None
        return Slugs(slugs, environment, is_environment)

    kind = {"org": "organization"}.get(dest, dest)
    return Argument(form, f"{kind}, such as {sample}{more}", sample, type=parse, dest=dest)


def display_name(sample: str) -> Argument:
    return Argument("NAME", "display name, from which the slug of a new record is derived", sample)

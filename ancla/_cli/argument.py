"""What an argument of a command is, and what its text has to look like."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    Value = TypeVar("Value")

PROGRAM = f"python -m {__name__.removesuffix('._cli.argument')}"
SCRIPT = "ancla-sdk"
KEY_SOURCES = "set ANCLA_API_KEY or give --api-key-file FILE"


class UsageError(Exception):
    """Says what is wrong with a command line, and repeats nothing that may be a value or a key."""


class Given:
    """What was given on the command line: one attribute for each argument of the command."""

    config_files: Any
    id: str
    org: tuple[str]
    project: tuple[str, str]
    app: tuple[str, str, str]
    wait = follow = show_secrets = False

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    @property
    def waits(self) -> bool:
        return self.wait or self.follow

    @property
    def id_alone(self) -> bool:
        """Whether something is named by its id, and not its app."""
        return self.__dict__["app"] is None

    @property
    def listed_keys(self) -> str:
        return ", ".join(dict.fromkeys(self.keys))

    if TYPE_CHECKING:  # the others

        def __getattr__(self, name: str) -> Any: ...


class Slugs(tuple[str, ...]):
    """What `Given` holds of a path such as ORG/PROJECT[/ENV]/APP: all but the environment."""

    environment: str | None
    _is_environment: bool

    def __new__(
        cls, slugs: Iterable[str], environment: str | None = None, is_environment: bool = False
    ) -> Slugs:
        self = super().__new__(cls, slugs)
        self.environment = environment
        self._is_environment = is_environment
        return self

    def __str__(self) -> str:
        names_environment = len(self) == 3 or self._is_environment
        middle = [self.environment] if self.environment and names_environment else []
        return "/".join([*self[:2], *middle, *self[2:]])


class Argument:
    """One argument of commands.

    form:     the names of an option and what stands for its value, such as "-f --file FILE"; a
              flag has no value; without a name it is an argument that is told by its place
    type:     makes the value of the text; its ValueError says what the text should be
    choices:  all that its text may be
    many:     it takes all words that are left
    behind_dashes: it takes all words behind `--`, whatever they are
    sample:   for examples
    """

    def __init__(
        self,
        form: str,
        help: str,
        sample: str = "",
        *,
        type: Callable[[str], object] = str,
        required: bool = False,
        choices: tuple[str, ...] = (),
        many: bool = False,
        behind_dashes: bool = False,
        default: object = None,
        dest: str = "",
    ) -> None:
        words = form.split()
        self.metavar = "" if words[-1].startswith("-") else words.pop()
        self.is_option = bool(words)
        self.label = words[-1] if words else self.metavar  # in messages
        self.dest = dest or self.label.lstrip("-").replace("-", "_").lower()
        self.names = words or [self.dest]
        self.form = f"{self.label} {self.metavar}" if words else self.label + " ..." * many
        if behind_dashes:
            self.form = f"-- {self.label}"
        self.help = help
        self.sample = sample
        self.type = type
        self.choices = choices
        self.many = many
        self.behind_dashes = behind_dashes
        self.is_required = required or not (self.is_option or many)
        self.default: Any = default if self.metavar else False

    def parse(self, text: str) -> object:
        if self.choices and text not in self.choices:
            raise UsageError(f"argument {self.label}: should be {' or '.join(self.choices)}")
        return read(f"argument {self.label}:", self.type, text)


def read(what: str, type: Callable[[str], Value], text: str) -> Value:
    """The value of what was typed; UsageError, which does not repeat it, if there is none."""
    try:
        return type(text)
    except ValueError as error:
        raise UsageError(f"{what} {error}") from None


def seconds(text: str) -> float:
    """The type of an argument that is a length of time."""
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
    """The type of what names one thing at the server: a slug, a key or an id."""
    from .._api.arguments import path_segment

    try:
        path_segment("", text)
    except ValueError:
        raise ValueError(
            "should not be empty, . or .., nor hold slashes, backslashes or control characters"
        ) from None
    return text


YES_OR_NO = ("yes", "no")


def yes_or_no(text: str) -> bool:
    return text == "yes"


def column_names(text: str) -> list[str]:
    names = text.split(",")
    if not all(names):
        raise ValueError("should look like name,slug")
    return names


def pod_classes(text: str, example: str = "web=small,worker=large") -> dict[str, str]:
    found = [pair.partition("=") for pair in text.split(",")]
    if not all(process and value for process, _, value in found):
        raise ValueError(f"should look like {example}")
    if len({process for process, *_ in found}) < len(found):
        raise ValueError("should name each process once")
    return {process: value for process, _, value in found}


def process_counts(text: str) -> dict[str, int]:
    found = pod_classes(text, "web=2,worker=1")
    if not all(count.isascii() and count.isdigit() for count in found.values()):
        raise ValueError("should look like web=2,worker=1")
    return {process: int(count) for process, count in found.items()}


def variable_name(text: str) -> str:
    if "=" in text:
        raise ValueError("should be the name alone, with no = and no value behind it")
    return segment(text)


def outline(word: str) -> str:
    """What an error may tell of a word: its form, and the name of a variable with its value."""
    if setting := re.match("([A-Z_][A-Z0-9_]*)=[^=]", word):
        return f"{setting[1]}=..."
    return re.sub("[^/]+", "...", word)[:40] or "nothing"


def path(dest: str, form: str, sample: str, more: str = "") -> Argument:
    """The argument for ORG, ORG/PROJECT, ORG/PROJECT/ENV or ORG/PROJECT[/ENV]/APP."""
    length = len(form.split("/"))
    is_environment = form.endswith("/ENV")

    def parse(text: str) -> Slugs:
        slugs = text.split("/")
        has_environment = is_environment or (length == 3 and len(slugs) == 4)
        expected = length + (has_environment and not is_environment)
        if len(slugs) != expected or not all(slugs) or "=" in text:
            raise ValueError(f"should look like {sample}, not {outline(text)}")
        for slug in slugs:
            segment(slug)
        environment = slugs.pop(2) if has_environment else None
        return Slugs(slugs, environment, is_environment)

    kind = {"org": "organization"}.get(dest, dest)
    return Argument(form, f"{kind}, such as {sample}{more}", sample, type=parse, dest=dest)


def name_for_people(sample: str) -> Argument:
    return Argument("NAME", "display name; the slug of something new is made from it", sample)

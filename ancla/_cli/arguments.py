"""The arguments that commands take, and what their text has to look like."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    Value = TypeVar("Value")

PROGRAM = f"python -m {__name__.removesuffix('._cli.arguments')}"
SCRIPT = "ancla-sdk"
KEY_SOURCES = "set ANCLA_API_KEY or give --api-key-file FILE"


class UsageError(Exception):
    """Says what is wrong with a command line, and repeats nothing that may be a value or a key."""


class Given:
    """What was given on the command line: one attribute for each argument of the command."""

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

    if TYPE_CHECKING:  # the others

        def __getattr__(self, name: str) -> Any: ...


class Slugs(tuple[str, ...]):
    """What `Given` holds of ORG, ORG/PROJECT or ORG/PROJECT[/ENV]/APP: all but the environment."""

    environment: str | None

    def __new__(cls, slugs: Iterable[str], environment: str | None = None) -> Slugs:
        self = super().__new__(cls, slugs)
        self.environment = environment
        return self

    def __str__(self) -> str:
        middle = [self.environment] if self.environment and len(self) == 3 else []
        return "/".join([*self[:2], *middle, *self[2:]])


class Argument:
    """One argument of commands.

    form:     the names of an option and what stands for its value, such as "-f --file FILE"; a
              flag has no value; without a name it is an argument that is told by its place
    type:     makes the value of the text; its ValueError says what the text should be
    choices:  all that its text may be
    many:     it takes all words that are left
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
        self.help = help
        self.sample = sample
        self.type = type
        self.choices = choices
        self.many = many
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


def yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError("should be yes or no")
    return text == "yes"


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


def _path(dest: str, form: str, sample: str, more: str = "") -> Argument:
    length = len(form.split("/"))

    def parse(text: str) -> Slugs:
        slugs = text.split("/")
        names_environment = length == 3 and len(slugs) == 4
        if len(slugs) != length + names_environment or not all(slugs) or "=" in text:
            raise ValueError(f"should look like {sample}, not {outline(text)}")
        for slug in slugs:
            segment(slug)
        environment = slugs.pop(2) if names_environment else None
        return Slugs(slugs, environment)

    return Argument(form, f"such as {sample}{more}", sample, type=parse, dest=dest)


def _name(sample: str) -> Argument:
    return Argument("NAME", "name for people; a new thing's slug is made from it", sample)


ORG = _path("org", "ORG", "acme")
PROJECT = _path("project", "ORG/PROJECT", "acme/shop")
APP = _path("app", "ORG/PROJECT/APP", "acme/shop/web", ", or ORG/PROJECT/ENV/APP")
ORG_NAME = _name("Acme")
PROJECT_NAME = _name("Shop")
APP_NAME = _name("Web")
ENVIRONMENT_NAME = _name("QA")
ENVIRONMENT = Argument("ENV", "the environment", "staging", type=segment)
SOURCE = Argument("SOURCE", "environment to take it from", "staging", type=segment)
TARGET = Argument("TARGET", "environment to deploy it into", "production", type=segment)
USERNAME = Argument("USERNAME", "who joins", "ada")
ADMIN = Argument("--admin", "as an administrator")
USER_ID = Argument("USER_ID", "id of the user: see `orgs members`", "7f2c", type=segment)
IMAGE_ID = Argument("IMAGE_ID", "id: see `images list`", "7f2c", type=segment, dest="id")
RELEASE_ID = Argument("RELEASE_ID", "id: see `releases list`", "7f2c", type=segment, dest="id")
DEPLOYMENT_ID = Argument(
    "DEPLOYMENT_ID", "id: see `deployments list`", "7f2c", type=segment, dest="id"
)
YES = Argument("-y --yes", "do not ask", "--yes")
PLATFORM = Argument(
    "--platform PLATFORM", "platform to run on, such as wind", "--platform wind", required=True
)
COUNTS = Argument(
    "PROCESS=COUNT", "such as web=2", "web=2 worker=1", many=True, required=True, dest="counts"
)

KEY = Argument("KEY", "name of the variable", "LOG_LEVEL", type=variable_name)
SETTINGS = Argument("KEY=VALUE", "such as LOG_LEVEL=info", many=True, dest="settings")
STDIN = Argument(
    "--stdin KEY",
    "read the value of KEY from standard input; it is not shown",
    "--secret --stdin TOKEN < token.txt",
    type=variable_name,
)
ENV_FILE = Argument("-f --file FILE", "the file, or - for standard input", "-f .env", required=True)
SHOW_SECRETS = Argument("--show-secrets", "show secret values, not ********")
SECRET = Argument("--secret", "mark as secret; shown as ******** from now on")
BUILDTIME = Argument("--buildtime", "there while the image is built, too")

SHELL = Argument("SHELL", "bash, zsh or fish", "bash", choices=("bash", "zsh", "fish"))
METHOD = Argument("METHOD", "such as GET or POST", "POST")
ROUTE = Argument("PATH", "what follows /api/v1, such as /organizations", "/organizations")
DATA = Argument(
    "-d --data JSON",
    "body of the request: JSON, @FILE, or - for standard input",
    """--data '{"name": "Acme"}'""",
)

INTERVAL = Argument("--interval S", "seconds between two looks (3)", type=seconds, default=3.0)
WAIT = (
    Argument(
        "--wait",
        "wait until it is over, for --timeout seconds in all (600)",
        "--wait --timeout 900",
    ),
    INTERVAL,
)
FOLLOW = (
    Argument(
        "-f --follow",
        "print what is new until it is over, for --timeout seconds in all (600)",
        "--follow",
    ),
    INTERVAL,
)
WAIT_AND_FOLLOW = (*WAIT, Argument("-f --follow", "wait, and print the logs meanwhile"))
APP_OPTIONS = (
    Argument("--name NAME", "name for people"),
    Argument("--platform PLATFORM", "platform to run on"),
    Argument("--counts PROCESS=COUNT,...", "web=2", type=process_counts, dest="process_counts"),
    Argument(
        "--pod-classes PROCESS=CLASS,...", "sizes", type=pod_classes, dest="process_pod_classes"
    ),
    Argument("--privileged yes|no", "with more rights", type=yes_or_no),
    Argument("--repository OWNER/NAME", "on GitHub", dest="github_repository"),
    Argument("--private yes|no", "is it?", type=yes_or_no, dest="github_repository_is_private"),
    Argument(
        "--installation-id N", "on GitHub", type=whole_number, dest="github_app_installation_id"
    ),
    Argument("--github-environment NAME", "on GitHub", dest="github_environment_name"),
    Argument(
        "--branch BRANCH", "deploy when it changes", "--branch main", dest="auto_deploy_branch"
    ),
    Argument("--subdirectory FOLDER", "of the app in its repository"),
    Argument("--health-check-path PATH", "such as /_health/"),
    Argument("--health-check-host HOST", "to ask in health checks"),
    Argument("--deployment-timeout S", "in seconds", type=whole_number),
)

HELP = Argument("-h --help", "show this help and exit")
VERSION = Argument("--version", "show the version and exit")
GLOBAL_OPTIONS = (
    HELP,
    Argument("--json", "print one JSON document"),
    Argument("-o --output FORMAT", "json is --json", choices=("table", "json")),
    Argument(
        "--environment ENV",
        "the environment of the app, where the platform has them (production)",
        type=segment,
    ),
    Argument(
        "--routes ROUTES",
        "the server's route set; auto (the default) asks it when it has to",
        choices=("auto", "workspaces", "published", "slugs"),
    ),
    Argument("-q --quiet", "no messages but errors"),
    Argument("--verbose", "tell of every request"),
    Argument("--server URL", "the server to ask"),
    Argument("--api-key-file FILE", "what holds the API key"),
    Argument(
        "--timeout S",
        "seconds for each request (30), or in all with --wait or --follow (600)",
        type=seconds,
    ),
    Argument("--proxy URL", "the proxy to go through"),
    Argument("--ca-file FILE", "PEM file of the CAs to trust"),
)

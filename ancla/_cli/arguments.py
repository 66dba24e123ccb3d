"""The arguments that commands take, and what their text has to look like."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


PROGRAM = f"python -m {__package__.rpartition('.')[0]}"
SCRIPT = "ancla-sdk"
KEY_SOURCES = "set ANCLA_API_KEY or give --api-key-file FILE"


class UsageError(ValueError):
    """Says what is wrong with a command line, and repeats nothing that may be a value or a key."""


class Given:
    """What was given on the command line: one attribute for each argument of the command."""

    org: tuple[str]
    project: tuple[str, str]
    app: tuple[str, str, str]

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    @property
    def waits(self) -> bool:
        return bool(self.__dict__.get("wait") or self.__dict__.get("follow"))

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
    """One argument: an option if its names begin with a dash, and a flag if it has no metavar.

    metavar:  what stands for the value in the help, such as "KEY"
    type:     makes the value of the text; its ValueError says what the text should be
    choices:  all that its text may be
    many:     it takes all words that are left
    sample:   for examples
    """

    def __init__(
        self,
        *names: str,
        metavar: str = "",
        help: str,
        type: Callable[[str], object] = str,
        required: bool = False,
        choices: tuple[str, ...] = (),
        many: bool = False,
        default: object = None,
        dest: str = "",
        sample: str = "",
    ) -> None:
        self.names = names
        self.metavar = metavar
        self.help = help
        self.type = type
        self.choices = choices
        self.many = many
        self.is_option = names[0].startswith("-")
        self.is_required = required or not (self.is_option or many)
        self.default: Any = (False if not metavar else [] if many else default)
        self.dest = dest or names[-1].lstrip("-").replace("-", "_")
        self.sample = sample

    @property
    def label(self) -> str:
        """How the argument is called in messages."""
        return self.names[-1] if self.is_option else self.metavar


    def parse(self, text: str) -> object:
        """The value of what was typed; UsageError, which does not repeat it, if there is none."""
        try:
            if self.choices and text not in self.choices:
                raise ValueError(f"should be {' or '.join(self.choices)}")
            return self.type(text)
        except ValueError as error:
            raise UsageError(f"argument {self.label}: {error}") from None


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


def _path(name: str, form: str, sample: str, more: str = "") -> Argument:
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

    return Argument(name, metavar=form, type=parse, help=f"such as {sample}{more}", sample=sample)


def _word(name: str, metavar: str, help: str, sample: str, **options: Any) -> Argument:
    return Argument(name, metavar=metavar, help=help, sample=sample, **options)


def _name(sample: str) -> Argument:
    return _word("name", "NAME", "name for people; a new thing's slug is made from it", sample)


def _app_field(field: str, option: str, help: str, sample: str = "", **options: Any) -> Argument:
    name, metavar = option.split()
    return Argument(name, dest=field, metavar=metavar, help=help, sample=sample, **options)


ORG = _path("org", "ORG", "acme")
PROJECT = _path("project", "ORG/PROJECT", "acme/shop")
APP = _path("app", "ORG/PROJECT/APP", "acme/shop/web", ", or ORG/PROJECT/ENV/APP")
ORG_NAME = _name("Acme")
PROJECT_NAME = _name("Shop")
APP_NAME = _name("Web")
ENVIRONMENT_NAME = _name("QA")
ENVIRONMENT = _word("slug", "ENV", "the environment", "staging", type=segment)
SOURCE = _word("source", "SOURCE", "environment to take it from", "staging", type=segment)
TARGET = _word("target", "TARGET", "environment to deploy it into", "production", type=segment)
USERNAME = _word("username", "USERNAME", "who joins", "ada")
ADMIN = Argument("--admin", help="as an administrator")
USER_ID = _word("user_id", "USER_ID", "id of the user: see `orgs members`", "7f2c", type=segment)
IMAGE_ID = _word("id", "IMAGE_ID", "id: see `images list`", "7f2c", type=segment)
RELEASE_ID = _word("id", "RELEASE_ID", "id: see `releases list`", "7f2c", type=segment)
DEPLOYMENT_ID = _word("id", "DEPLOYMENT_ID", "id: see `deployments list`", "7f2c", type=segment)
YES = Argument("-y", "--yes", help="do not ask", sample="--yes")

PLATFORM = Argument(
    "--platform",
    metavar="PLATFORM",
    required=True,
    help="platform to run on, such as wind",
    sample="--platform wind",
)
COUNTS = Argument(
    "counts",
    metavar="PROCESS=COUNT",
    many=True,
    required=True,
    help="such as web=2",
    sample="web=2 worker=1",
)

KEY = _word("key", "KEY", "name of the variable", "LOG_LEVEL", type=variable_name)
SETTINGS = Argument("settings", metavar="KEY=VALUE", many=True, help="such as LOG_LEVEL=info")
STDIN = Argument(
    "--stdin",
    metavar="KEY",
    type=variable_name,
    help="read the value of KEY from standard input; it is not shown",
    sample="--secret --stdin TOKEN < token.txt",
)
ENV_FILE = Argument(
    "-f",
    "--file",
    metavar="FILE",
    required=True,
    help="the file, or - for standard input",
    sample="-f .env",
)
SHOW_SECRETS = Argument("--show-secrets", help="show secret values, not ********")
SECRET = Argument("--secret", help="mark as secret; shown as ******** from now on")
BUILDTIME = Argument("--buildtime", help="there while the image is built, too")

SHELL = _word("shell", "SHELL", "bash, zsh or fish", "bash", choices=("bash", "zsh", "fish"))
METHOD = _word("method", "METHOD", "such as GET or POST", "POST")
ROUTE = _word("route", "PATH", "what follows /api/v1, such as /organizations", "/organizations")
DATA = Argument(
    "-d",
    "--data",
    metavar="JSON",
    help="body of the request: JSON, @FILE, or - for standard input",
    sample="""--data '{"name": "Acme"}'""",
)

INTERVAL = Argument(
    "--interval", metavar="S", type=seconds, default=3.0, help="seconds between two looks (3)"
)
WAIT = (
    Argument(
        "--wait",
        help="wait until it is over, for --timeout seconds in all (600)",
        sample="--wait --timeout 900",
    ),
    INTERVAL,
)
FOLLOW = (
    Argument(
        "-f",
        "--follow",
        help="print what is new until it is over, for --timeout seconds in all (600)",
        sample="--follow",
    ),
    INTERVAL,
)
WAIT_AND_FOLLOW = (*WAIT, Argument("-f", "--follow", help="wait, and print the logs meanwhile"))
APP_OPTIONS = (
    _app_field("name", "--name NAME", "name for people"),
    _app_field("platform", "--platform PLATFORM", "platform to run on"),
    _app_field("process_counts", "--counts PROCESS=COUNT,...", "web=2", type=process_counts),
    _app_field("process_pod_classes", "--pod-classes PROCESS=CLASS,...", "sizes", type=pod_classes),
    _app_field("privileged", "--privileged yes|no", "with more rights", type=yes_or_no),
    _app_field("github_repository", "--repository OWNER/NAME", "on GitHub"),
    _app_field("github_repository_is_private", "--private yes|no", "is it?", type=yes_or_no),
    _app_field("github_app_installation_id", "--installation-id N", "on GitHub", type=whole_number),
    _app_field("github_environment_name", "--github-environment NAME", "on GitHub"),
    _app_field("auto_deploy_branch", "--branch BRANCH", "deploy when it changes", "--branch main"),
    _app_field("subdirectory", "--subdirectory FOLDER", "of the app in its repository"),
    _app_field("health_check_path", "--health-check-path PATH", "such as /_health/"),
    _app_field("health_check_host", "--health-check-host HOST", "to ask in health checks"),
    _app_field("deployment_timeout", "--deployment-timeout S", "in seconds", type=whole_number),
)

HELP = Argument("-h", "--help", help="show this help and exit")
VERSION = Argument("--version", help="show the version and exit")
GLOBAL_OPTIONS = (
    HELP,
    Argument("--json", help="print one JSON document"),
    Argument(
        "-o", "--output", metavar="FORMAT", choices=("table", "json"), help="json is --json"
    ),
    Argument(
        "--environment",
        metavar="ENV",
        type=segment,
        help="the environment of the app, where the platform has them (production)",
    ),
    Argument("-q", "--quiet", help="no messages but errors"),
    Argument("--verbose", help="tell of every request"),
    Argument("--server", metavar="URL", help="the server to ask"),
    Argument("--api-key-file", metavar="FILE", help="what holds the API key"),
    Argument(
        "--timeout",
        metavar="S",
        type=seconds,
        help="seconds for each request (30), or in all with --wait or --follow (600)",
    ),
    Argument("--proxy", metavar="URL", help="the proxy to go through"),
    Argument("--ca-file", metavar="FILE", help="PEM file of the CAs to trust"),
)

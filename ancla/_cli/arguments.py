"""The arguments that commands take, and what their text has to look like."""

from __future__ import annotations

import argparse

from .output import HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


KEY_SOURCES = "set ANCLA_API_KEY or give --api-key-file FILE"


class Given(argparse.Namespace):
    """What was given on the command line: one attribute for each argument of the command."""

    org: tuple[str]
    project: tuple[str, str]
    app: tuple[str, str, str]


class Slugs(tuple[str, ...]):
    """What `Given` holds of ORG, ORG/PROJECT or ORG/PROJECT/APP."""

    def __str__(self) -> str:
        return "/".join(self)


class Argument:
    """One argument, as for `ArgumentParser.add_argument`; the sample is for examples."""

    def __init__(self, *names: str, sample: str = "", **options: Any) -> None:
        self.names = names
        self.sample = sample
        self.options = options

    @property
    def dest(self) -> str:
        return str(self.options.get("dest") or self.names[-1].lstrip("-").replace("-", "_"))


def seconds(text: str) -> float:
    """The type of an argument that is a length of time."""
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"should be a number of seconds above 0, not {text!r}")
    return number


def whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"should be a whole number, not {text!r}") from None


def _path(name: str, form: str, sample: str) -> Argument:
    def parse(text: str) -> Slugs:
        slugs = Slugs(text.split("/"))
        if len(slugs) != len(form.split("/")) or not all(slugs):
            raise argparse.ArgumentTypeError(f"should look like {sample}, not {text!r}")
        return slugs

    return Argument(name, metavar=form, type=parse, help=f"such as {sample}", sample=sample)


def _word(name: str, metavar: str, help: str, sample: str) -> Argument:
    return Argument(name, metavar=metavar, help=help, sample=sample)


def _name(sample: str) -> Argument:
    return _word("name", "NAME", "name for people; a new thing's slug is made from it", sample)


def _flag(*names: str, help: str, sample: str = "") -> Argument:
    return Argument(*names, action="store_true", help=help, sample=sample)


def _app_field(name: str, option: str, help: str, sample: str = "", **options: Any) -> Argument:
    metavar = option.lstrip("-").upper().replace("-", "_")
    return Argument(option, dest=name, metavar=metavar, help=help, sample=sample, **options)


ORG = _path("org", "ORG", "acme")
PROJECT = _path("project", "ORG/PROJECT", "acme/shop")
APP = _path("app", "ORG/PROJECT/APP", "acme/shop/web")
ORG_NAME = _name("Acme")
PROJECT_NAME = _name("Shop")
APP_NAME = _name("Web")
USERNAME = _word("username", "USERNAME", "who joins", "ada")
ADMIN = _flag("--admin", help="as an administrator")
USER_ID = _word("user_id", "USER_ID", "id of the user: see `orgs members`", "7f2c")
IMAGE_ID = _word("id", "IMAGE_ID", "id of the image: see `images list`", "7f2c")
RELEASE_ID = _word("id", "RELEASE_ID", "id of the release: see `releases list`", "7f2c")
DEPLOYMENT_ID = _word("id", "DEPLOYMENT_ID", "id: see `deployments list`", "7f2c")
YES = _flag("-y", "--yes", help="do not ask", sample="--yes")

PLATFORM = Argument(
    "--platform",
    metavar="PLATFORM",
    required=True,
    help="platform to run on, such as wind",
    sample="--platform wind",
)
COUNTS = Argument(
    "counts", metavar="PROCESS=COUNT", nargs="+", help="such as web=2", sample="web=2 worker=1"
)

KEY = _word("key", "KEY", "name of the variable", "LOG_LEVEL")
SETTINGS = Argument("settings", metavar="KEY=VALUE", nargs="*", help="such as LOG_LEVEL=info")
STDIN = Argument(
    "--stdin",
    metavar="KEY",
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
SHOW_SECRETS = _flag("--show-secrets", help=f"show secret values, not {HIDDEN}")
SECRET = _flag("--secret", help=f"mark as secret; shown as {HIDDEN} from now on")
BUILDTIME = _flag("--buildtime", help="there while the image is built, too")

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
    _flag(
        "--wait",
        help="wait until it is over, for --timeout seconds in all (600)",
        sample="--wait --timeout 900",
    ),
    INTERVAL,
)
FOLLOW = (
    _flag(
        "-f",
        "--follow",
        help="print what is new until it is over, for --timeout seconds in all (600)",
        sample="--follow",
    ),
    INTERVAL,
)
APP_OPTIONS = (
    _app_field("name", "--name", "name for people"),
    _app_field("platform", "--platform", "platform to run on"),
    _app_field("github_repository", "--repository", "on GitHub, such as acme/web"),
    _app_field("auto_deploy_branch", "--branch", "deploy when it changes", "--branch main"),
    _app_field("subdirectory", "--subdirectory", "folder of the app in its repository"),
    _app_field("health_check_path", "--health-check-path", "such as /_health/"),
    _app_field("health_check_host", "--health-check-host", "host to ask in health checks"),
    _app_field("deployment_timeout", "--deployment-timeout", "in seconds", type=whole_number),
)

GLOBAL_OPTIONS = (
    _flag("--json", help="print one JSON document"),
    _flag("-q", "--quiet", help="no messages but errors"),
    _flag("--verbose", help="tell of every request"),
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

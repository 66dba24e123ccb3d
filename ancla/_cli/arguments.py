"""The table of arguments that commands take."""

from __future__ import annotations

from .argument import (
    Argument,
    name_for_people,
    path,
    pod_classes,
    process_counts,
    seconds,
    segment,
    variable_name,
    whole_number,
    yes_or_no,
)

ORG = path("org", "ORG", "acme")
PROJECT = path("project", "ORG/PROJECT", "acme/shop")
APP = path("app", "ORG/PROJECT/APP", "acme/shop/web", ", or ORG/PROJECT/ENV/APP")
ORG_NAME = name_for_people("Acme")
PROJECT_NAME = name_for_people("Shop")
APP_NAME = name_for_people("Web")
ENVIRONMENT_NAME = name_for_people("QA")
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

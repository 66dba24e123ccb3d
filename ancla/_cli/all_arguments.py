"""The table of arguments that commands take."""

from __future__ import annotations

from .argument import (
    YES_OR_NO,
    Argument,
    column_names,
    display_name,
    path,
    pod_classes,
    positive_number,
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
_OUR_SCOPES = {"env": "environment", "service": None}
PLACE = Argument(
    "PATH",
    "path to read, such as acme, acme/shop or acme/shop/web (default: the link, then the first "
    "that exists)",
    "acme/shop/web",
    type=lambda text: (ORG, PROJECT, APP)[min(text.count("/"), 2)].parse(text),
    required=False,
    dest="app",
)
REQUESTS = Argument(
    "--requests N", "maximum number of requests (default: 30)", type=positive_number, default=30
)
# The positional argument that replaces the app for each scope.
SCOPES = {
    "workspace": path("app", "ORG", "acme"),
    "project": path("app", "ORG/PROJECT", "acme/shop"),
    "environment": path("app", "ORG/PROJECT/ENV", "acme/shop/staging"),
}
SCOPE = Argument(
    "--scope SCOPE",
    "use the variables that all apps of a workspace, project or environment (or env) share; the "
    "path names that workspace, project or environment, such as acme/shop for a project; service, "
    "the default, is the app's own variables",
    type=lambda text: _OUR_SCOPES.get(text, text),
    choices=(*SCOPES, *_OUR_SCOPES),
)
ORG_NAME = display_name("Acme")
PROJECT_NAME = display_name("Shop")
APP_NAME = display_name("Web")
ENVIRONMENT_NAME = display_name("QA")
SLUG = Argument("--slug SLUG", "slug of the new record (default: made of the name)", type=segment)
ENVIRONMENT = Argument("ENV", "slug of the environment", "staging", type=segment)
SOURCE = Argument("SOURCE", "environment to promote from", "qa", type=segment)
TARGET = Argument("TARGET", "environment to deploy into", "staging", type=segment)
USERNAME = Argument("USERNAME", "name of the user to add", "ada")
ADMIN = Argument("--admin", "add the user as an administrator")
LATEST = "latest"  # Accepted instead of an id.


def _id(kind: str, more: str = "", default: str | None = None) -> Argument:
    text = f"id of the {kind}{more}: see `{kind}s list`"
    form = f"{kind.upper()}_ID"
    return Argument(form, text, "7f2c", type=segment, dest="id", default=default)


IMAGE_ID_OR_LATEST = _id("image", f", or its version (default: {LATEST})", LATEST)
DEPLOYMENT_ID = _id("deployment")
DEPLOYMENT_ID_OR_LATEST = _id("deployment", f" (default: {LATEST})", LATEST)
PREVIEW = Argument("--preview", "show what would be promoted, and change nothing")
LIMIT = Argument(
    "--limit N", "maximum number of runs to show (default: 10)", type=positive_number, default=10
)
STRATEGY = Argument(
    "--strategy STRATEGY",
    "how to build: dockerfile or buildpack (default: the platform chooses)",
    choices=("dockerfile", "buildpack"),
    dest="build_strategy",
)
REPOSITORY = Argument(
    "--repository OWNER/NAME", "GitHub repository of the app", dest="github_repository"
)
NEW_NAME = Argument("--name NAME", "new display name", "--name QA", required=True)
APP_SLUG = Argument(
    "--app APP",
    "slug of the only app to deploy (default: the platform chooses)",
    type=segment,
    dest="app_slug",
)
YES = Argument("-y --yes", "delete without asking", "--yes")
YES_UNASKED = Argument("-y --yes", "has no effect, since this command asks nothing")
COLUMNS = Argument(
    "--columns NAME,...",
    "columns of the table, in this order, such as name,slug",
    type=column_names,
)
NO_HEADER = Argument("--no-header", "print the table without its first line")
PLATFORM = Argument(
    "--platform PLATFORM", "platform to run on, such as wind", "--platform wind", required=True
)
COUNTS = Argument(
    "PROCESS=COUNT",
    "how many of each process to run, such as web=2",
    "web=2 worker=1",
    many=True,
    required=True,
    dest="counts",
)

KEY = Argument("KEY", "name of the variable", "LOG_LEVEL", type=variable_name)
KEYS = Argument(
    "KEY",
    "name of a variable to delete",
    "LOG_LEVEL TOKEN",
    type=variable_name,
    many=True,
    required=True,
    dest="keys",
)
SETTINGS = Argument(
    "KEY=VALUE", "variable to set, such as LOG_LEVEL=info", many=True, dest="settings"
)
STDIN = Argument(
    "--stdin KEY",
    "read the value of the variable KEY from standard input; it is not shown",
    "--secret --stdin TOKEN < token.txt",
    type=variable_name,
)
ENV_FILE = Argument(
    "-f --file FILE", "the .env file to read, or - for standard input", "-f .env", required=True
)
OVERWRITE = Argument("--overwrite", "change the variables that exist already")
DRY_RUN = Argument("--dry-run", "show what the import would do, and change nothing")
SHOW_SECRETS = Argument("--show-secrets", "show secret values, not ********")
EXPORT_SECRETS = Argument(
    "--show-secrets", "write secret values too, where the server does not mask them"
)
RESOLVED = Argument(
    "--resolved",
    "use all variables that the app gets, also those that its environment, project and workspace "
    "share (default: only the app's own)",
)
KEEP_OWN = Argument(
    "--keep-own",
    "keep the shell's own variable where the server masks the value of the app's "
    "(default: the command gets neither)",
)
FORMAT = Argument(
    "--format FORMAT",
    "env for a .env file (the default), docker for docker run --env-file, or json",
    "> .env",
    choices=("env", "docker", "json"),
)
SECRET = Argument(
    "--secret", "mark the variables as secret: from then on they are shown as ********"
)
NO_SECRET = Argument("--no-secret", "mark the variables as not secret")
BUILDTIME = Argument("--buildtime", "make the variables available to builds, too")
PROGRAM_TO_RUN = Argument(
    "-- COMMAND",
    "the command to run, with its arguments",
    "-- python manage.py migrate",
    dest="command_to_run",
)

SHELL = Argument(
    "SHELL",
    "shell to write the script for: bash, zsh or fish",
    "bash",
    choices=("bash", "zsh", "fish"),
)
METHOD = Argument("METHOD", "HTTP method, such as GET or POST", "POST")
ROUTE = Argument("PATH", "path below /api/v1, such as /workspaces", "/workspaces")
DATA = Argument(
    "-d --data JSON",
    "body of the request: JSON, @FILE to read it from a file, or - for standard input",
    """--data '{"name": "Acme"}'""",
)

INTERVAL = Argument("--interval S", "seconds between polls (default: 3)", type=seconds, default=3.0)
WAIT = (
    Argument(
        "--wait",
        "wait until the build or deployment has finished, at most --timeout seconds (default: 600)",
        "--wait --timeout 900",
    ),
    INTERVAL,
)
FOLLOW = (
    Argument(
        "-f --follow",
        "print the log as it grows until its end, at most --timeout seconds (default: 600)",
        "--follow",
    ),
    INTERVAL,
)
WAIT_AND_FOLLOW = (
    *WAIT,
    Argument("-f --follow", "wait as with --wait, and print the logs meanwhile"),
)
CONFIG_ONLY = Argument(
    "--config-only", "deploy changed variables without a build, where the platform can do that"
)
RESTART = (
    Argument("--restart", "then deploy the app without a build, so that it gets the variables"),
    Argument("--wait", "with --restart: wait until the deployment has finished"),
    INTERVAL,
)
NO_FOLLOW = Argument("--no-follow", "only start the deploy, and do not wait for it")
APP_OPTIONS = (
    Argument("--name NAME", "display name of the app; not on published routes"),
    Argument("--platform PLATFORM", "platform to run on, such as wind; only on slug routes"),
    Argument(
        "--counts PROCESS=COUNT,...",
        "how many of each process run, as web=2,worker=1; only on slug routes",
        type=process_counts,
        dest="process_counts",
    ),
    Argument(
        "--pod-classes PROCESS=CLASS,...",
        "size of each process, such as web=small,worker=large; only on slug routes",
        type=pod_classes,
        dest="process_pod_classes",
    ),
    Argument(
        "--privileged yes|no",
        "whether the processes run privileged; only on slug routes",
        type=yes_or_no,
        choices=YES_OR_NO,
    ),
    REPOSITORY,
    Argument(
        "--private yes|no",
        "whether the GitHub repository is private; only on retired routes",
        type=yes_or_no,
        choices=YES_OR_NO,
        dest="github_repository_is_private",
    ),
    Argument(
        "--installation-id N",
        "id of the GitHub App's installation; only on retired routes",
        type=whole_number,
        dest="github_app_installation_id",
    ),
    Argument(
        "--github-environment NAME",
        "GitHub environment of the deployments; only on retired routes",
        dest="github_environment_name",
    ),
    Argument(
        "--branch BRANCH",
        "branch whose changes are deployed",
        "--branch main",
        dest="auto_deploy_branch",
    ),
    Argument(
        "--subdirectory FOLDER", "folder of the app in its repository; only on retired routes"
    ),
    Argument(
        "--health-check-path PATH",
        "path that health checks request, such as /_health/; only on retired routes",
    ),
    Argument(
        "--health-check-host HOST", "host name that health checks send; only on retired routes"
    ),
    Argument(
        "--deployment-timeout S",
        "seconds that a deployment may take; only on retired routes",
        type=whole_number,
    ),
)

HELP = Argument("-h --help", "show this help and exit")
VERSION = Argument("--version", "show the version and exit")
GLOBAL_OPTIONS = (
    HELP,
    Argument("--json", "print the result as one JSON document"),
    Argument(
        "-o --output FORMAT",
        "table (the default), or json, which is --json",
        choices=("table", "json"),
    ),
    Argument(
        "--environment ENV",
        "environment of the app, on servers that have them (default: $ANCLA_ENV, "
        "then the environment of the link, then production)",
        type=segment,
    ),
    Argument(
        "--routes ROUTES",
        "route set of the server: auto, which asks the server (the default), workspaces, "
        "published or slugs",
        choices=("auto", "workspaces", "published", "slugs"),
    ),
    Argument("-q --quiet", "print no messages, only errors"),
    Argument("--verbose", "log every request to standard error"),
    Argument(
        "--server URL",
        "server to send requests to (default: $ANCLA_SERVER, then the login's server)",
    ),
    Argument(
        "--api-key-file FILE",
        "file that holds the API key (default: $ANCLA_API_KEY, then the login's key)",
    ),
    Argument(
        "--timeout S",
        "seconds for each request (default: 30), or for the whole wait with --wait or --follow "
        "(default: 600)",
        type=seconds,
    ),
    Argument("--proxy URL", "HTTP proxy to use (default: that of the environment)"),
    Argument("--ca-file FILE", "PEM file with the certificate authorities to trust"),
)

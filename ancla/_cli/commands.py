"""The commands as one table: words, summary, call, arguments and what is printed."""

from __future__ import annotations

from . import calls, completion, output
from .arguments import (
    ADMIN,
    APP,
    APP_NAME,
    APP_OPTIONS,
    BUILDTIME,
    COUNTS,
    DATA,
    DEPLOYMENT_ID,
    ENV_FILE,
    ENVIRONMENT,
    ENVIRONMENT_NAME,
    FOLLOW,
    IMAGE_ID,
    KEY,
    METHOD,
    ORG,
    ORG_NAME,
    PLATFORM,
    PROJECT,
    PROJECT_NAME,
    RELEASE_ID,
    ROUTE,
    SECRET,
    SETTINGS,
    SHELL,
    SHOW_SECRETS,
    SOURCE,
    STDIN,
    TARGET,
    USER_ID,
    USERNAME,
    WAIT,
    WAIT_AND_FOLLOW,
    YES,
    Slugs,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..client import AnclaClient
    from .arguments import Argument, Given


class Command:
    """One row of the table.

    words:    what is typed, such as "apps list"
    call:     the client's method, which the arguments are for, or a function of the client and
              what was given; returns a model, a list of models, plain data or None
    takes:    the arguments, in the order that the method has them in
    show:     the text for an answer's data, when it is not to be JSON
    done:     the message after success, unless there was a wait; may name {given.…} and {data[…]}
    deletes:  what is lost for good, which a person has to agree to
    is_local: it needs no client
    """

    def __init__(
        self,
        words: str,
        summary: str,
        call: str | Callable[[AnclaClient, Given], object],
        takes: tuple[Argument, ...] = (),
        *,
        show: Callable[[Any], str] = output.details,
        done: str = "",
        deletes: str = "",
        is_local: bool = False,
    ) -> None:
        self.words = words
        self.summary = summary
        self.takes = (*takes, YES) if deletes else takes
        self.places = [each for each in self.takes if not each.is_option]
        self.options = [each for each in self.takes if each.is_option]
        self.show = show
        self.done = f"Deleted {deletes}." if deletes else done
        self.deletes = deletes
        self.is_local = is_local
        self.takes_id_alone = words in calls.RECORDS  # without the app, on servers that need none
        self._call = call

    @property
    def example(self) -> str:
        samples = [argument.sample for argument in self.takes]
        return " ".join([self.words, *filter(None, samples)])

    def call(self, client: AnclaClient, given: Given) -> object:
        if not isinstance(self._call, str):
            return self._call(client, given)
        arguments: list[object] = []
        for argument in self.takes:
            value = getattr(given, argument.dest)
            if argument not in (YES, SHOW_SECRETS):
                arguments += value if isinstance(value, Slugs) else [value]
        return getattr(client, self._call)(*arguments)


SEE_STATUS = "; see {given.program} apps status {given.app}"

GROUPS = {
    "orgs": "organizations and their members",
    "projects": "projects of an organization",
    "environments": "environments of a project, where the platform has them",
    "apps": "apps: create, deploy, scale, look after",
    "config": "variables in an app's environment",
    "images": "builds of an app",
    "releases": "releases: an image with its frozen config",
    "deployments": "deployments of releases",
}

_PLACES = output.table("name", "slug", "application_count", "created")
_VARIABLES = output.table("name", "value", "secret", "buildtime")
_STAGES = output.table("version", "id", "created", "status")

COMMANDS: tuple[Command, ...] = (
    Command(
        "orgs list",
        "list your organizations",
        "list_orgs",
        show=output.table("name", "slug", "member_count", "project_count", "application_count"),
    ),
    Command("orgs get", "show an organization", "get_org", (ORG,)),
    Command(
        "orgs create",
        "create an organization",
        "create_org",
        (ORG_NAME,),
        done="Created the organization {data[slug]}.",
    ),
    Command(
        "orgs rename",
        "rename an organization",
        "update_org",
        (ORG, ORG_NAME),
        done="Renamed the organization {given.org} to {given.name}.",
    ),
    Command(
        "orgs delete",
        "delete an organization",
        "delete_org",
        (ORG,),
        deletes="the organization {given.org} with its projects and apps",
    ),
    Command(
        "orgs members",
        "list the members of an organization",
        "get_org",
        (ORG,),
        show=output.members,
    ),
    Command(
        "orgs add-member",
        "add a user to an organization",
        "add_org_member",
        (ORG, USERNAME, ADMIN),
        show=output.members,
        done="Added {given.username} to {given.org}.",
    ),
    Command(
        "orgs remove-member",
        "remove a user from an organization",
        "remove_org_member",
        (ORG, USER_ID),
        deletes="the member {given.user_id} of {given.org}",
    ),
    Command(
        "orgs toggle-admin",
        "make a member an administrator, or an administrator a member",
        "toggle_org_admin",
        (ORG, USER_ID),
    ),
    Command(
        "projects list",
        "list the projects of an organization",
        "list_projects",
        (ORG,),
        show=_PLACES,
    ),
    Command("projects get", "show a project", "get_project", (PROJECT,)),
    Command(
        "projects create",
        "create a project",
        "create_project",
        (ORG, PROJECT_NAME),
        done="Created the project {given.org}/{data[slug]}.",
    ),
    Command(
        "projects rename",
        "rename a project",
        "update_project",
        (PROJECT, PROJECT_NAME),
        done="Renamed the project {given.project} to {given.name}.",
    ),
    Command(
        "projects delete",
        "delete a project",
        "delete_project",
        (PROJECT,),
        deletes="the project {given.project} with its apps",
    ),
    Command(
        "environments list",
        "list the environments of a project",
        "list_environments",
        (PROJECT,),
        show=_PLACES,
    ),
    Command("environments get", "show an environment", "get_environment", (PROJECT, ENVIRONMENT)),
    Command(
        "environments create",
        "create an environment",
        "create_environment",
        (PROJECT, ENVIRONMENT_NAME),
        done="Created the environment {data[slug]} of {given.project}.",
    ),
    Command(
        "apps list",
        "list the apps of a project",
        "list_apps",
        (PROJECT,),
        show=output.table(
            "name", "slug", "platform", "latest_image_version", "latest_release_version"
        ),
    ),
    Command("apps get", "show an app", "get_app", (APP,)),
    Command(
        "apps create",
        "create an app",
        "create_app",
        (PROJECT, APP_NAME, PLATFORM),
        done="Created the app {given.project}/{data[slug]}.",
    ),
    Command(
        "apps update",
        "change an app's settings; an empty text clears one",
        calls.update_app,
        (APP, *APP_OPTIONS),
        done="Changed the app {given.app}.",
    ),
    Command(
        "apps delete",
        "delete an app",
        "delete_app",
        (APP,),
        deletes="the app {given.app} with its images, releases and deployments",
    ),
    Command(
        "apps deploy",
        "build, release and deploy an app",
        calls.deploy_app,
        (APP, *WAIT_AND_FOLLOW),
        done="Started to deploy the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "apps rollback",
        "deploy again what was active before",
        "rollback_app",
        (APP,),
        done="Started to roll back the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "apps promote",
        "deploy what is active in one environment into another",
        "promote_app",
        (APP, SOURCE, TARGET),
        done="Started to promote {given.app} from {given.source} to {given.target}" + SEE_STATUS,
    ),
    Command(
        "apps scale",
        "set how many processes an app runs",
        calls.scale_app,
        (APP, COUNTS),
        done="Scaled the app {given.app}.",
    ),
    Command(
        "apps status",
        "show how far an app's latest build, release and deployment are",
        calls.pipeline_status,
        (APP,),
        show=output.pipeline,
    ),
    Command(
        "config list",
        "list the variables of an app",
        "list_config",
        (APP, SHOW_SECRETS),
        show=_VARIABLES,
    ),
    Command(
        "config get",
        "print the value of a variable",
        calls.get_config,
        (APP, KEY, SHOW_SECRETS),
        show=output.value,
    ),
    Command(
        "config set",
        "set variables; the value of a KEY without = is read from standard input",
        calls.set_config,
        (APP, SETTINGS, STDIN, SECRET, BUILDTIME),
        show=_VARIABLES,
    ),
    Command(
        "config delete",
        "delete a variable",
        "delete_config",
        (APP, KEY),
        deletes="the variable {given.key} of {given.app}",
    ),
    Command(
        "config import",
        "create the variables of a .env file; those that exist keep their values",
        calls.import_config,
        (APP, ENV_FILE, SECRET, BUILDTIME),
        show=output.imported,
    ),
    Command("images list", "list the images of an app", "list_images", (APP,), show=_STAGES),
    Command(
        "images build",
        "build an image, and no more",
        calls.starting("build_image", "image"),
        (APP, *WAIT_AND_FOLLOW),
        done="Started to build the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "images log",
        "print the log of a build",
        calls.print_log,
        (APP, IMAGE_ID, *FOLLOW),
        show=output.log,
    ),
    Command("releases list", "list the releases of an app", "list_releases", (APP,), show=_STAGES),
    Command(
        "releases create",
        "make a release of an image",
        calls.starting("create_release", "release"),
        (APP, IMAGE_ID, *WAIT),
        done="Started to make a release of the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "releases deploy",
        "deploy a release",
        calls.starting("deploy_release", "deployment"),
        (APP, RELEASE_ID, *WAIT),
        done="Started to deploy the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "releases log",
        "print the log of a release",
        calls.read_record,
        (APP, RELEASE_ID),
        show=output.log,
    ),
    Command(
        "deployments list",
        "list the deployments of an app",
        "list_deployments",
        (APP,),
        show=output.table("release.version", "id", "created", "status"),
    ),
    Command("deployments get", "show a deployment", calls.read_record, (APP, DEPLOYMENT_ID)),
    Command(
        "deployments log",
        "print the log of a deployment",
        calls.print_log,
        (APP, DEPLOYMENT_ID, *FOLLOW),
        show=output.log,
    ),
    Command(
        "request",
        "send any request; prints the JSON of the answer",
        calls.request,
        (METHOD, ROUTE, DATA, SHOW_SECRETS),
        show=output.as_json,
    ),
    Command(
        "completion",
        "print a script that completes commands in a shell",
        lambda client, given: completion.script_for(
            given.shell, given.program, {each.words: each.takes for each in COMMANDS}
        ),
        (SHELL,),
        show=str,
        is_local=True,
    ),
    Command("whoami", "show whose API key this is", calls.whoami),
)

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
    call:     asks the client; returns a model, a list of models, plain data or None
    takes:    the arguments
    show:     the text for an answer's data, when it is not to be JSON
    done:     the message after success, unless there was a wait; may name {given.…} and {data[…]}
    deletes:  what is lost for good, which a person has to agree to
    is_local: it needs no client
    takes_id_alone: it does without the app on servers that need none
    """

    def __init__(
        self,
        words: str,
        summary: str,
        call: Callable[[AnclaClient, Given], object],
        *,
        takes: tuple[Argument, ...] = (),
        show: Callable[[Any], str] = output.details,
        done: str = "",
        deletes: str = "",
        is_local: bool = False,
        takes_id_alone: bool = False,
    ) -> None:
        self.words = words
        self.summary = summary
        self.call = call
        self.takes = (*takes, YES) if deletes else takes
        self.show = show
        self.done = f"Deleted {deletes}." if deletes else done
        self.deletes = deletes
        self.is_local = is_local
        self.takes_id_alone = takes_id_alone

    @property
    def example(self) -> str:
        samples = [argument.sample for argument in self.takes]
        return " ".join([self.words, *filter(None, samples)])


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

COMMANDS: tuple[Command, ...] = (
    Command(
        "orgs list",
        "list your organizations",
        lambda client, given: client.list_orgs(),
        show=output.table("name", "slug", "member_count", "project_count", "application_count"),
    ),
    Command(
        "orgs get",
        "show an organization",
        lambda client, given: client.get_org(*given.org),
        takes=(ORG,),
    ),
    Command(
        "orgs create",
        "create an organization",
        lambda client, given: client.create_org(given.name),
        takes=(ORG_NAME,),
        done="Created the organization {data[slug]}.",
    ),
    Command(
        "orgs rename",
        "rename an organization",
        lambda client, given: client.update_org(*given.org, name=given.name),
        takes=(ORG, ORG_NAME),
        done="Renamed the organization {given.org} to {given.name}.",
    ),
    Command(
        "orgs delete",
        "delete an organization",
        lambda client, given: client.delete_org(*given.org),
        takes=(ORG,),
        deletes="the organization {given.org} with its projects and apps",
    ),
    Command(
        "orgs members",
        "list the members of an organization",
        lambda client, given: client.get_org(*given.org),
        takes=(ORG,),
        show=output.members,
    ),
    Command(
        "orgs add-member",
        "add a user to an organization",
        lambda client, given: client.add_org_member(
            *given.org, username=given.username, admin=given.admin
        ),
        takes=(ORG, USERNAME, ADMIN),
        show=output.members,
        done="Added {given.username} to {given.org}.",
    ),
    Command(
        "orgs remove-member",
        "remove a user from an organization",
        lambda client, given: client.remove_org_member(*given.org, user_id=given.user_id),
        takes=(ORG, USER_ID),
        deletes="the member {given.user_id} of {given.org}",
    ),
    Command(
        "orgs toggle-admin",
        "make a member an administrator, or an administrator a member",
        lambda client, given: client.toggle_org_admin(*given.org, user_id=given.user_id),
        takes=(ORG, USER_ID),
    ),
    Command(
        "projects list",
        "list the projects of an organization",
        lambda client, given: client.list_projects(*given.org),
        takes=(ORG,),
        show=output.table("name", "slug", "application_count", "created"),
    ),
    Command(
        "projects get",
        "show a project",
        lambda client, given: client.get_project(*given.project),
        takes=(PROJECT,),
    ),
    Command(
        "projects create",
        "create a project",
        lambda client, given: client.create_project(*given.org, name=given.name),
        takes=(ORG, PROJECT_NAME),
        done="Created the project {given.org}/{data[slug]}.",
    ),
    Command(
        "projects rename",
        "rename a project",
        lambda client, given: client.update_project(*given.project, name=given.name),
        takes=(PROJECT, PROJECT_NAME),
        done="Renamed the project {given.project} to {given.name}.",
    ),
    Command(
        "projects delete",
        "delete a project",
        lambda client, given: client.delete_project(*given.project),
        takes=(PROJECT,),
        deletes="the project {given.project} with its apps",
    ),
    Command(
        "environments list",
        "list the environments of a project",
        lambda client, given: client.list_environments(*given.project),
        takes=(PROJECT,),
        show=output.table("name", "slug", "application_count", "created"),
    ),
    Command(
        "environments get",
        "show an environment",
        lambda client, given: client.get_environment(*given.project, given.slug),
        takes=(PROJECT, ENVIRONMENT),
    ),
    Command(
        "environments create",
        "create an environment",
        lambda client, given: client.create_environment(*given.project, given.name),
        takes=(PROJECT, ENVIRONMENT_NAME),
        done="Created the environment {data[slug]} of {given.project}.",
    ),
    Command(
        "apps list",
        "list the apps of a project",
        lambda client, given: client.list_apps(*given.project),
        takes=(PROJECT,),
        show=output.table(
            "name", "slug", "platform", "latest_image_version", "latest_release_version"
        ),
    ),
    Command(
        "apps get",
        "show an app",
        lambda client, given: client.get_app(*given.app),
        takes=(APP,),
    ),
    Command(
        "apps create",
        "create an app",
        lambda client, given: client.create_app(
            *given.project, name=given.name, platform=given.platform
        ),
        takes=(PROJECT, APP_NAME, PLATFORM),
        done="Created the app {given.project}/{data[slug]}.",
    ),
    Command(
        "apps update",
        "change an app's settings; an empty text clears one",
        calls.update_app,
        takes=(APP, *APP_OPTIONS),
        done="Changed the app {given.app}.",
    ),
    Command(
        "apps delete",
        "delete an app",
        lambda client, given: client.delete_app(*given.app),
        takes=(APP,),
        deletes="the app {given.app} with its images, releases and deployments",
    ),
    Command(
        "apps deploy",
        "build, release and deploy an app",
        calls.deploy_app,
        takes=(APP, *WAIT_AND_FOLLOW),
        done="Started to deploy the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "apps rollback",
        "deploy again what was active before",
        lambda client, given: client.rollback_app(*given.app),
        takes=(APP,),
        done="Started to roll back the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "apps promote",
        "deploy what is active in one environment into another",
        lambda client, given: client.promote_app(*given.app, given.source, given.target),
        takes=(APP, SOURCE, TARGET),
        done="Started to promote {given.app} from {given.source} to {given.target}" + SEE_STATUS,
    ),
    Command(
        "apps scale",
        "set how many processes an app runs",
        calls.scale_app,
        takes=(APP, COUNTS),
        done="Scaled the app {given.app}.",
    ),
    Command(
        "apps status",
        "show how far an app's latest build, release and deployment are",
        calls.pipeline_status,
        takes=(APP,),
        show=output.pipeline,
    ),
    Command(
        "config list",
        "list the variables of an app",
        lambda client, given: client.list_config(*given.app),
        takes=(APP, SHOW_SECRETS),
        show=output.table("name", "value", "secret", "buildtime"),
    ),
    Command(
        "config get",
        "print the value of a variable",
        calls.get_config,
        takes=(APP, KEY, SHOW_SECRETS),
        show=output.value,
    ),
    Command(
        "config set",
        "set variables; the value of a KEY without = is read from standard input",
        calls.set_config,
        takes=(APP, SETTINGS, STDIN, SECRET, BUILDTIME),
        show=output.table("name", "value", "secret", "buildtime"),
    ),
    Command(
        "config delete",
        "delete a variable",
        lambda client, given: client.delete_config(*given.app, key=given.key),
        takes=(APP, KEY),
        deletes="the variable {given.key} of {given.app}",
    ),
    Command(
        "config import",
        "create the variables of a .env file; those that exist keep their values",
        calls.import_config,
        takes=(APP, ENV_FILE, SECRET, BUILDTIME),
        show=output.imported,
    ),
    Command(
        "images list",
        "list the images of an app",
        lambda client, given: client.list_images(*given.app),
        takes=(APP,),
        show=output.table("version", "id", "created", "status"),
    ),
    Command(
        "images build",
        "build an image, and no more",
        calls.build_image,
        takes=(APP, *WAIT_AND_FOLLOW),
        done="Started to build the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "images log",
        "print the log of a build",
        lambda client, given: calls.print_log(client, given, "image"),
        takes=(APP, IMAGE_ID, *FOLLOW),
        takes_id_alone=True,
        show=output.log,
    ),
    Command(
        "releases list",
        "list the releases of an app",
        lambda client, given: client.list_releases(*given.app),
        takes=(APP,),
        show=output.table("version", "id", "created", "status"),
    ),
    Command(
        "releases create",
        "make a release of an image",
        calls.create_release,
        takes=(APP, IMAGE_ID, *WAIT),
        done="Started to make a release of the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "releases deploy",
        "deploy a release",
        calls.deploy_release,
        takes=(APP, RELEASE_ID, *WAIT),
        done="Started to deploy the app {given.app}" + SEE_STATUS,
    ),
    Command(
        "releases log",
        "print the log of a release",
        lambda client, given: calls.read_record(client, given, client.get_release_log),
        takes=(APP, RELEASE_ID),
        takes_id_alone=True,
        show=output.log,
    ),
    Command(
        "deployments list",
        "list the deployments of an app",
        lambda client, given: client.list_deployments(*given.app),
        takes=(APP,),
        show=output.table("release.version", "id", "created", "status"),
    ),
    Command(
        "deployments get",
        "show a deployment",
        lambda client, given: calls.read_record(client, given, client.get_deployment),
        takes=(APP, DEPLOYMENT_ID),
        takes_id_alone=True,
    ),
    Command(
        "deployments log",
        "print the log of a deployment",
        lambda client, given: calls.print_log(client, given, "deployment"),
        takes=(APP, DEPLOYMENT_ID, *FOLLOW),
        takes_id_alone=True,
        show=output.log,
    ),
    Command(
        "request",
        "send any request; prints the JSON of the answer",
        calls.request,
        takes=(METHOD, ROUTE, DATA, SHOW_SECRETS),
        show=output.as_json,
    ),
    Command(
        "completion",
        "print a script that completes commands in a shell",
        lambda client, given: completion.script_for(given.shell, given.program, COMMANDS),
        takes=(SHELL,),
        show=str,
        is_local=True,
    ),
    Command("whoami", "show whose API key this is", calls.whoami),
)

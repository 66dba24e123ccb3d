"""All operations of the API: their results, and the text for servers that lack them.

`cannot` completes the sentence "this server cannot ...".
"""

from __future__ import annotations

from ..models import (
    ApiKey,
    App,
    BuildLog,
    BuildResult,
    ConfigImportResult,
    ConfigVar,
    CreateReleaseResult,
    Deployment,
    DeploymentLog,
    DeployReleaseResult,
    DeployResult,
    Environment,
    EnvironmentDeployResult,
    Health,
    Image,
    NewApiKey,
    Org,
    OrgAdminResult,
    OrgMember,
    PipelineMetrics,
    PipelineStatus,
    Project,
    Release,
    Session,
    Team,
)
from .operation import many, nothing, one, plain_object, plain_objects

list_orgs = many("list_orgs", Org)
get_org = one("get_org", Org)
create_org = one("create_org", Org)
update_org = one("update_org", Org, cannot="rename an organization")
delete_org = nothing("delete_org", cannot="delete an organization")
add_org_member = one("add_org_member", Org, cannot="add a member to an organization")
remove_org_member = nothing("remove_org_member", cannot="remove a member of an organization")
toggle_org_admin = one("toggle_org_admin", OrgAdminResult, cannot="change the role of a member")
get_session = one("get_session", Session, cannot="name the user of a key")

list_org_members = many("list_org_members", OrgMember, cannot="list the members alone")
list_teams = many("list_teams", Team, cannot="list teams")
create_team = one("create_team", Team, cannot="make a team")

list_projects = many("list_projects", Project)
get_project = one("get_project", Project)
create_project = one("create_project", Project)
update_project = one("update_project", Project, cannot="rename a project")
delete_project = nothing("delete_project", cannot="delete a project")

list_environments = many("list_environments", Environment, cannot="list environments")
get_environment = one("get_environment", Environment, cannot="read an environment")
update_environment = one("update_environment", Environment, cannot="rename an environment")
deploy_environment = one(
    "deploy_environment", EnvironmentDeployResult, cannot="deploy an environment"
)
list_environment_deployments = many(
    "list_environment_deployments", Deployment, cannot="list the deployments of an environment"
)
get_environment_deployment = one(
    "get_environment_deployment", Deployment, cannot="read a deployment of an environment"
)
get_environment_deployment_log = one(
    "get_environment_deployment_log",
    DeploymentLog,
    cannot="read the log of a deployment of an environment",
)
create_environment = one("create_environment", Environment, cannot="make an environment")

list_apps = many("list_apps", App)
get_app = one("get_app", App)
create_app = one("create_app", App)
update_app = one("update_app", App)
delete_app = nothing("delete_app", cannot="delete an application")
deploy_app = one("deploy_app", DeployResult)
scale_app = nothing("scale_app", cannot="scale an application")
rollback_app = one("rollback_app", DeployReleaseResult, cannot="roll an application back")
promote_app = one("promote_app", DeployReleaseResult, cannot="promote an application")
get_pipeline_status = one("get_pipeline_status", PipelineStatus, cannot="read a pipeline's status")
get_pipeline_metrics = one(
    "get_pipeline_metrics", PipelineMetrics, cannot="read a pipeline's metrics"
)

preview_promotion = plain_object("preview_promotion", cannot="preview a promotion")
list_pipeline_history = plain_objects(
    "list_pipeline_history", cannot="read the history of a pipeline"
)
get_observability = plain_object("get_observability", cannot="observe a project")

list_config = many("list_config", ConfigVar)
get_config = one("get_config", ConfigVar)
set_config = one("set_config", ConfigVar)
delete_config = nothing("delete_config", cannot="delete a config variable")
import_config = one("import_config", ConfigImportResult, cannot="import config variables")
import_config_text = one("import_config_text", ConfigImportResult, cannot="import config variables")
get_resolved_config = plain_object(
    "get_resolved_config", cannot="resolve the config variables of an application"
)

# Config variables that several applications share belong to one of four scopes.
SHARED_SCOPES = {
    "workspace": "a workspace",
    "team": "a team",
    "project": "a project",
    "environment": "an environment",
}
list_shared_config = {
    scope: many(f"list_{scope}_config", ConfigVar, cannot=f"list config variables of {owner}")
    for scope, owner in SHARED_SCOPES.items()
}
get_shared_config = {
    scope: one(f"get_{scope}_config", ConfigVar, cannot=f"read a config variable of {owner}")
    for scope, owner in SHARED_SCOPES.items()
}
set_shared_config = {
    scope: one(f"set_{scope}_config", ConfigVar, cannot=f"set a config variable of {owner}")
    for scope, owner in SHARED_SCOPES.items()
}
delete_shared_config = {
    scope: nothing(f"delete_{scope}_config", cannot=f"delete a config variable of {owner}")
    for scope, owner in SHARED_SCOPES.items()
}
import_shared_config = {
    scope: many(f"import_{scope}_config", ConfigVar, cannot=f"import variables into {owner}")
    for scope, owner in SHARED_SCOPES.items()
}

list_images = many("list_images", Image)
list_newest_images = many("list_newest_images", Image)
get_image = one("get_image", Image)
build_image = one("build_image", BuildResult, cannot="build an image alone")
get_image_log = one("get_image_log", BuildLog, cannot="read the log of a build")

list_releases = many("list_releases", Release, cannot="list releases", instead="list_deployments")
get_release = one("get_release", Release, cannot="read a release", instead="get_deployment")
create_release = one(
    "create_release", CreateReleaseResult, cannot="make a release", instead="deploy_app"
)
deploy_release = one(
    "deploy_release",
    DeployReleaseResult,
    cannot="deploy a release",
    instead="deploy_app or rollback_app",
)
get_release_log = one(
    "get_release_log",
    BuildLog,
    cannot="read the log of a release",
    instead="get_deployment_log",
)

list_deployments = many("list_deployments", Deployment)
get_deployment = one("get_deployment", Deployment)
get_deployment_log = one("get_deployment_log", DeploymentLog, cannot="read the log of a deployment")

# API keys and the platform itself

list_api_keys = many("list_api_keys", ApiKey, cannot="list API keys")
get_api_key = one("get_api_key", ApiKey, cannot="read an API key")
create_api_key = one("create_api_key", NewApiKey, cannot="make an API key")
revoke_api_key = nothing("revoke_api_key", cannot="revoke an API key")
delete_api_key = nothing("delete_api_key", cannot="delete an API key")
check_health = one("check_health", Health, cannot="report its health")

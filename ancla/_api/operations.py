"""Every operation of the API: what it returns, and what to say where a server cannot do it."""

from __future__ import annotations

from ..models import (
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
    Image,
    Org,
    OrgAdminResult,
    PipelineMetrics,
    PipelineStatus,
    Project,
    Release,
    Session,
)
from .operation import many, nothing, one

list_orgs = many("list_orgs", Org)
get_org = one("get_org", Org)
create_org = one("create_org", Org)
update_org = one("update_org", Org, cannot="rename an organization")
delete_org = nothing("delete_org", cannot="delete an organization")
add_org_member = one("add_org_member", Org, cannot="add a member to an organization")
remove_org_member = nothing("remove_org_member", cannot="remove a member of an organization")
toggle_org_admin = one("toggle_org_admin", OrgAdminResult, cannot="change the role of a member")
get_session = one("get_session", Session, cannot="tell whose key this is")

list_projects = many("list_projects", Project)
get_project = one("get_project", Project)
create_project = one("create_project", Project)
update_project = one("update_project", Project, cannot="rename a project")
delete_project = nothing("delete_project", cannot="delete a project")

list_environments = many("list_environments", Environment, cannot="list environments")
get_environment = one("get_environment", Environment, cannot="read an environment")
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

list_config = many("list_config", ConfigVar)
get_config = one("get_config", ConfigVar)
set_config = one("set_config", ConfigVar)
delete_config = nothing("delete_config", cannot="delete a config variable")
import_config = one("import_config", ConfigImportResult, cannot="import config variables")
import_config_text = one("import_config_text", ConfigImportResult, cannot=import_config.cannot)

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

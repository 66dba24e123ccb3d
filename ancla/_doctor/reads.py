"""The table of what is read, in this order.

A row has a method of the client, its arguments, the model of its result, and the fields that the
platform's documents and its own programs name on today's API: `a?` may be missing, and `a.b` is a
field of the records in `a`. A method without a model returns free-form JSON. `app =` says that the
list has the argument of later methods. Three rows are no methods; see exam.py. What may be left out
at the limit of requests comes last.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TABLE = """
org = list_orgs() Org: id name slug personal? member_count project_count service_count?
get_session() Session: authenticated user? user.id user.username user.admin user.active
without_key()
missing_record()
other_routes()
get_org(org) Org: id name slug personal? member_count project_count service_count \
    members members.username members.admin
project = list_projects(org) Project: id name slug workspace_slug service_count
environment = list_environments(org project) Environment: id name slug service_count created
app = list_apps(org project) App: id name slug platform
get_app(org project app) App: id name slug platform process_counts github_repository? \
    auto_deploy_branch? build_strategy?
list_config(org project app) ConfigVar: id name value secret buildtime scope?
image = list_images(org project app) Image: id version built error created strategy?
get_image(org project app image) Image: id version built error created strategy?
get_image_log(org project app image) BuildLog: status version log_text?
deployment = list_deployments(org project app) Deployment: id complete error created
get_deployment(org project app deployment) Deployment: id complete error created updated? \
    error_detail? job_id?
get_deployment_log(org project app deployment) DeploymentLog: status log_text?
get_pipeline_status(org project app) PipelineStatus: build? deploy? build.status deploy.status
get_project(org project) Project: id name slug workspace_slug workspace_name service_count \
    created updated?
get_environment(org project environment) Environment: id name slug service_count created updated?
list_org_members(org) OrgMember: username admin email? service_count?
list_teams(org) Team: id name slug
list_api_keys() ApiKey: key_id name scopes is_active metadata created_at? expires_at? last_used_at?
get_resolved_config(org project app)
list_pipeline_history(org project app)
get_pipeline_metrics(org project app) PipelineMetrics: build? deploy? build.success build.error \
    build.success_rate deploy.success deploy.error deploy.success_rate
check_health() Health: status
get_observability(org project)
preview_promotion(org project app environment other_environment)
"""


class Read(NamedTuple):
    chooses: str
    method: str
    arguments: list[str]
    model: str
    fields: list[str]


_ROW = re.compile(r"(?:(\w+) = )?(\w+)\((.*?)\)(?: (\w+):)?(.*)")
READS = [
    Read(chooses, method, arguments.split(), model, fields.split())
    for chooses, method, arguments, model, fields in _ROW.findall(_TABLE)
]

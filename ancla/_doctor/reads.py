"""The table of what is read, in this order, and of the records in today's responses.

A row has a method of the client with its arguments, the model of its result, and the record that a
response has, with its fields: those that the platform's documents and its own programs name. `a:B`
holds a record B, or a list of them. `?` marks a field that may be null, and `*` one that may also
be missing. One with `-` may be missing, and FakeAncla leaves it out. The name of a record above
stands for its fields. FakeAncla sends these records, see _fake/views.py.

A method without a model returns free-form JSON. `app.slug =` says that this field of the list has
the argument of later methods. Three rows are no methods, but paths, see exam.py. What may be left
out at the limit of requests comes last. A row without a method is a record in others.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_TABLE = """
org.slug = list_orgs() Org WorkspaceInList: id name slug personal* member_count? project_count? \
    service_count-
get_session() Session Session: authenticated user:User*
without_key(orgs)
missing_record(nothing)
other_routes(others)
get_org(org) Org Workspace: id name slug personal* member_count? project_count? service_count? \
    members:WorkspaceMember
project.slug = list_projects(org) Project WorkspaceProjectInList: id name slug workspace_slug? \
    service_count?
environment.slug = list_environments(org project) Environment EnvironmentInList: id name slug \
    service_count? created?
app.slug = list_apps(org project) App ServiceInList: id? name slug platform?
get_app(APP) App Service: ServiceInList github_repository* auto_deploy_branch* process_counts? \
    build_strategy*
list_config(APP) ConfigVar WorkspaceConfigVar: id name value secret buildtime scope*
image.id = list_images(APP) Image BuildInList: id version built error created? strategy*
get_image(APP image) Image Build: BuildInList
get_image_log(APP image) BuildLog WorkspaceBuildLog: status version? log_text*
deployment.id = list_deployments(APP) Deployment DeployInList: id complete error created?
get_deployment(APP deployment) Deployment Deploy: DeployInList updated* error_detail* job_id*
get_deployment_log(APP deployment) DeploymentLog WorkspaceDeployLog: status log_text*
get_pipeline_status(APP) PipelineStatus WorkspacePipeline: build:WorkspaceStage* \
    deploy:WorkspaceStage*
get_project(org project) Project WorkspaceProject: id name slug workspace_slug? workspace_name? \
    service_count? created? updated*
get_environment(org project environment) Environment WorkspaceEnvironment: EnvironmentInList \
    updated*
list_org_members(org) OrgMember WorkspaceMember: username email* admin service_count-
list_teams(org) Team Team: id name slug
list_api_keys() ApiKey ApiKey: key_id name scopes is_active created_at* expires_at* last_used_at* \
    metadata
get_resolved_config(APP)
list_pipeline_history(APP)
get_pipeline_metrics(APP) PipelineMetrics WorkspaceMetrics: build:PipelineStageMetrics* \
    deploy:PipelineStageMetrics*
check_health() Health Health: status
get_observability(org project)
preview_promotion(APP environment other_environment)
User: id username email* admin active
WorkspaceStage: status
PipelineStageMetrics: success error success_rate
""".replace("APP", "org project app")


class Field(NamedTuple):
    """A field of a record, as in `name=attribute:Record?`. All but the name may be empty.

    attribute: where FakeAncla's record has it, if not by this name
    record:    the record in it, or the one of which it has a list
    """

    name: str
    attribute: str
    record: str
    mark: str


class Read(NamedTuple):
    """A row of the table. `chooses` and the three last ones may be empty."""

    chooses: str
    field: str
    method: str
    arguments: str
    model: str
    record: str


def add_records(table: str, records: dict[str, list[Field]]) -> None:
    """Adds the records of a table, by their names. The name of one stands for its fields."""
    for record, text in re.findall(r"(\w+): (.*)", table):
        found = [Field(*it) for it in re.findall(r"(\w+)=?([\w.]*):?(\w*)([?*-]?)", text)]
        records[record] = [field for each in found for field in records.get(each.name, [each])]


RECORDS: dict[str, list[Field]] = {}
add_records(_TABLE, RECORDS)
_ROW = r"(?:(\w+)\.(\w+) = )?(\w+)\((.*)\)(?: (\w+) (\w+))?"
READS = {read.method: read for read in (Read(*row) for row in re.findall(_ROW, _TABLE))}

"""The views of `ancla.testing.FakeAncla`: which fields of a record a response has.

A line of the tables is the name of a view and its fields. A field is `name`, `name=attribute` if
the record has it elsewhere, as in `organization_slug=org.slug`, or `name:View` for a nested record
or a list of them. `?` marks fields that may be null. The name of a view above stands for its
fields, and `SETTINGS` for those of an application, see records.py. The tables name every other
field, so that a new field of a model does not change responses on its own.
tests/fake/test_views.py fails for a field that no view has.

The table of _doctor/reads.py is above all: it has what documents name of today's API.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Literal

from .._doctor.reads import RECORDS, Field, add_records
from .records import MASKED, SETTINGS, Config, Deployment, Release, may_be_null

NOTHING = "NOTHING"  # the response has no body
AS_IT_STANDS = "AS_IT_STANDS"  # the body is the dict that the action returned
VALUES = "VALUES"  # the body is an object with the value of each variable by name

_OLDER_VIEWS = """
OrgInList: id name slug member_count project_count
Org: id name slug member_count project_count application_count members:OrgMember
PublishedOrg: id name slug project_count application_count members:OrgMember
OrgMember: user_id=user.id username email? admin
ProjectInList: id name slug organization_id=org.id organization_slug=org.slug application_count \
    created?
Project: id name slug organization_id=org.id organization_slug=org.slug organization_name=org.name \
    application_count created? updated?
PublishedAppInList: id name slug project_id=project.id platform latest_image_version? \
    latest_release_version? latest_deployment_complete? created?
APP: id name slug project_id=project.id project_slug=project.slug \
    organization_slug=project.org.slug platform SETTINGS
AppInList: APP latest_image_version? latest_release_version? latest_deployment_complete? created? \
    updated?
App: APP latest_image? latest_release? latest_deployment? created? updated?
ConfigVar: id name value secret buildtime created? updated?
ImageInList: id version application_id=app.id repository_name built error created updated?
Image: id version application_id=app.id repository_name built error error_detail? image_id? \
    build_slug? build_ref? dockerfile? procfile? processes? image_metadata? commit_sha? created? \
    updated?
ReleaseInList: id version application_id=app.id platform=app.platform built error created updated?
Release: id version application_id=app.id repository_name platform=app.platform built error \
    error_detail? release_id? image=source.brief configuration image_changes configuration_changes \
    dockerfile=source.dockerfile? release_metadata? commit_sha=source.commit_sha? \
    health_check_path=app.health_check_path health_check_host=app.health_check_host? created? \
    updated?
Deployment: id application_id=app.id release=source.brief complete error error_detail? job_id? \
    deploy_metadata? deploy_log=log_text? created? updated?
DeploymentInList: Deployment
BuildLog: status version log_text? error error_detail? build_step=step?
DeploymentLog: status log_text? error error_detail? deploy_step=step?
PipelineStatus: build:PipelineStage? release:PipelineStage? deploy:PipelineStage?
PipelineStage: status version? error_detail? step?
PipelineMetrics: build:PipelineStageMetrics? release:PipelineStageMetrics? \
    deploy:PipelineStageMetrics?
"""

_WORKSPACES_VIEWS = """
NewApiKey: key_id=id key name scopes created_at=created? expires_at?
User: User registered_at? last_login_at?
WorkspaceConfigVar: WorkspaceConfigVar created? updated?
BuildStarted: build_id=id? version?
DeployStarted: deploy_id=id?
Build: Build updated? error_detail? build_ref? dockerfile? procfile? processes? commit_sha?
WorkspaceBuildLog: WorkspaceBuildLog error_detail?
WorkspaceDeployLog: WorkspaceDeployLog error_detail?
WorkspaceStage: WorkspaceStage error_detail?
PipelineStageMetrics: PipelineStageMetrics duration?
PipelineRun: version=build.version build:WorkspaceStage? deploy:WorkspaceStage? created?
Promotion: service=source.slug source_env=source.environment.slug \
    target_env=target.environment.slug build:BuildInList? replaces:BuildInList?
"""
# Where the records have the documented fields of today's API, if not by their names.
_ATTRIBUTES = {
    "created_at": "created",
    "key_id": "id",
    "service_count": "application_count",
    "status": "outcome",
    "workspace_name": "org.name",
    "workspace_slug": "org.slug",
}


def _all_views() -> dict[str, list[Field]]:
    settings = " ".join(name + "?" * may_be_null(it) for name, it in SETTINGS.items())
    views: dict[str, list[Field]] = {}
    for view, documented in RECORDS.items():
        views[view] = [
            field._replace(attribute=_ATTRIBUTES.get(field.name, ""))
            for field in documented
            if field.mark != "-"
        ]
    add_records(f"SETTINGS: {settings}\n{_OLDER_VIEWS}{_WORKSPACES_VIEWS}", views)
    return views


VIEWS = _all_views()


class Views:
    """Converts records to JSON objects. The arguments are those of `FakeAncla`."""

    def __init__(
        self,
        nulls: Literal["unset", "always", "never"],
        extra_fields: Mapping[str, object],
        mask_secrets: bool,
        images_in_lists: bool,
    ) -> None:
        self.nulls: Literal["unset", "always", "never"] = nulls
        self._extra_fields = extra_fields
        self._mask_secrets = mask_secrets
        self._images_in_lists = images_in_lists

    def show(self, view: str, record: object) -> dict[str, object] | None:
        """Returns the JSON object for a record, or None if the view is NOTHING."""
        if view == NOTHING:
            return None
        if view == "BuildStarted" and isinstance(record, Deployment):  # without a build
            view = "DeployStarted"
        if view in (AS_IT_STANDS, VALUES):
            assert isinstance(record, dict)
            if view == AS_IT_STANDS:
                return {**record, **self._extra_fields}
            return {name: self._value(variable) for name, variable in record.items()}
        shown: dict[str, object] = {}
        for field in VIEWS[view]:
            is_hidden = field.mark and self.nulls == "always"
            value = None if is_hidden else self._field(field, record)
            if value is not None or self.nulls != "never":
                shown[field.name] = value
        return {**shown, **self._images(view, record), **self._extra_fields}

    def _field(self, field: Field, record: object) -> object:
        if isinstance(record, Config) and field.name == "value":
            return self._value(record)
        value: object = attrgetter(field.attribute or field.name)(record)
        if not field.record or value is None:
            return value
        if isinstance(value, list):
            return [self.show(field.record, item) for item in value]
        return self.show(field.record, value)

    def _value(self, variable: Config) -> str:
        return MASKED if variable.secret and self._mask_secrets else variable.value

    def _images(self, view: str, record: object) -> dict[str, object]:
        """Returns the field for `images_in_lists`, or nothing."""
        if self._images_in_lists and view == "ReleaseInList":
            assert isinstance(record, Release)
            return {"image": record.source.brief}
        if self._images_in_lists and view == "DeploymentInList":
            assert isinstance(record, Deployment)
            return {"release": {**record.source.brief, "image": record.source.source.brief}}
        return {}

"""How `ancla.testing.FakeAncla` shows its records: which fields, and which of them may be null.

The views of the two older generations are the SDK's models, and parts of them where a response
lacks fields. The views of the workspaces routes have their own names, and so do their fields.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import models
from .records import MASKED, Deployment, Image, Member, Release, StageMetrics, User, may_be_null

NOTHING = "NOTHING"
AS_IT_STANDS = "AS_IT_STANDS"

_LATEST_IN_LISTS = "latest_image_version latest_release_version latest_deployment_complete"


def _fields(model: type[models.Model], only: str = "", without: str = "") -> dict[str, bool]:
    """The names of the fields, each with whether it may be null."""
    names = only.split() or [name for name in model.model_fields if name not in without.split()]
    return {name: may_be_null(field) for name, field in model.model_fields.items() if name in names}


_VIEWS = {
    **{name: _fields(getattr(models, name)) for name in models.__all__ if name != "Model"},
    "OrgInList": _fields(models.Org, only="id name slug member_count project_count"),
    "PublishedOrg": _fields(models.Org, without="member_count"),
    "ProjectInList": _fields(models.Project, without="organization_name updated"),
    "App": _fields(models.App, without=f"{_LATEST_IN_LISTS} environment"),
    "AppInList": _fields(
        models.App, without="latest_image latest_release latest_deployment environment"
    ),
    "PublishedAppInList": _fields(
        models.App, only=f"id name slug project_id platform created {_LATEST_IN_LISTS}"
    ),
    "ImageInList": _fields(
        models.Image,
        only="id version application_id repository_name built error created updated",
    ),
    "ReleaseInList": _fields(
        models.Release, only="id version application_id platform built error created updated"
    ),
    "DeploymentInList": _fields(models.Deployment),
}

# View: its fields, as name=attribute:view-of-what-is-nested, with `?` where it may be null.
_WORKSPACES_VIEWS = """
WorkspaceInList: id name slug member_count? project_count?
Workspace: id name slug member_count? project_count? service_count=application_count? \
    members:WorkspaceMember
WorkspaceMember: username email? admin
WorkspaceProjectInList: id name slug workspace_slug=organization_slug? \
    service_count=application_count?
WorkspaceProject: id name slug workspace_slug=organization_slug? \
    workspace_name=organization_name? service_count=application_count? created? updated?
EnvironmentInList: id name slug service_count=application_count? created?
WorkspaceEnvironment: id name slug service_count=application_count? created? updated?
ServiceInList: id? name slug platform?
Service: id? name slug platform? github_repository? auto_deploy_branch? process_counts? \
    build_strategy?
BuildStarted: build_id=id? version?
BuildInList: id version built error created? strategy?
Build: id version built error created? updated? strategy? error_detail? build_ref? dockerfile? \
    procfile? processes? commit_sha?
WorkspaceBuildLog: status=outcome version? log_text? error_detail?
DeployInList: id complete error created?
Deploy: id complete error created? updated? error_detail? job_id?
WorkspaceDeployLog: status=outcome log_text? error_detail?
WorkspacePipeline: build:WorkspaceStage? deploy:WorkspaceStage?
WorkspaceStage: status=outcome error_detail?
WorkspaceMetrics: build? deploy?
"""
_ATTRIBUTES: dict[tuple[str, str], str] = {}
_NESTED_VIEWS: dict[tuple[str, str], str] = {}
for _line in filter(None, _WORKSPACES_VIEWS.splitlines()):
    _view, _, _specs = _line.partition(": ")
    _VIEWS[_view] = {}
    for _spec in _specs.split():
        _rest, _, _nested = _spec.rstrip("?").partition(":")
        _name, _, _attribute = _rest.partition("=")
        _VIEWS[_view][_name] = _spec.endswith("?")
        _ATTRIBUTES[_view, _name] = _attribute or _name
        if _nested:
            _NESTED_VIEWS[_view, _name] = _nested

_NESTED: dict[type, str] = {
    Member: "OrgMember",
    User: "User",
    Image: "PipelineStage",
    Release: "PipelineStage",
    Deployment: "PipelineStage",
    StageMetrics: "PipelineStageMetrics",
}


class Views:
    """Records as JSON objects. The arguments are those of `FakeAncla`."""

    def __init__(
        self,
        nulls: str,
        extra_fields: Mapping[str, object],
        mask_secrets: bool,
        images_in_lists: bool,
    ) -> None:
        self.nulls = nulls
        self._extra_fields = extra_fields
        self._mask_secrets = mask_secrets
        self._images_in_lists = images_in_lists

    def show(self, view: str, record: object) -> dict[str, object] | None:
        if view == NOTHING:
            return None
        if view == AS_IT_STANDS:
            assert isinstance(record, dict)
            return {**record, **self._extra_fields}
        shown: dict[str, object] = {}
        for name, nullable in _VIEWS[view].items():
            value = None if nullable and self.nulls == "always" else self._value(view, name, record)
            if value is not None or self.nulls != "never":
                shown[name] = value
        if self._images_in_lists and view == "ReleaseInList":
            assert isinstance(record, Release)
            shown["image"] = record.image
        if self._images_in_lists and view == "DeploymentInList":
            assert isinstance(record, Deployment)
            shown["release"] = {**record.release, "image": record.source.image}
        return {**shown, **self._extra_fields}

    def _value(self, view: str, name: str, record: object) -> object:
        value = getattr(record, _ATTRIBUTES.get((view, name), name))
        if name == "value" and getattr(record, "secret", False) and self._mask_secrets:
            return MASKED
        nested = _NESTED_VIEWS.get((view, name))
        if isinstance(value, list):
            return [self.show(nested or _NESTED[type(item)], item) for item in value]
        nested = nested or _NESTED.get(type(value))
        return value if nested is None or value is None else self.show(nested, value)

"""How `ancla.testing.FakeAncla` shows its records: which fields, and which of them may be null.

A view is a line of field names; `?` marks what the API may send as null. The published views
are those of the published document; the slug routes answer the same things with more fields.
"""

from __future__ import annotations

from collections.abc import Mapping

from .records import MASKED, Deployment, Image, Member, Release, StageMetrics, User

AS_IT_STANDS = "as it stands"

_IMAGE = "id version application_id repository_name built error created? updated?"
_RELEASE = "id version application_id platform built error created? updated?"
_APP_SETTINGS = (
    "platform process_counts process_pod_classes github_repository? github_repository_is_private "
    "auto_deploy_branch? subdirectory? github_app_installation_id? github_environment_name? "
    "deployment_timeout? health_check_path health_check_host? privileged created? updated?"
)
_APP = f"id name slug project_id project_slug organization_slug {_APP_SETTINGS}"
_LATEST = "latest_image_version? latest_release_version? latest_deployment_complete?"
_PROJECT = "id name slug organization_id organization_slug"
_ORG = "id name slug"

_VIEWS = {
    "org in list": f"{_ORG} member_count project_count",
    "org": f"{_ORG} members project_count application_count",
    "org on slug routes": f"{_ORG} member_count members project_count application_count",
    "project in list": f"{_PROJECT} application_count created?",
    "project": f"{_PROJECT} organization_name application_count created? updated?",
    "app in list": f"id name slug project_id platform created? {_LATEST}",
    "app in list on slug routes": f"{_APP} {_LATEST}",
    "app": f"{_APP} latest_image? latest_release? latest_deployment?",
    "variable": "id name value secret buildtime created? updated?",
    "image in list": _IMAGE,
    "image": f"{_IMAGE} image_id? error_detail? build_slug? build_ref? dockerfile? procfile? "
    "processes? image_metadata? commit_sha?",
    "release in list": _RELEASE,
    "release": f"{_RELEASE} repository_name release_id? image configuration image_changes "
    "configuration_changes error_detail? dockerfile? release_metadata? commit_sha? "
    "health_check_path health_check_host?",
    "deployment": "id application_id release complete error error_detail? deploy_metadata? "
    "deploy_log? job_id? created? updated?",
    "build log": "status version log_text? error error_detail? build_step?",
    "deployment log": "status log_text? error error_detail? deploy_step?",
    "pipeline": "build? release? deploy?",
    "stage": "status version? error_detail? step?",
    "stage metrics": "success error success_rate duration?",
    "session": "authenticated user?",
    "user": "id username email? admin active registered_at? last_login_at?",
    "member": "user_id username email? admin",
}

_FIELDS = {
    view: tuple((name.rstrip("?"), name.endswith("?")) for name in line.split())
    for view, line in _VIEWS.items()
}


_NESTED: dict[type, str] = {
    Member: "member",
    User: "user",
    Image: "stage",
    Release: "stage",
    Deployment: "stage",
    StageMetrics: "stage metrics",
}


class Views:
    """Records as JSON objects. The arguments are those of `FakeAncla`."""

    def __init__(self, nulls: str, extra_fields: Mapping[str, object], mask_secrets: bool) -> None:
        self.nulls = nulls
        self._extra_fields = extra_fields
        self._mask_secrets = mask_secrets

    def show(self, view: str, record: object) -> dict[str, object]:
        if view == AS_IT_STANDS:
            assert isinstance(record, dict)
            return {**record, **self._extra_fields}
        shown: dict[str, object] = {}
        for name, nullable in _FIELDS[view]:
            value = None if nullable and self.nulls == "always" else self._value(name, record)
            if value is not None or self.nulls != "never":
                shown[name] = value
        return {**shown, **self._extra_fields}

    def _value(self, name: str, record: object) -> object:
        value = getattr(record, name)
        if name == "value" and getattr(record, "secret", False) and self._mask_secrets:
            return MASKED
        if isinstance(value, list):
            return [self.show(_NESTED[type(item)], item) for item in value]
        nested = _NESTED.get(type(value))
        return value if nested is None else self.show(nested, value)

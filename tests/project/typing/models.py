"""What the models take and hold: read by type checkers, never run."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

from typing_extensions import assert_type

from ancla import (
    App,
    ConfigImportFailure,
    ConfigImportResult,
    ConfigVar,
    Deployment,
    DurationStats,
    Image,
    Org,
    OrgMember,
    PipelineMetrics,
    PipelineStage,
    PipelineStageMetrics,
    PipelineStatus,
    Project,
    Release,
    Session,
    User,
)
from ancla.models import Model


def fields(org: Org, app: App, image: Image, release: Release, deployment: Deployment) -> None:
    assert_type(org.member_count, int)
    assert_type(org.members, list[OrgMember])
    assert_type(org.members[0].email, str | None)
    assert_type(app.process_counts, dict[str, int])
    assert_type(app.auto_deploy_branch, str | None)
    assert_type(app.deployment_timeout, int | None)
    assert_type(app.latest_image, dict[str, Any] | None)
    assert_type((app.build_strategy, image.strategy), tuple[str | None, str | None])
    assert_type((org.personal, org.members[0].application_count), tuple[bool, int])
    assert_type(app.latest_deployment_complete, bool | None)
    assert_type(image.created, str | None)
    assert_type(image.processes, dict[str, Any] | None)
    assert_type(release.configuration, dict[str, Any])
    assert_type(deployment.complete, bool)
    assert_type((image.done, image.succeeded, release.failed), tuple[bool, bool, bool])
    assert_type(deployment.status, str)


def models_in_models(
    status: PipelineStatus, metrics: PipelineMetrics, result: ConfigImportResult, session: Session
) -> None:
    assert_type(status.build, PipelineStage | None)
    assert_type(metrics.deploy, PipelineStageMetrics | None)
    if metrics.deploy:
        assert_type(metrics.deploy.success_rate, float)
        assert_type(metrics.deploy.duration, DurationStats | None)
    assert_type(result.created, list[str])
    assert_type(result.errors, list[ConfigImportFailure])
    assert_type(session.user, User | None)


def construction() -> None:
    """For tests, say: required fields are demanded, others have their defaults."""
    org = Org(name="My Org", slug="my-org", members=[OrgMember(username="u", admin=True)])
    org.name = "Our Org"
    assert_type(Image().version, int)
    assert_type(Project(name="P", slug="p", created=None).created, str | None)


def dataclass_functions(org: Org) -> None:
    assert_type(dataclasses.replace(org, name="Our Org"), Org)
    plain: dict[str, Any] = dataclasses.asdict(org)
    assert_type(plain["name"], Any)
    assert_type([field.name for field in dataclasses.fields(org)], list[str])
    assert_type(copy.deepcopy(org), Org)


def pydantic_methods(org: Org, variables: list[ConfigVar]) -> None:
    assert_type(Org.model_validate({"name": "O", "slug": "o"}), Org)
    assert_type(Org.model_validate(org), Org)
    assert_type(Org.model_validate(object(), strict=True, from_attributes=True), Org)
    assert_type(Org.model_validate({}, extra="forbid", by_alias=True, by_name=True), Org)
    assert_type(org.model_dump(round_trip=True, warnings="error", context={}), dict[str, Any])
    assert_type(org.model_dump(fallback=str, exclude_computed_fields=True), dict[str, Any])
    assert_type(org.model_dump_json(ensure_ascii=True, fallback=lambda value: None), str)
    assert_type(Org.model_json_schema(mode="serialization"), dict[str, Any])
    assert_type(ConfigVar.model_validate_json(b'{"name": "K"}'), ConfigVar)
    assert_type(org.model_copy(update={"name": "O"}, deep=True), Org)
    assert_type(
        org.model_dump(mode="json", include={"name"}, exclude_none=True, by_alias=True),
        dict[str, Any],
    )
    assert_type(org.model_dump(exclude={"members": {"__all__": {"email"}}}), dict[str, Any])
    assert_type(org.model_dump(exclude={"members": {0: True}}, exclude_unset=True), dict[str, Any])
    assert_type(variables[0].model_dump_json(indent=2, exclude_defaults=True), str)
    assert_type(org.model_fields_set, set[str])
    assert_type(org.model_extra, dict[str, Any])
    assert_type(Org.model_construct({"name"}, name="O", plan="pro"), Org)
    assert_type(dict(org), dict[str, Any])
    assert_type(Org.model_fields, dict[str, dataclasses.Field[Any]])


def whatever_model(model: Model) -> None:
    assert_type(model.model_copy(), Model)
    assert_type(model.model_dump_json(exclude_unset=True), str)


def patterns(app: App) -> None:
    match app:
        case App(latest_image_version=int(version)):
            assert_type(version, int)
        case App(platform="wind", auto_deploy_branch=str(branch)):
            assert_type(branch, str)
        case _:
            pass

"""What every method of the client takes and returns: read by type checkers, never run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

from typing_extensions import assert_type

from ancla import (
    AnclaClient,
    ApiKey,
    App,
    Attempt,
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
    progress,
)


def returns_nothing(method: Callable[..., None]) -> None: ...


def the_client() -> None:
    with AnclaClient("key", "https://ancla.example", 10.0, routes="slugs") as client:
        assert_type(client, AnclaClient)
        assert_type(client.api_key, str | None)
        assert_type(client.server, str)
        assert_type(client.environment, str)
        assert_type(client.with_options(timeout=None, max_retries=0), AnclaClient)
        assert_type(client.with_options(environment="e", headers={"A": "b"}), AnclaClient)
        assert_type(client.with_options(headers=lambda: {"A": "b"}), AnclaClient)
        assert_type(client.request("PUT", "/organizations/o", json={"name": "O"}), Any)
        returns_nothing(client.close)


def count(attempt: Attempt) -> None:
    assert_type(attempt.method, str)
    assert_type(attempt.path, str)
    assert_type(attempt.number, int)
    assert_type(attempt.seconds, float)
    assert_type(attempt.status_code, int | None)
    assert_type(attempt.error, str | None)
    assert_type(attempt.request_id, str | None)
    assert_type(attempt.reused, bool | None)
    assert_type(attempt.rate_limit.get("retry-after"), str | None)
    assert_type(attempt.retries_after, float | None)


def a_client_that_is_watched() -> None:
    AnclaClient(on_attempt=count, environment="staging")


class ClientOfMyTool(AnclaClient):
    def restart_everything(self) -> None: ...


def a_client_with_more_methods() -> None:
    with ClientOfMyTool() as client:
        returns_nothing(client.restart_everything)


def organizations(client: AnclaClient) -> None:
    assert_type(client.list_orgs(), list[Org])
    assert_type(client.get_org(slug="o"), Org)
    assert_type(client.create_org(name="O"), Org)
    assert_type(client.update_org(slug="o", name="O"), Org)
    assert_type(client.add_org_member(org="o", username="u"), Org)
    assert_type(client.add_org_member(org="o", username="u", admin=True), Org)
    assert_type(client.toggle_org_admin(org="o", user_id="1"), OrgAdminResult)
    assert_type(client.get_session(), Session)
    returns_nothing(client.delete_org)
    client.delete_org(slug="o")
    returns_nothing(client.remove_org_member)
    client.remove_org_member(org="o", user_id="1")


def environments(client: AnclaClient) -> None:
    assert_type(client.list_environments(org="o", project="p"), list[Environment])
    assert_type(client.get_environment(org="o", project="p", slug="staging"), Environment)
    assert_type(client.create_environment(org="o", project="p", name="PR 7"), Environment)
    rolled_back = client.rollback_app(org="o", project="p", app="a")
    assert_type(client.rollback_app(org="o", project="p", app="a"), DeployReleaseResult)
    assert_type(rolled_back.deployment_id, str)
    assert_type(
        client.promote_app(org="o", project="p", app="a", source="staging", target="production"),
        DeployReleaseResult,
    )


def people_and_keys(client: AnclaClient) -> None:
    assert_type(client.list_org_members(org="o"), list[OrgMember])
    assert_type(client.list_teams(org="o"), list[Team])
    assert_type(client.create_team(org="o", name="T"), Team)
    assert_type(client.check_health(), Health)
    assert_type(client.list_api_keys(), list[ApiKey])
    assert_type(client.get_api_key(key_id="k"), ApiKey)
    assert_type(client.create_api_key("ci", scopes=["deploy"], metadata={"a": "b"}), NewApiKey)
    client.create_api_key("ci", expires_at=datetime(2030, 1, 1, tzinfo=timezone.utc))
    client.create_api_key("ci", expires_at="2030-01-01T00:00:00Z")
    returns_nothing(client.revoke_api_key)
    client.revoke_api_key(key_id="k")
    returns_nothing(client.delete_api_key)
    client.delete_api_key(key_id="k")


def whole_environments(client: AnclaClient) -> None:
    assert_type(client.update_environment(org="o", project="p", slug="s", name="S"), Environment)
    assert_type(client.deploy_environment("o", "p", "s", "a"), EnvironmentDeployResult)
    assert_type(client.list_environment_deployments("o", "p", "s"), list[Deployment])
    assert_type(client.get_environment_deployment("o", "p", "s", "1"), Deployment)
    assert_type(client.get_environment_deployment_log("o", "p", "s", "1"), DeploymentLog)
    assert_type(client.wait_for_environment_deployment("o", "p", "s", "1"), Deployment)
    assert_type(client.rollback_and_wait("o", "p", "a", on_update=progress), Deployment)
    assert_type(client.promote_and_wait("o", "p", "a", "staging", "production"), Deployment)
    assert_type(client.preview_promotion("o", "p", "a", "staging", "production"), dict[str, Any])
    assert_type(client.list_pipeline_history("o", "p", "a", limit=5), list[dict[str, Any]])
    assert_type(client.get_observability("o", "p", range="1h"), dict[str, Any])
    assert_type(client.get_resolved_config("o", "p", "a"), dict[str, Any])


def shared_config(client: AnclaClient) -> None:
    assert_type(client.list_shared_config("o", team="t"), list[ConfigVar])
    assert_type(client.get_shared_config("o", "p", key="K"), ConfigVar)
    assert_type(client.set_shared_config("o", "p", environment="e", key="K", value="v"), ConfigVar)
    assert_type(
        client.import_shared_config("o", "p", environment="e", variables={"K": "v"}),
        list[ConfigVar],
    )
    returns_nothing(client.delete_shared_config)
    client.delete_shared_config("o", "p", environment="e", key="K")


def projects(client: AnclaClient) -> None:
    assert_type(client.list_projects(org="o"), list[Project])
    assert_type(client.get_project(org="o", slug="p"), Project)
    assert_type(client.create_project(org="o", name="P"), Project)
    assert_type(client.update_project(org="o", slug="p", name="P"), Project)
    returns_nothing(client.delete_project)
    client.delete_project(org="o", slug="p")


def applications(client: AnclaClient) -> None:
    assert_type(client.list_apps(org="o", project="p"), list[App])
    assert_type(client.get_app(org="o", project="p", app="a"), App)
    assert_type(client.create_app(org="o", project="p", name="A", platform="wind"), App)
    client.create_app("o", "p", "A", platform="wind", slug="a", build_strategy="buildpack")
    assert_type(client.update_app(org="o", project="p", app="a", auto_deploy_branch="main"), App)
    assert_type(client.update_app("o", "p", "a", subdirectory=None, process_counts={"web": 1}), App)
    assert_type(client.deploy_app(org="o", project="p", app="a"), DeployResult)
    assert_type(client.get_pipeline_status(org="o", project="p", app="a"), PipelineStatus)
    assert_type(client.get_pipeline_metrics(org="o", project="p", app="a"), PipelineMetrics)
    returns_nothing(client.delete_app)
    client.delete_app(org="o", project="p", app="a")
    returns_nothing(client.scale_app)
    client.scale_app(org="o", project="p", app="a", counts={"web": 2, "worker": 0})


def config_variables(client: AnclaClient) -> None:
    assert_type(client.list_config(org="o", project="p", app="a"), list[ConfigVar])
    assert_type(client.get_config(org="o", project="p", app="a", key="K"), ConfigVar)
    assert_type(client.set_config(org="o", project="p", app="a", key="K", value="v"), ConfigVar)
    assert_type(client.set_config("o", "p", "a", "K", "v", True, buildtime=None), ConfigVar)
    assert_type(client.set_config("o", "p", "a", "K", "v", None), ConfigVar)
    assert_type(
        client.import_config(org="o", project="p", app="a", variables={"K": "v"}),
        ConfigImportResult,
    )
    assert_type(
        client.import_config("o", "p", "a", "K=v\n", secret=True, buildtime=True),
        ConfigImportResult,
    )
    returns_nothing(client.delete_config)
    client.delete_config(org="o", project="p", app="a", key="K")


def images(client: AnclaClient) -> None:
    assert_type(client.list_images(org="o", project="p", app="a"), list[Image])
    assert_type(client.get_image(org="o", project="p", app="a", image_id="1"), Image)
    assert_type(client.build_image(org="o", project="p", app="a"), BuildResult)
    client.build_image("o", "p", "a", strategy="dockerfile")
    assert_type(client.get_image_log(org="o", project="p", app="a", image_id="1"), BuildLog)
    assert_type(client.wait_for_image(org="o", project="p", app="a", image_id="1"), Image)
    client.wait_for_image("o", "p", "a", "1", on_log=sys.stdout.write)
    assert_type(client.follow_image_log(org="o", project="p", app="a", image_id="1"), Iterator[str])


def releases(client: AnclaClient) -> None:
    assert_type(client.list_releases(org="o", project="p", app="a"), list[Release])
    assert_type(client.get_release(org="o", project="p", app="a", release_id="1"), Release)
    assert_type(
        client.create_release(org="o", project="p", app="a", image_id="1"), CreateReleaseResult
    )
    assert_type(
        client.deploy_release(org="o", project="p", app="a", release_id="1"), DeployReleaseResult
    )
    assert_type(client.get_release_log(org="o", project="p", app="a", release_id="1"), BuildLog)
    assert_type(client.wait_for_release(org="o", project="p", app="a", release_id="1"), Release)


def deployments(client: AnclaClient) -> None:
    assert_type(client.list_deployments(org="o", project="p", app="a"), list[Deployment])
    assert_type(client.get_deployment(org="o", project="p", app="a", deployment_id="1"), Deployment)
    assert_type(
        client.get_deployment_log(org="o", project="p", app="a", deployment_id="1"), DeploymentLog
    )
    assert_type(
        client.wait_for_deployment(org="o", project="p", app="a", deployment_id="1"), Deployment
    )
    assert_type(
        client.follow_deployment_log(org="o", project="p", app="a", deployment_id="1"),
        Iterator[str],
    )


def waiting(client: AnclaClient) -> None:
    """All that waits takes the same options; without a limit only if that is asked for."""
    seen: list[Image | Release | Deployment] = []
    assert_type(client.deploy_and_wait(org="o", project="p", app="a"), Deployment)
    client.deploy_and_wait("o", "p", "a", timeout=None, interval=1, on_update=seen.append)
    client.deploy_and_wait("o", "p", "a", config_only=True, on_log=print)
    client.wait_for_image(
        "o", "p", "a", "1", timeout=60, on_update=lambda image: assert_type(image, Image)
    )
    client.wait_for_release("o", "p", "a", "1")
    # What takes all of them will also do for deployments alone.
    client.wait_for_deployment("o", "p", "a", "1", timeout=None, on_update=seen.append)
    client.wait_for_image("o", "p", "a", "1", on_update=progress)
    client.deploy_and_wait("o", "p", "a", on_update=progress)
    for text in client.follow_image_log("o", "p", "a", "1", timeout=None, interval=0.5):
        assert_type(text, str)
    assert_type(next(client.follow_deployment_log("o", "p", "a", "1")), str)

"""The client for asyncio: AnclaClient's own methods, each call in a thread of its own."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, overload

from typing_extensions import Self

from .client import AnclaClient

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
ClientT = TypeVar("ClientT", bound=AsyncAnclaClient)
ResultT = TypeVar("ResultT", covariant=True)

__all__ = ["AsyncAnclaClient"]

def _signature_of(
    kind: Callable[P, AnclaClient],
) -> Callable[[Callable[..., None]], Callable[Concatenate[AsyncAnclaClient, P], None]]: ...

class _Method(Protocol[P, ResultT]):
    @overload
    def __get__(
        self, client: None, owner: type
    ) -> Callable[Concatenate[AsyncAnclaClient, P], ResultT]: ...
    @overload
    def __get__(self, client: AsyncAnclaClient, owner: type) -> Callable[P, ResultT]: ...
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ResultT: ...

class _View(Protocol[P]):
    @overload
    def __get__(
        self, client: None, owner: type[ClientT]
    ) -> Callable[Concatenate[ClientT, P], ClientT]: ...
    @overload
    def __get__(self, client: ClientT, owner: type) -> Callable[P, ClientT]: ...

def _view(method: Callable[Concatenate[AnclaClient, P], AnclaClient]) -> _View[P]: ...
def _awaited(
    method: Callable[Concatenate[AnclaClient, P], R],
) -> _Method[P, Coroutine[Any, Any, R]]: ...
def _iterated(
    method: Callable[Concatenate[AnclaClient, P], Iterator[T]],
) -> _Method[P, AsyncIterator[T]]: ...

class AsyncAnclaClient:
    @_signature_of(AnclaClient)
    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    with_options = _view(AnclaClient.with_options)

    @property
    def api_key(self) -> str | None: ...
    @property
    def server(self) -> str: ...
    @property
    def environment(self) -> str: ...
    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    async def aclose(self) -> None: ...

    request = _awaited(AnclaClient.request)

    # Organizations, their members and teams

    list_orgs = _awaited(AnclaClient.list_orgs)
    get_org = _awaited(AnclaClient.get_org)
    create_org = _awaited(AnclaClient.create_org)
    update_org = _awaited(AnclaClient.update_org)
    delete_org = _awaited(AnclaClient.delete_org)
    list_org_members = _awaited(AnclaClient.list_org_members)
    add_org_member = _awaited(AnclaClient.add_org_member)
    remove_org_member = _awaited(AnclaClient.remove_org_member)
    toggle_org_admin = _awaited(AnclaClient.toggle_org_admin)
    list_teams = _awaited(AnclaClient.list_teams)
    create_team = _awaited(AnclaClient.create_team)

    # The key, and the platform itself

    get_session = _awaited(AnclaClient.get_session)
    check_health = _awaited(AnclaClient.check_health)
    list_api_keys = _awaited(AnclaClient.list_api_keys)
    get_api_key = _awaited(AnclaClient.get_api_key)
    create_api_key = _awaited(AnclaClient.create_api_key)
    revoke_api_key = _awaited(AnclaClient.revoke_api_key)
    delete_api_key = _awaited(AnclaClient.delete_api_key)

    # Projects

    list_projects = _awaited(AnclaClient.list_projects)
    get_project = _awaited(AnclaClient.get_project)
    create_project = _awaited(AnclaClient.create_project)
    update_project = _awaited(AnclaClient.update_project)
    delete_project = _awaited(AnclaClient.delete_project)
    get_observability = _awaited(AnclaClient.get_observability)

    # Environments

    list_environments = _awaited(AnclaClient.list_environments)
    get_environment = _awaited(AnclaClient.get_environment)
    create_environment = _awaited(AnclaClient.create_environment)
    update_environment = _awaited(AnclaClient.update_environment)
    deploy_environment = _awaited(AnclaClient.deploy_environment)
    list_environment_deployments = _awaited(AnclaClient.list_environment_deployments)
    get_environment_deployment = _awaited(AnclaClient.get_environment_deployment)
    get_environment_deployment_log = _awaited(AnclaClient.get_environment_deployment_log)
    wait_for_environment_deployment = _awaited(AnclaClient.wait_for_environment_deployment)

    # Applications

    list_apps = _awaited(AnclaClient.list_apps)
    get_app = _awaited(AnclaClient.get_app)
    create_app = _awaited(AnclaClient.create_app)
    update_app = _awaited(AnclaClient.update_app)
    delete_app = _awaited(AnclaClient.delete_app)
    deploy_app = _awaited(AnclaClient.deploy_app)
    deploy_and_wait = _awaited(AnclaClient.deploy_and_wait)
    rollback_app = _awaited(AnclaClient.rollback_app)
    rollback_and_wait = _awaited(AnclaClient.rollback_and_wait)
    promote_app = _awaited(AnclaClient.promote_app)
    promote_and_wait = _awaited(AnclaClient.promote_and_wait)
    preview_promotion = _awaited(AnclaClient.preview_promotion)
    scale_app = _awaited(AnclaClient.scale_app)
    get_pipeline_status = _awaited(AnclaClient.get_pipeline_status)
    get_pipeline_metrics = _awaited(AnclaClient.get_pipeline_metrics)
    list_pipeline_history = _awaited(AnclaClient.list_pipeline_history)

    # Config variables of an application

    list_config = _awaited(AnclaClient.list_config)
    get_config = _awaited(AnclaClient.get_config)
    get_resolved_config = _awaited(AnclaClient.get_resolved_config)
    set_config = _awaited(AnclaClient.set_config)
    delete_config = _awaited(AnclaClient.delete_config)
    import_config = _awaited(AnclaClient.import_config)

    # Config variables that applications share

    list_shared_config = _awaited(AnclaClient.list_shared_config)
    get_shared_config = _awaited(AnclaClient.get_shared_config)
    set_shared_config = _awaited(AnclaClient.set_shared_config)
    delete_shared_config = _awaited(AnclaClient.delete_shared_config)
    import_shared_config = _awaited(AnclaClient.import_shared_config)

    # Images

    list_images = _awaited(AnclaClient.list_images)
    get_image = _awaited(AnclaClient.get_image)
    build_image = _awaited(AnclaClient.build_image)
    get_image_log = _awaited(AnclaClient.get_image_log)
    wait_for_image = _awaited(AnclaClient.wait_for_image)
    follow_image_log = _iterated(AnclaClient.follow_image_log)

    # Releases, which only retired routes have

    list_releases = _awaited(AnclaClient.list_releases)
    get_release = _awaited(AnclaClient.get_release)
    create_release = _awaited(AnclaClient.create_release)
    deploy_release = _awaited(AnclaClient.deploy_release)
    get_release_log = _awaited(AnclaClient.get_release_log)
    wait_for_release = _awaited(AnclaClient.wait_for_release)

    # Deployments

    list_deployments = _awaited(AnclaClient.list_deployments)
    get_deployment = _awaited(AnclaClient.get_deployment)
    get_deployment_log = _awaited(AnclaClient.get_deployment_log)
    wait_for_deployment = _awaited(AnclaClient.wait_for_deployment)
    follow_deployment_log = _iterated(AnclaClient.follow_deployment_log)

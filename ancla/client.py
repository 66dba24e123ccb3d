"""The client: one method per operation, grouped by resource."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType

from ._api import operations
from ._api.arguments import path_segment, request_target
from ._api.caller import Caller
from ._api.deploying import deploy_and_wait
from ._api.json_sender import JSONSender
from ._api.pipeline import Pipeline
from ._api.waiting import Poller, follow_log, wait_for_stage
from ._http.attempts import Attempt, prepare
from ._http.checks import Clock
from ._http.sender import Sender
from ._http.settings import Secret, Settings
from ._http.transport import Transport
from .models import (
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

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the imports below
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Any, Literal, NoReturn, TypeVar

    Self = TypeVar("Self", bound="AnclaClient")
else:
    # For typing.get_type_hints, without loading typing, which is slow.
    from ._hints import Any, Literal, NoReturn

    try:
        from ssl import SSLContext
    except ImportError:  # a Python without TLS
        SSLContext = object

__all__ = ["AnclaClient", "Attempt"]

_LEFT_OUT: Any = ...
_HARMLESS_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))


class AnclaClient:
    """A client for one Ancla server; safe to share between threads and across a fork.

        with AnclaClient() as client:
            for org in client.list_orgs():
                print(org.slug)

    Every method raises AnclaError or one of its subclasses when the server or the way to it says
    no, and ValueError for an argument that cannot be right, before anything is sent. What is "not
    on published routes", say, raises AnclaError on servers that have these, and nothing is sent.

    Retries: a connection that could not be made and a 429 are tried again in any case; 502, 503,
    504 and a lost answer only where repeating is harmless (reads, deletions, absolute changes
    such as scaling). A Retry-After of up to 60 seconds is waited for, otherwise the wait doubles
    from 0.5 to 8 seconds, with full jitter. What would fail again in the same way, such as a
    certificate that is not trusted, is not tried again. What may have happened is never sent twice.

    Waiting (`wait_for_...`, `follow_...`, `deploy_and_wait`): the platform is asked every
    `interval` seconds, temporary errors on the way are survived, and `on_update` is given every
    change. WaitTimeoutError is raised after `timeout` seconds, which are for the whole wait; None
    is no limit. They are looked at between the requests, each of which may take as long as the
    client's own timeout and retries allow.
    """

    def __init__(
        self,
        api_key: str | None = None,
        server: str | None = None,
        timeout: float | None = 30.0,
        *,
        max_retries: int = 2,
        ssl_context: SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        routes: Literal["auto", "workspaces", "published", "slugs"] | None = None,
        max_response_bytes: int = 64 * 1024 * 1024,
        user_agent_suffix: str | None = None,
        environment: str | None = None,
        on_attempt: Callable[[Attempt], object] | None = None,
    ) -> None:
        """Makes a client; nothing is sent and nothing is connected yet.

        api_key: the key; left out, ANCLA_API_KEY. With neither, the server answers 401.
        server: http(s)://host[:port]; left out, ANCLA_SERVER, then https://ancla.dev.
        timeout: seconds for one whole attempt: connecting, TLS, headers and body (the look-up of
            the host's name is outside). None means no limit and has to be asked for.
        max_retries: how often a failed attempt is repeated, at most.
        ssl_context: for a private CA or a client certificate; left out, certificates are
            verified against SSL_CERT_FILE, SSL_CERT_DIR or the system's.
        proxy: http://[user:password@]host:port; left out, HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
        trust_env: False ignores the environment's proxies.
        routes: the server's route set: "workspaces" (today's API), or "published" or "slugs" for an
            older server; left out, ANCLA_ROUTES, then "auto", which asks the server when it has to.
        max_response_bytes: the most that an answer's body may have, as sent and decompressed.
        user_agent_suffix: added to the User-Agent, as in "mytool/1.2".
        environment: of a project; left out, ANCLA_ENV, then "production". Servers with retired
            routes have no environments: there, calls for any other than production are an error.
        on_attempt: called with an Attempt after each attempt of a request, before the wait for the
            next one. What it raises goes to the log and changes nothing.

        Raises ValueError, which names the argument and never shows the key, and APIConnectionError
        if the environment's proxy or certificates cannot be used.
        """
        key = Secret(api_key)
        del api_key  # or a traceback that shows local variables would show it
        self._settings = settings = Settings(
            key,
            server,
            timeout,
            max_retries=max_retries,
            ssl_context=ssl_context,
            proxy=proxy,
            trust_env=trust_env,
            routes=routes,
            max_response_bytes=max_response_bytes,
            user_agent_suffix=user_agent_suffix,
            environment=environment,
            on_attempt=on_attempt,
        )
        path_segment("environment", settings.environment)
        prepare(on_attempt)
        self._clock = Clock()
        sender = Sender(settings, Transport(settings), self._clock)
        self._caller = Caller(settings, JSONSender(settings, sender))

    def with_options(
        self: Self,
        *,
        timeout: float | None = _LEFT_OUT,
        max_retries: int = _LEFT_OUT,
        environment: str = _LEFT_OUT,
        headers: Mapping[str, str] = _LEFT_OUT,
    ) -> Self:
        """A view on this client with some options changed, as in `with_options(timeout=300)`.

        It shares the connections, and what is known of the server; so to close one of them closes
        both. What is left out stays as it is here. `headers` are added to each request, and to
        those that this client adds, if it is a view; X-API-Key, Host and what else the client
        itself says are refused. Raises ValueError, which names the argument and shows no value.
        """
        given = {
            "timeout": timeout,
            "max_retries": max_retries,
            "environment": environment,
            "headers": headers,
        }
        options = {name: value for name, value in given.items() if value is not _LEFT_OUT}
        if "environment" in options:
            path_segment("environment", environment)
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._settings = self._settings.changed(options)
        view._caller = self._caller.with_settings(view._settings)
        return view

    def _without_retries(self: Self) -> Self:
        """For waits, which ask again by themselves, and say so."""
        return self.with_options(max_retries=0)

    @property
    def _json_sender(self) -> JSONSender:
        return self._caller.json_sender

    def _poller(
        self,
        timeout: float | None,
        interval: float,
        on_update: Callable[[Any], object] | None = None,
    ) -> Poller:
        return Poller(timeout, interval, self._clock, self._json_sender.hide, on_update)

    @property
    def api_key(self) -> str | None:
        """The key that is sent, or None."""
        return self._settings.api_key

    @property
    def server(self) -> str:
        """The server's URL, without a trailing slash."""
        return self._settings.server_url

    @property
    def environment(self) -> str:
        """The environment that calls are for, where the server has environments."""
        return self._settings.environment

    def __repr__(self) -> str:
        settings = self.__dict__.get("_settings")  # missing while it is being made
        shown = "" if settings is None else f"server={settings.server_url!r}"
        return f"{type(self).__name__}({shown})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} objects hold connections and cannot be copied or pickled: "
            "make a new one, or a view with with_options()"
        )

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the idle connections; a later call raises AnclaError. May be called twice."""
        self._json_sender.sender.close()

    def request(self, method: str, path: str, *, json: Any = None) -> Any:
        """Calls an endpoint that has no method here.

        `path` starts with a slash, is below /api/v1 and may have a query; what it holds may be
        percent-encoded already. `json` is the body, None for none. Returns the answer's JSON, or
        None if it is empty. GET, HEAD, OPTIONS, PUT and DELETE count as harmless to repeat.
        Raises AnclaError, and ValueError for a method, path or body that cannot be sent.

        >>> client.request("GET", "/organizations/my-org")["name"]
        'My Org'
        """
        method, target = request_target(method, path)
        is_idempotent = method in _HARMLESS_METHODS
        return self._json_sender.send(method, target, json, is_idempotent, "json")[1]

    # Organizations

    def list_orgs(self) -> list[Org]:
        """All organizations that the key sees. GET /organizations"""
        return self._caller.call(operations.list_orgs)

    def get_org(self, slug: str) -> Org:
        """One organization, with its members. GET /organizations/{slug}"""
        return self._caller.call(operations.get_org, slug=slug)

    def create_org(self, name: str) -> Org:
        """Makes an organization; its slug comes from the name. POST /organizations"""
        return self._caller.call(operations.create_org, name=name)

    def update_org(self, slug: str, name: str) -> Org:
        """Renames an organization; not on published routes. PATCH /organizations/{slug}"""
        return self._caller.call(operations.update_org, slug=slug, name=name)

    def delete_org(self, slug: str) -> None:
        """Deletes an organization; not on published routes. DELETE /organizations/{slug}"""
        self._caller.call(operations.delete_org, slug=slug)

    def add_org_member(self, org: str, username: str, admin: bool = False) -> Org:
        """Adds a user; the organization comes back. POST /organizations/{org}/members"""
        return self._caller.call(operations.add_org_member, org=org, username=username, admin=admin)

    def remove_org_member(self, org: str, user_id: str) -> None:
        """Removes a user; not on workspaces routes.

        DELETE /organizations/{org}/members/{user_id}
        """
        self._caller.call(operations.remove_org_member, org=org, user_id=user_id)

    def toggle_org_admin(self, org: str, user_id: str) -> OrgAdminResult:
        """Turns a member's admin rights on or off; `admin` tells which.

        POST /organizations/{org}/members/{user_id}/toggle-admin, not on workspaces routes
        """
        return self._caller.call(operations.toggle_org_admin, org=org, user_id=user_id)

    def get_session(self) -> Session:
        """Whether the key is accepted, and whose it is. GET /auth/session

        On workspaces routes this may tell of signed-in users alone, and be False for any key.
        """
        return self._caller.call(operations.get_session)

    # Projects

    def list_projects(self, org: str) -> list[Project]:
        """All projects of an organization. GET /projects/{org}"""
        return self._caller.call(operations.list_projects, org=org)

    def get_project(self, org: str, slug: str) -> Project:
        """One project. GET /projects/{org}/{slug}"""
        return self._caller.call(operations.get_project, org=org, slug=slug)

    def create_project(self, org: str, name: str) -> Project:
        """Makes a project; its slug comes from the name. POST /projects/{org}"""
        return self._caller.call(operations.create_project, org=org, name=name)

    def update_project(self, org: str, slug: str, name: str) -> Project:
        """Renames a project; not on published routes. PATCH /projects/{org}/{slug}"""
        return self._caller.call(operations.update_project, org=org, slug=slug, name=name)

    def delete_project(self, org: str, slug: str) -> None:
        """Deletes a project; not on published routes. DELETE /projects/{org}/{slug}"""
        self._caller.call(operations.delete_project, org=org, slug=slug)

    # Environments

    def list_environments(self, org: str, project: str) -> list[Environment]:
        """All environments of a project; on workspaces routes only.

        GET /workspaces/{org}/projects/{project}/envs
        """
        return self._caller.call(operations.list_environments, org=org, project=project)

    def get_environment(self, org: str, project: str, slug: str) -> Environment:
        """One environment; on workspaces routes only.

        GET /workspaces/{org}/projects/{project}/envs/{slug}
        """
        return self._caller.call(operations.get_environment, org=org, project=project, slug=slug)

    def create_environment(self, org: str, project: str, name: str) -> Environment:
        """Makes an environment; its slug comes from the name; on workspaces routes only.

        POST /workspaces/{org}/projects/{project}/envs
        """
        return self._caller.call(operations.create_environment, org=org, project=project, name=name)

    # Applications

    def list_apps(self, org: str, project: str) -> list[App]:
        """All applications of a project. GET /applications/{org}/{project}"""
        return self._caller.call(operations.list_apps, org=org, project=project)

    def get_app(self, org: str, project: str, app: str) -> App:
        """One application, with its latest image, release and deployment.

        GET /applications/{org}/{project}/{app}
        """
        return self._caller.call(operations.get_app, org=org, project=project, app=app)

    def create_app(self, org: str, project: str, name: str, platform: str) -> App:
        """Makes an application; its slug comes from the name.

        POST /applications/{org}/{project}. Servers with published routes choose the platform
        themselves: a UserWarning names both if it is another one.
        """
        app = self._caller.call(
            operations.create_app, org=org, project=project, name=name, platform=platform
        )
        if app.platform and app.platform != platform:
            warnings.warn(
                f"the application {app.slug!r} was made on the platform {app.platform!r}, which "
                f"the server chose, and not on {str.__str__(platform)!r}",
                stacklevel=2,
            )
        return app

    def update_app(
        self,
        org: str,
        project: str,
        app: str,
        *,
        name: str = _LEFT_OUT,
        platform: str = _LEFT_OUT,
        process_counts: Mapping[str, int] = _LEFT_OUT,
        process_pod_classes: Mapping[str, str] = _LEFT_OUT,
        privileged: bool = _LEFT_OUT,
        github_repository: str | None = _LEFT_OUT,
        github_repository_is_private: bool | None = _LEFT_OUT,
        github_app_installation_id: int | None = _LEFT_OUT,
        github_environment_name: str | None = _LEFT_OUT,
        auto_deploy_branch: str | None = _LEFT_OUT,
        subdirectory: str | None = _LEFT_OUT,
        deployment_timeout: int | None = _LEFT_OUT,
        health_check_path: str | None = _LEFT_OUT,
        health_check_host: str | None = _LEFT_OUT,
        **unknown: NoReturn,
    ) -> App:
        """Changes some fields of an application, as in `auto_deploy_branch="main"`.

        What is left out stays as it is, and None is sent as null. The fields are those of `App`;
        `deployment_timeout` is in seconds. Raises ValueError for any other name: servers ignore
        what they do not know. PATCH /applications/{org}/{project}/{app}. Servers with published
        routes can change its settings, but not `name`, `platform` and what processes run as:
        AnclaError, and nothing is sent.
        """
        fields = {
            "name": name,
            "platform": platform,
            "process_counts": process_counts,
            "process_pod_classes": process_pod_classes,
            "privileged": privileged,
            "github_repository": github_repository,
            "github_repository_is_private": github_repository_is_private,
            "github_app_installation_id": github_app_installation_id,
            "github_environment_name": github_environment_name,
            "auto_deploy_branch": auto_deploy_branch,
            "subdirectory": subdirectory,
            "deployment_timeout": deployment_timeout,
            "health_check_path": health_check_path,
            "health_check_host": health_check_host,
            **unknown,
        }
        return self._caller.call(
            operations.update_app,
            org=org,
            project=project,
            app=app,
            fields={field: given for field, given in fields.items() if given is not _LEFT_OUT},
        )

    def delete_app(self, org: str, project: str, app: str) -> None:
        """Deletes an application; not on published routes.

        DELETE /applications/{org}/{project}/{app}
        """
        self._caller.call(operations.delete_app, org=org, project=project, app=app)

    def deploy_app(self, org: str, project: str, app: str) -> DeployResult:
        """Starts build, release and deployment; at once returns the new image's id.

        POST /applications/{org}/{project}/{app}/deploy. `deploy_and_wait` also waits.
        """
        return self._caller.call(operations.deploy_app, org=org, project=project, app=app)

    def deploy_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Image | Release | Deployment], object] | None = None,
    ) -> Deployment:
        """Deploys an application and returns the finished deployment that came of it.

        Raises BuildFailedError as soon as the build or the release fails, DeploymentFailedError if
        the deployment does, and WaitTimeoutError. `on_update` is given the Image, then the Release,
        then the Deployment. The requests are those of deploy_app and of the methods that list and
        get these three.
        """
        with self._poller(timeout, interval, on_update) as poller:
            caller = self._without_retries()._caller
            what = f"the deploy of {app!r}"
            pipeline = Pipeline(caller, poller, what, org=org, project=project, app=app)
            return deploy_and_wait(pipeline, lambda: self.deploy_app(org, project, app))

    def rollback_app(self, org: str, project: str, app: str) -> DeployReleaseResult:
        """Deploys what was active before; at once returns the deployment's id, "" if unknown.

        POST /workspaces/{org}/projects/{project}/pipeline/rollback, on workspaces routes only
        """
        return self._caller.call(operations.rollback_app, org=org, project=project, app=app)

    def promote_app(
        self, org: str, project: str, app: str, source: str, target: str
    ) -> DeployReleaseResult:
        """Deploys what is active in the environment `source` into `target`, as `rollback_app`.

        POST /workspaces/{org}/projects/{project}/promote, on workspaces routes only; what its body
        holds is not published.
        """
        return self._caller.call(
            operations.promote_app, org=org, project=project, app=app, source=source, target=target
        )

    def scale_app(self, org: str, project: str, app: str, counts: Mapping[str, int]) -> None:
        """Sets how many of each process run, as in `{"web": 2, "worker": 1}`.

        POST /applications/{org}/{project}/{app}/scale
        """
        self._caller.call(operations.scale_app, org=org, project=project, app=app, counts=counts)

    def get_pipeline_status(self, org: str, project: str, app: str) -> PipelineStatus:
        """Where build, release and deployment stand. GET /applications/{app_id}/pipeline-status"""
        return self._caller.call(operations.get_pipeline_status, org=org, project=project, app=app)

    def get_pipeline_metrics(self, org: str, project: str, app: str) -> PipelineMetrics:
        """How often each stage succeeded, and how many seconds it took.

        GET /applications/{app_id}/pipeline-metrics
        """
        return self._caller.call(operations.get_pipeline_metrics, org=org, project=project, app=app)

    # Config variables

    def list_config(self, org: str, project: str, app: str) -> list[ConfigVar]:
        """All config variables; the value of a secret one may come masked.

        GET /configurations/{org}/{project}/{app}
        """
        return self._caller.call(operations.list_config, org=org, project=project, app=app)

    def get_config(self, org: str, project: str, app: str, key: str) -> ConfigVar:
        """One config variable. GET /configurations/{org}/{project}/{app}/{key}"""
        return self._caller.call(operations.get_config, org=org, project=project, app=app, key=key)

    def set_config(
        self,
        org: str,
        project: str,
        app: str,
        key: str,
        value: str,
        secret: bool | None = None,
        *,
        buildtime: bool | None = None,
    ) -> ConfigVar:
        """Creates or changes a config variable; it takes effect with the next release.

        `secret` keeps its value from being shown, `buildtime` makes it available to builds; None
        leaves that as it is, and is False for a new variable.
        POST /configurations/{org}/{project}/{app}
        """
        return self._caller.call(
            operations.set_config,
            org=org,
            project=project,
            app=app,
            key=key,
            value=value,
            secret=secret,
            buildtime=buildtime,
        )

    def delete_config(self, org: str, project: str, app: str, key: str) -> None:
        """Deletes a config variable. DELETE /configurations/{org}/{project}/{app}/{key}"""
        self._caller.call(operations.delete_config, org=org, project=project, app=app, key=key)

    def import_config(
        self,
        org: str,
        project: str,
        app: str,
        variables: Mapping[str, str] | str,
        *,
        secret: bool = False,
        buildtime: bool = False,
    ) -> ConfigImportResult:
        """Creates many config variables, from a mapping or the text of a .env file.

        The answer lists the names that were created, those that were skipped since they are there
        already, and those that failed, with the reason. POST /configurations/{app_id}/bulk
        """
        operation = operations.import_config
        if isinstance(variables, str):
            operation = operations.import_config_text
        return self._caller.call(
            operation,
            org=org,
            project=project,
            app=app,
            variables=variables,
            secret=secret,
            buildtime=buildtime,
        )

    # Images

    def list_images(self, org: str, project: str, app: str) -> list[Image]:
        """All images, from all pages. GET /images/{org}/{project}/{app}"""
        return self._caller.call(operations.list_images, org=org, project=project, app=app)

    def get_image(self, org: str, project: str, app: str, image_id: str) -> Image:
        """One image, with the details of its build.

        GET /images/{org}/{project}/{app}/{image_id}
        """
        return self._caller.call(
            operations.get_image, org=org, project=project, app=app, image_id=image_id
        )

    def build_image(self, org: str, project: str, app: str) -> BuildResult:
        """Starts a build alone; at once returns the new image's id and version.

        POST /images/{app_id}/build
        """
        return self._caller.call(operations.build_image, org=org, project=project, app=app)

    def get_image_log(self, org: str, project: str, app: str, image_id: str) -> BuildLog:
        """The log of a build so far. GET /images/{image_id}/log"""
        return self._caller.call(
            operations.get_image_log, org=org, project=project, app=app, image_id=image_id
        )

    def wait_for_image(
        self,
        org: str,
        project: str,
        app: str,
        image_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Image], object] | None = None,
    ) -> Image:
        """Asks until the image is built, and returns it.

        Raises BuildFailedError if it fails, and WaitTimeoutError.
        GET /images/{org}/{project}/{app}/{image_id}
        """
        get = self._without_retries().get_image
        with self._poller(timeout, interval, on_update) as poller:
            return wait_for_stage(
                poller,
                lambda: get(org, project, app, image_id),
                f"the build of image {image_id}",
            )

    def follow_image_log(
        self,
        org: str,
        project: str,
        app: str,
        image_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
    ) -> Iterator[str]:
        """New text of the log as it comes, until its end. GET /images/{image_id}/log

        A dropped connection resumes where it was. Raises BuildFailedError after the last text
        if it failed, and WaitTimeoutError.
        """
        view = self._without_retries()
        return follow_log(
            self._poller(timeout, interval),
            lambda: view.get_image_log(org, project, app, image_id),
            lambda: view.get_image(org, project, app, image_id),
            f"the build of image {image_id}",
        )

    # Releases

    def list_releases(self, org: str, project: str, app: str) -> list[Release]:
        """All releases, from all pages; not on workspaces routes.

        GET /releases/{org}/{project}/{app}
        """
        return self._caller.call(operations.list_releases, org=org, project=project, app=app)

    def get_release(self, org: str, project: str, app: str, release_id: str) -> Release:
        """One release, with its details; not on workspaces routes.

        GET /releases/{org}/{project}/{app}/{release_id}
        """
        return self._caller.call(
            operations.get_release, org=org, project=project, app=app, release_id=release_id
        )

    def create_release(
        self, org: str, project: str, app: str, image_id: str
    ) -> CreateReleaseResult:
        """Makes a release from an image and the config variables as they are now.

        POST /releases/{org}/{project}/{app}/create, not on workspaces routes. Servers with
        published routes take the newest image that is built: if that is another one, AnclaError
        names it, and nothing is made.
        """
        return self._caller.call(
            operations.create_release, org=org, project=project, app=app, image_id=image_id
        )

    def deploy_release(
        self, org: str, project: str, app: str, release_id: str
    ) -> DeployReleaseResult:
        """Starts the deployment of a release; at once returns the deployment's id.

        POST /releases/{release_id}/deploy, not on workspaces routes
        """
        return self._caller.call(
            operations.deploy_release, org=org, project=project, app=app, release_id=release_id
        )

    def get_release_log(self, org: str, project: str, app: str, release_id: str) -> BuildLog:
        """The log of a release so far; not on workspaces routes. GET /releases/{release_id}/log"""
        return self._caller.call(
            operations.get_release_log, org=org, project=project, app=app, release_id=release_id
        )

    def wait_for_release(
        self,
        org: str,
        project: str,
        app: str,
        release_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Release], object] | None = None,
    ) -> Release:
        """Asks until the release is built, and returns it.

        Raises BuildFailedError if it fails, and WaitTimeoutError.
        GET /releases/{org}/{project}/{app}/{release_id}
        """
        get = self._without_retries().get_release
        with self._poller(timeout, interval, on_update) as poller:
            return wait_for_stage(
                poller,
                lambda: get(org, project, app, release_id),
                f"release {release_id}",
            )

    # Deployments

    def list_deployments(self, org: str, project: str, app: str) -> list[Deployment]:
        """All deployments, from all pages. GET /deployments/{org}/{project}/{app}"""
        return self._caller.call(operations.list_deployments, org=org, project=project, app=app)

    def get_deployment(self, org: str, project: str, app: str, deployment_id: str) -> Deployment:
        """One deployment, with its details. GET /deployments/{deployment_id}/detail"""
        return self._caller.call(
            operations.get_deployment,
            org=org,
            project=project,
            app=app,
            deployment_id=deployment_id,
        )

    def get_deployment_log(
        self, org: str, project: str, app: str, deployment_id: str
    ) -> DeploymentLog:
        """The log of a deployment so far. GET /deployments/{deployment_id}/log"""
        return self._caller.call(
            operations.get_deployment_log,
            org=org,
            project=project,
            app=app,
            deployment_id=deployment_id,
        )

    def wait_for_deployment(
        self,
        org: str,
        project: str,
        app: str,
        deployment_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
    ) -> Deployment:
        """Asks until the deployment is complete, and returns it.

        Raises DeploymentFailedError if it fails, and WaitTimeoutError.
        GET /deployments/{deployment_id}/detail
        """
        get = self._without_retries().get_deployment
        with self._poller(timeout, interval, on_update) as poller:
            return wait_for_stage(
                poller,
                lambda: get(org, project, app, deployment_id),
                f"deployment {deployment_id}",
            )

    def follow_deployment_log(
        self,
        org: str,
        project: str,
        app: str,
        deployment_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
    ) -> Iterator[str]:
        """New text of the log as it comes, until its end. GET /deployments/{deployment_id}/log

        A dropped connection resumes where it was. Raises DeploymentFailedError after the last text
        if it failed, and WaitTimeoutError.
        """
        view = self._without_retries()
        return follow_log(
            self._poller(timeout, interval),
            lambda: view.get_deployment_log(org, project, app, deployment_id),
            lambda: view.get_deployment(org, project, app, deployment_id),
            f"deployment {deployment_id}",
        )


if not TYPE_CHECKING:
    Self = AnclaClient  # for typing.get_type_hints

"""The client: one method per operation, grouped by resource.

How it works. Each method passes its name, the type of its result and its arguments to
`Remote.call`, which chooses the route, sends the requests and decodes the response. Methods that
wait combine such calls with a `Poller`. A view made by `with_options` has its own settings, and
shares the connections, the detected route set and the remembered ids.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import NoneType, TracebackType

# First, so that a Python without `http` or `urllib` is reported as such.
from ._http.transport import Transport

# isort: split
from ._api.arguments import iso_text, path_segment, request_target
from ._api.deploying import deploy_and_wait, deploy_config, roll_out_and_wait, without_build
from ._api.json_sender import JSONSender
from ._api.logs import LogFollower, follow_log
from ._api.other_names import name_ours_in_errors
from ._api.remote import Remote
from ._api.secrets import valid_variables
from ._api.waiting import Pipeline, Poller, wait_for_stage
from ._http.attempts import Attempt, prepare_logging
from ._http.checks import checked_integer
from ._http.clock import Clock
from ._http.sender import Sender
from ._http.settings import Settings
from ._http.tracebacks import hide_locals_of, hides_locals
from .models import (
    ApiKey,
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
)

TYPE_CHECKING: bool = False  # Annotated, so that jedi does not skip the imports below.
if TYPE_CHECKING:
    from ssl import SSLContext
    from typing import Any, Literal, NoReturn, TypeVar

    Self = TypeVar("Self", bound="AnclaClient")
else:
    # For typing.get_type_hints. Loading typing itself is slow.
    from ._hints import Any, Literal, NoReturn

    try:
        from ssl import SSLContext
    except ImportError:  # This Python has no TLS.
        SSLContext = object

__all__ = ["AnclaClient", "Attempt"]

_LEFT_OUT: Any = ...
_IDEMPOTENT_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "PUT", "DELETE"))


class AnclaClient:
    """A client for one Ancla server. Safe to share between threads and across a fork.

        with AnclaClient() as client:
            for org in client.list_orgs():
                print(org.slug)

    The platform says workspace for an organization, service for an application, build for an
    image, and deploy for a deployment. The docstring of a method that sends one request names
    today's route, if there is one.

    Every method raises ValueError for an invalid argument, before its request is sent. It raises
    AnclaError or a subclass if the request fails. If the server has no route for the operation, it
    raises AnclaError and changes nothing.

    Retries: a failed connection and a 429 are retried for every kind of request. 502, 503, 504 and
    a lost response are retried only if the request is idempotent (reads, deletions, absolute
    changes such as scaling). A request that is not idempotent is never sent again if the server may
    have processed it. Permanent errors, such as an untrusted certificate, are not retried. A
    Retry-After of up to 60 seconds is the least wait; if it is longer, the error is raised at once.
    Without one, the wait is random, up to a limit that doubles from 0.5 to 8 seconds.

    Waiting (`wait_for_...`, `follow_...`, `..._and_wait`): these methods poll every `interval`
    seconds and retry after temporary errors. They raise WaitTimeoutError after `timeout` seconds;
    None means no limit. The deadline is checked between requests, and each request may take as long
    as the client's own timeout allows. Until `..._and_wait` has started something, a temporary
    error is raised after the ordinary retries, or when the wait's timeout has passed.
    A build or deployment that a response has named may be missing for 30 seconds. All but
    `follow_...` call `on_update` with each new state. `on_log` gets each new piece of the build's
    and the deployment's log, which takes one more request at each poll. If a log cannot be read,
    that is logged and shown by `progress`, and the wait continues.
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
        max_response_bytes: int = 16 * 1024 * 1024,
        user_agent_suffix: str | None = None,
        environment: str | None = None,
        on_attempt: Callable[[Attempt], object] | None = None,
    ) -> None:
        """Creates a client. Sends nothing and opens no connection yet.

        api_key: the API key (default: ANCLA_API_KEY). Without one, calls raise AuthenticationError.
        server: http(s)://host[:port] (default: ANCLA_SERVER, then https://ancla.dev).
        timeout: seconds for one whole attempt: connecting, TLS, headers and body. Resolving the
            host name counts, but cannot be interrupted. None means no limit.
        max_retries: the maximum number of retries of a request.
        ssl_context: for a private CA or a client certificate. By default, certificates are
            verified against SSL_CERT_FILE, SSL_CERT_DIR or the system's CA certificates.
        proxy: http://[user:password@]host:port (default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY).
        trust_env: False ignores the environment's proxies.
        routes: the server's route set: "workspaces" (today's API), or "published" or "slugs" for an
            older server (default: ANCLA_ROUTES, then "auto", which asks the server if necessary).
        max_response_bytes: the maximum size of a response body (default: 16 MiB), both as sent and
            after decompression. All pages of a list together may have four times this size.
        user_agent_suffix: added to the User-Agent, as in "mytool/1.2".
        environment: the environment that calls are for (default: ANCLA_ENV, then "production"). On
            servers with retired routes, calls about an application raise AnclaError unless it is
            "production".
        on_attempt: gets an Attempt after each attempt, before the wait for the next one. Its
            exceptions are only logged.

        Raises ValueError, which names the argument and never shows the key, and APIConnectionError
        if the environment's proxy or certificates cannot be used.
        """
        self._settings = settings = Settings(
            api_key,
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
        prepare_logging(on_attempt)
        self._remote = Remote(settings, Transport(settings))
        self._call = self._remote.call

    def with_options(
        self: Self,
        *,
        timeout: float | None = _LEFT_OUT,
        max_retries: int = _LEFT_OUT,
        environment: str = _LEFT_OUT,
        headers: Mapping[str, str] | Callable[[], Mapping[str, str]] = _LEFT_OUT,
    ) -> Self:
        """Returns a view of this client with other options, as in `with_options(timeout=300)`.

        The view shares the connections and the detected route set. Closing either one closes both.
        Options that are left out keep their value. `headers` are sent with each request, in
        addition to those that this client already adds. A function is called for each attempt, and
        returns its headers. X-API-Key, Host and others that the client sets itself are not allowed.
        Raises ValueError for an invalid option, without the values of headers. If a function
        returns invalid headers, the call raises that error before the attempt is sent.
        """
        options = _without(
            _LEFT_OUT,
            timeout=timeout,
            max_retries=max_retries,
            environment=environment,
            headers=headers,
        )
        if "environment" in options:
            path_segment("environment", environment)
        return self._view(options)

    def _view(self: Self, options: dict[str, Any]) -> Self:
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._settings = self._settings.changed(options)
        view._remote = self._remote.with_settings(view._settings)
        view._call = view._remote.call
        return view

    def _without_retries(self: Self) -> Self:
        """Returns a view for polling: the poller does the retries, and reports them."""
        return self.with_options(max_retries=0)

    @property
    def _json_sender(self) -> JSONSender:
        return self._remote.json_sender

    def _pipeline(self, poller: Poller, label: str, *app: str) -> Pipeline:
        before = self._view(poller.options_before_trigger(self._settings))._remote
        return Pipeline(before, self._without_retries()._remote, poller, label, app)

    def _poller(
        self,
        timeout: float | None,
        interval: float,
        on_update: Callable[[Any], object] | None = None,
        on_log: Callable[[str], object] | None = None,
        app: tuple[str, ...] = (),
    ) -> Poller:
        """`on_log` gets the logs of the builds and deployments of `app`: org, project and app."""
        follow = None
        if on_log is not None:
            without_retries = self._without_retries()._remote
            follow = LogFollower(without_retries, self._remote, app, on_log).follow
        clock, redact = self._settings.clock, self._json_sender.redact
        return Poller(timeout, interval, clock, redact, on_update, follow)

    @property
    def api_key(self) -> str | None:
        """The API key, or None."""
        return self._settings.api_key

    @property
    def server(self) -> str:
        """The server's URL, without a trailing slash."""
        return self._settings.server_url

    @property
    def environment(self) -> str:
        """The environment that calls are for. Servers with retired routes have none."""
        return self._settings.environment

    def __repr__(self) -> str:
        settings = self.__dict__.get("_settings")  # Missing inside __init__.
        shown = "" if settings is None else f"server={settings.server_url!r}"
        return f"{type(self).__name__}({shown})"

    def __reduce_ex__(self: object, protocol: object) -> NoReturn:
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
        """Closes the idle connections. Later calls raise AnclaError. Safe to call twice.

        A call in another thread that is waiting for its next attempt or poll ends at once. It
        raises the error of its last attempt, or an AnclaError if that attempt succeeded. An attempt
        in progress is not interrupted.
        """
        self._json_sender.sender.close()

    def request(self, method: str, path: str, *, json: Any = None) -> Any:
        """Calls an endpoint that has no method here. Returns the parsed JSON of the response.

        Returns None if the response has no body. `path` starts with a slash. It is below /api/v1,
        unless it starts with /api/. It may have a query, and may be percent-encoded. `json` is the
        body; with None there is no body. GET, HEAD, OPTIONS, PUT and DELETE count as idempotent.
        Raises AnclaError, and ValueError for a method, path or body that cannot be sent.

        >>> client.request("GET", "/workspaces/my-org")["name"]
        'My Org'
        """
        method, target = request_target(method, path)
        is_idempotent = method in _IDEMPOTENT_METHODS
        return self._json_sender.send(method, target, json, is_idempotent, "json")

    # Organizations, their members and teams

    def list_orgs(self) -> list[Org]:
        """Returns all organizations that the key may see. GET /workspaces"""
        return self._call("list_orgs", list[Org])

    def get_org(self, slug: str) -> Org:
        """Returns one organization, with its members. GET /workspaces/{slug}"""
        return self._call("get_org", Org, slug=slug)

    def create_org(self, name: str) -> Org:
        """Creates an organization. The platform derives its slug from the name. POST /workspaces"""
        return self._call("create_org", Org, name=name)

    def update_org(self, slug: str, name: str) -> Org:
        """Renames an organization. PATCH /workspaces/{slug}, which the platform does not document.

        Raises AnclaError if the server has no such route.
        """
        return self._call("update_org", Org, slug=slug, name=name)

    def delete_org(self, slug: str) -> None:
        """Deletes an organization. DELETE /workspaces/{slug}, which the platform does not document.

        Raises AnclaError if the server has no such route.
        """
        self._call("delete_org", NoneType, slug=slug)

    def list_org_members(self, org: str) -> list[OrgMember]:
        """Returns all members of an organization. GET /workspaces/{org}/members"""
        return self._call("list_org_members", list[OrgMember], org)

    def add_org_member(self, org: str, username: str, admin: bool = False) -> Org:
        """Adds a user. Returns the organization. POST /workspaces/{org}/members"""
        return self._call("add_org_member", Org, org, username=username, admin=admin)

    def remove_org_member(self, org: str, user_id: str) -> None:
        """Removes a user. Raises AnclaError except on servers with published routes."""
        self._call("remove_org_member", NoneType, org, user_id=user_id)

    def toggle_org_admin(self, org: str, user_id: str) -> OrgAdminResult:
        """Toggles a member's admin rights. Raises AnclaError except on published routes."""
        return self._call("toggle_org_admin", OrgAdminResult, org, user_id=user_id)

    def list_teams(self, org: str) -> list[Team]:
        """Returns all teams of an organization. GET /workspaces/{org}/teams"""
        return self._call("list_teams", list[Team], org)

    def create_team(self, org: str, name: str) -> Team:
        """Creates a team. POST /workspaces/{org}/teams"""
        return self._call("create_team", Team, org, name=name)

    # The key, and the platform itself

    def get_session(self) -> Session:
        """Returns whether the server accepts the key, and the key's user. GET /auth/session

        Today's API may recognize only signed-in users and return `authenticated=False` for any key.
        """
        return self._call("get_session", Session)

    def check_health(self) -> Health:
        """Returns the health of the platform's integrations: `status` is "ok" if all work.

        GET /integrations/health
        """
        return self._call("check_health", Health)

    def list_api_keys(self) -> list[ApiKey]:
        """Returns all API keys of the account, without their secret keys. GET /api/keys"""
        return self._call("list_api_keys", list[ApiKey], limit="100", offset="0")

    def get_api_key(self, key_id: str) -> ApiKey:
        """Returns one API key by its id, without its secret key. GET /api/keys/{key_id}"""
        return self._call("get_api_key", ApiKey, key_id=key_id)

    def create_api_key(
        self,
        name: str,
        *,
        scopes: Sequence[str] | None = None,
        prefix: str | None = None,
        expires_at: datetime | str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> NewApiKey:
        """Creates an API key. Its `key` is returned only here; the repr masks it. POST /api/keys

        `expires_at` is a datetime with a time zone, or text in ISO 8601, such as
        "2030-01-01T00:00:00Z". For None in an argument, the platform chooses the value.
        """
        return self._call(
            "create_api_key",
            NewApiKey,
            name=name,
            scopes=scopes,
            prefix=prefix,
            expires_at=iso_text(expires_at),
            metadata=metadata,
        )

    def revoke_api_key(self, key_id: str) -> None:
        """Disables an API key, but keeps it in the list. POST /api/keys/{key_id}/revoke"""
        self._call("revoke_api_key", NoneType, key_id=key_id)

    def delete_api_key(self, key_id: str) -> None:
        """Deletes an API key. DELETE /api/keys/{key_id}"""
        self._call("delete_api_key", NoneType, key_id=key_id)

    # Projects

    def list_projects(self, org: str) -> list[Project]:
        """Returns all projects of an organization. GET /workspaces/{org}/projects"""
        return self._call("list_projects", list[Project], org)

    def get_project(self, org: str, slug: str) -> Project:
        """Returns one project. GET /workspaces/{org}/projects/{slug}"""
        return self._call("get_project", Project, org, slug=slug)

    def create_project(self, org: str, name: str, *, slug: str | None = None) -> Project:
        """Creates a project. POST /workspaces/{org}/projects

        For None, the client makes the slug of the name: "node-js-app" of "Node.js App". If the
        server chose a slug other than the argument, a UserWarning names both. Servers with slug
        routes always choose it: for an argument this raises AnclaError, and nothing is created.
        """
        created = self._call("create_project", Project, org, name=name, **_without(None, slug=slug))
        _warn_if_other("project with the slug", created.slug, slug)
        return created

    def update_project(self, org: str, slug: str, name: str) -> Project:
        """Renames a project. PATCH /workspaces/{org}/projects/{slug}"""
        return self._call("update_project", Project, org, slug=slug, name=name)

    def delete_project(self, org: str, slug: str) -> None:
        """Deletes a project. DELETE /workspaces/{org}/projects/{slug}, which is not documented.

        Raises AnclaError if the server has no such route.
        """
        self._call("delete_project", NoneType, org, slug=slug)

    def get_observability(
        self, org: str, project: str, app: str | None = None, range: str = "24h"
    ) -> dict[str, Any]:
        """Returns the resource usage in the client's environment, as the server's JSON object.

        With `app`, only that of one application. `range` is the period up to now, such as "24h".
        GET /workspaces/{org}/projects/{project}/observability
        """
        return self._call(
            "get_observability",
            dict[str, Any],
            org,
            project,
            range=range,
            **_without(None, app=app),
        )

    # Environments

    def list_environments(self, org: str, project: str) -> list[Environment]:
        """Returns all environments of a project. GET /workspaces/{org}/projects/{project}/envs"""
        return self._call("list_environments", list[Environment], org, project)

    def get_environment(self, org: str, project: str, slug: str) -> Environment:
        """Returns one environment. GET /workspaces/{org}/projects/{project}/envs/{slug}"""
        return self._call("get_environment", Environment, org, project, slug=slug)

    def create_environment(self, org: str, project: str, name: str) -> Environment:
        """Creates an environment. The platform derives its slug from the name.

        POST /workspaces/{org}/projects/{project}/envs
        """
        return self._call("create_environment", Environment, org, project, name=name)

    def update_environment(self, org: str, project: str, slug: str, name: str) -> Environment:
        """Renames an environment. PATCH /workspaces/{org}/projects/{project}/envs/{slug}"""
        return self._call("update_environment", Environment, org, project, slug=slug, name=name)

    def deploy_environment(
        self, org: str, project: str, slug: str, app: str | None = None
    ) -> EnvironmentDeployResult:
        """Starts a deploy in an environment. Does not wait.

        With `app`, it deploys only that application. Without `app`, the platform chooses: it does
        not document what is deployed. An id in the result is "" if the server does not return it.
        POST /workspaces/{org}/projects/{project}/envs/{slug}/deploy
        """
        named = {"slug": slug, **_without(None, app=app)}
        return self._call("deploy_environment", EnvironmentDeployResult, org, project, **named)

    def list_environment_deployments(self, org: str, project: str, slug: str) -> list[Deployment]:
        """Returns all deployments in an environment.

        GET /workspaces/{org}/projects/{project}/envs/{slug}/deploys
        """
        return self._call("list_environment_deployments", list[Deployment], org, project, slug=slug)

    def get_environment_deployment(
        self, org: str, project: str, slug: str, deployment_id: str
    ) -> Deployment:
        """Returns one deployment in an environment, with its details.

        GET /workspaces/{org}/projects/{project}/envs/{slug}/deploys/{deployment_id}
        """
        return self._call(
            "get_environment_deployment",
            Deployment,
            org,
            project,
            slug=slug,
            deployment_id=deployment_id,
        )

    def get_environment_deployment_log(
        self, org: str, project: str, slug: str, deployment_id: str
    ) -> DeploymentLog:
        """Returns the log of a deployment in an environment, as far as it is written.

        GET /workspaces/{org}/projects/{project}/envs/{slug}/deploys/{deployment_id}/log
        """
        return self._call(
            "get_environment_deployment_log",
            DeploymentLog,
            org,
            project,
            slug=slug,
            deployment_id=deployment_id,
        )

    def wait_for_environment_deployment(
        self,
        org: str,
        project: str,
        slug: str,
        deployment_id: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
    ) -> Deployment:
        """Polls until the deployment in an environment has finished, and returns it.

        Raises DeploymentFailedError if it fails, and WaitTimeoutError after `timeout` seconds.
        GET /workspaces/{org}/projects/{project}/envs/{slug}/deploys/{deployment_id}
        """
        _check_not_empty("deployment_id", deployment_id, "list_environment_deployments")
        get = self._without_retries().get_environment_deployment
        label = f"deployment {deployment_id}"
        with self._poller(timeout, interval, on_update) as poller:
            return wait_for_stage(poller, lambda: get(org, project, slug, deployment_id), label)

    # Applications

    def list_apps(self, org: str, project: str) -> list[App]:
        """Returns all applications in the client's environment of a project.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services
        """
        return self._call("list_apps", list[App], org, project)

    def get_app(self, org: str, project: str, app: str) -> App:
        """Returns one application.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}
        """
        return self._call("get_app", App, org, project, app)

    def create_app(
        self,
        org: str,
        project: str,
        name: str,
        platform: str,
        *,
        slug: str | None = None,
        github_repository: str | None = None,
        build_strategy: Literal["dockerfile", "buildpack"] | None = None,
    ) -> App:
        """Creates an application. The slug is that of `create_project`.

        `build_strategy` is "dockerfile" or "buildpack". For None, the platform chooses it. The same
        applies to `github_repository`. If the server chose a slug or a platform other than the
        argument, as servers with published routes may, a UserWarning names both.
        POST /workspaces/{org}/projects/{project}/envs/{env}/services
        """
        created = self._call(
            "create_app",
            App,
            org,
            project,
            name=name,
            platform=platform,
            github_repository=github_repository,
            build_strategy=build_strategy,
            **_without(None, slug=slug),
        )
        _warn_if_other("application with the slug", created.slug, slug)
        record = f"application {created.slug!r} on the platform"
        _warn_if_other(record, created.platform or "", platform)
        return created

    def update_app(
        self,
        /,
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

        Fields that are left out keep their value. None is sent as null. The fields are those of
        `App`; `deployment_timeout` is in seconds. Raises ValueError for an unknown field, because
        servers would ignore it. Raises AnclaError, before anything is sent, for a field that the
        server cannot change. Today's API changes `name`, `github_repository` and
        `auto_deploy_branch`: PATCH /workspaces/{org}/projects/{project}/envs/{env}/services/{app}
        """
        fields = _without(
            _LEFT_OUT,
            name=name,
            platform=platform,
            process_counts=process_counts,
            process_pod_classes=process_pod_classes,
            privileged=privileged,
            github_repository=github_repository,
            github_repository_is_private=github_repository_is_private,
            github_app_installation_id=github_app_installation_id,
            github_environment_name=github_environment_name,
            auto_deploy_branch=auto_deploy_branch,
            subdirectory=subdirectory,
            deployment_timeout=deployment_timeout,
            health_check_path=health_check_path,
            health_check_host=health_check_host,
            **unknown,
        )
        return self._call("update_app", App, org, project, app, fields=fields)

    def delete_app(self, org: str, project: str, app: str) -> None:
        """Deletes an application.

        DELETE /workspaces/{org}/projects/{project}/envs/{env}/services/{app}, which the platform
        does not document. Raises AnclaError if the server has no such route.
        """
        self._call("delete_app", NoneType, org, project, app)

    def deploy_app(
        self, org: str, project: str, app: str, *, config_only: bool = False
    ) -> DeployResult:
        """Starts a build and its deployment. Returns the id of the image, and does not wait.

        POST /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/deploy. The id is ""
        if the response does not have it. `deploy_and_wait` also waits. With `config_only`, which
        the platform does not document, it deploys changed config variables without a build, and
        returns the id of the deployment. Raises AnclaError if the server started a build instead.
        """
        name = "deploy_config" if config_only else "deploy_app"
        started = self._call(name, DeployResult, org, project, app, config_only=config_only)
        return without_build(started, app) if config_only else started

    def deploy_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        *,
        config_only: bool = False,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Image | Release | Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment:
        """Deploys an application and returns the resulting finished deployment.

        Raises BuildFailedError as soon as the build fails, DeploymentFailedError if the deployment
        fails, and WaitTimeoutError after `timeout` seconds. `on_update` is called with each new
        state of the Image, on retired routes the Release, and then the Deployment. The requests are
        those of deploy_app and of the methods that list and get these records. `config_only` is
        that of deploy_app: the deployment is the one that the response names.

        Raises AmbiguousDeployError if others deploy at the same time and the deployments cannot be
        told apart. Today's API links no deployment to its build. So unless the response names the
        deployment, this may return somebody else's in two cases: a rollback, and the deployment of
        a build that had succeeded before this call. Both only if it appears after the last poll in
        which the own build was running, and before the own deployment.
        """
        with self._poller(timeout, interval, on_update, on_log, (org, project, app)) as poller:
            pipeline = self._pipeline(poller, f"the deploy of {app!r}", org, project, app)
            start = partial(self.deploy_app, org, project, app)
            if config_only is not False:
                return deploy_config(pipeline, partial(start, config_only=config_only))
            return deploy_and_wait(pipeline, start)

    def rollback_app(self, org: str, project: str, app: str) -> DeployReleaseResult:
        """Starts a deployment of what was active before. Does not wait.

        POST /workspaces/{org}/projects/{project}/pipeline/rollback. The deployment's id is ""
        if the response does not have it. `rollback_and_wait` also waits.
        """
        return self._call("rollback_app", DeployReleaseResult, org, project, app)

    def rollback_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment:
        """Rolls an application back and returns the resulting finished deployment.

        If the response names no deployment, waits for a new one to appear. Then another one that
        appears before it may be returned. Raises DeploymentFailedError, AmbiguousDeployError
        and WaitTimeoutError, as deploy_and_wait does.
        """
        with self._poller(timeout, interval, on_update, on_log, (org, project, app)) as poller:
            pipeline = self._pipeline(poller, f"the rollback of {app!r}", org, project, app)
            return roll_out_and_wait(pipeline, lambda: self.rollback_app(org, project, app))

    def promote_app(
        self, org: str, project: str, app: str, source: str, target: str
    ) -> DeployReleaseResult:
        """Deploys the active image of the environment `source` into `target`. Does not wait.

        POST /workspaces/{org}/projects/{project}/promote. The platform does not document the
        request body: it is a guess. The deployment's id is "" if the response does not have it.
        `promote_and_wait` also waits.
        """
        return self._call(
            "promote_app", DeployReleaseResult, org, project, app, source=source, target=target
        )

    def promote_and_wait(
        self,
        org: str,
        project: str,
        app: str,
        source: str,
        target: str,
        *,
        timeout: float | None = 600.0,
        interval: float = 3.0,
        on_update: Callable[[Deployment], object] | None = None,
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment:
        """Promotes an application and returns the finished deployment in `target`.

        Polls the environment `target`, not the client's own. The platform does not document the
        request body: it is a guess. Raises the same errors as rollback_and_wait.
        """
        view = self.with_options(environment=target)
        with view._poller(timeout, interval, on_update, on_log, (org, project, app)) as poller:
            pipeline = view._pipeline(poller, f"the promotion of {app!r}", org, project, app)
            return roll_out_and_wait(
                pipeline, lambda: self.promote_app(org, project, app, source, target), copies=1
            )

    def preview_promotion(
        self, org: str, project: str, app: str, source: str, target: str
    ) -> dict[str, Any]:
        """Returns what promote_app would deploy, as the server's JSON object.

        GET /workspaces/{org}/projects/{project}/promote/preview
        """
        return self._call(
            "preview_promotion", dict[str, Any], org, project, app, source=source, target=target
        )

    def scale_app(self, org: str, project: str, app: str, counts: Mapping[str, int]) -> None:
        """Sets the number of processes of each type, as in `{"web": 2, "worker": 1}`.

        POST /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/scale, which the
        platform does not document. Raises AnclaError if the server has no such route.
        """
        self._call("scale_app", NoneType, org, project, app, counts=counts)

    def get_pipeline_status(self, org: str, project: str, app: str) -> PipelineStatus:
        """Returns the status of the newest build and deployment.

        GET /workspaces/{org}/projects/{project}/pipeline/status
        """
        return self._call("get_pipeline_status", PipelineStatus, org, project, app)

    def get_pipeline_metrics(self, org: str, project: str, app: str) -> PipelineMetrics:
        """Returns how often each stage succeeded, and how many seconds it took.

        GET /workspaces/{org}/projects/{project}/pipeline/metrics
        """
        return self._call("get_pipeline_metrics", PipelineMetrics, org, project, app)

    def list_pipeline_history(
        self, org: str, project: str, app: str, limit: int = 10
    ) -> list[dict[str, Any]]:
        """Returns the newest runs of an application's pipeline, as the server's JSON objects.

        GET /workspaces/{org}/projects/{project}/pipeline/history
        """
        return self._call(
            "list_pipeline_history",
            list[dict[str, Any]],
            org,
            project,
            app,
            limit=str(checked_integer("limit", limit, minimum=1)),
        )

    # Config variables of an application

    def list_config(self, org: str, project: str, app: str) -> list[ConfigVar]:
        """Returns an application's own config variables. The server may mask secret values.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/config
        """
        return self._call("list_config", list[ConfigVar], org, project, app)

    def get_config(self, org: str, project: str, app: str, key: str) -> ConfigVar:
        """Returns one config variable, from the list. Raises NotFoundError if it does not exist.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/config
        """
        return self._call("get_config", ConfigVar, org, project, app, key=key)

    def get_resolved_config(self, org: str, project: str, app: str) -> dict[str, Any]:
        """Returns the application's config with shared variables, as the server's JSON object.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/config/resolved
        """
        return self._call("get_resolved_config", dict[str, Any], org, project, app)

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
        """Creates or changes a config variable. It takes effect with the next deploy.

        `secret` marks the value as secret, and `buildtime` makes it available to builds. None keeps
        the flag of an existing variable, which takes a request to read the list. For a new variable
        it means False.
        POST /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/config
        """
        return self._call(
            "set_config",
            ConfigVar,
            org,
            project,
            app,
            key=key,
            value=value,
            secret=secret,
            buildtime=buildtime,
        )

    def delete_config(self, org: str, project: str, app: str, key: str) -> None:
        """Deletes a config variable. Its id is looked up in the list.

        DELETE /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/config/{id}, which
        the platform does not document. Raises AnclaError if the server has no such route.
        """
        self._call("delete_config", NoneType, org, project, app, key=key)

    def import_config(
        self,
        org: str,
        project: str,
        app: str,
        variables: Mapping[str, str] | str,
        *,
        secret: bool = False,
        buildtime: bool = False,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> ConfigImportResult:
        """Creates many config variables, from a mapping or the text of a .env file.

        Skips existing variables. With `overwrite`, an existing variable is changed if its value
        differs or is masked, or if it gets a new flag. `secret` and `buildtime` only add flags;
        existing flags stay. `dry_run` changes nothing, and returns what would be created, changed
        and skipped. Variables are set one by one. `errors` of the result lists the variables that
        the server rejects, with `overwrite` also those that it does not change (status 409). If a
        request fails for another reason, the error names those that were set before.
        POST /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/config
        """
        name = "import_config_text" if isinstance(variables, str) else "import_config"
        return self._call(
            name,
            ConfigImportResult,
            org,
            project,
            app,
            variables=variables,
            secret=secret,
            buildtime=buildtime,
            overwrite=overwrite,
            dry_run=dry_run,
        )

    # Config variables that applications share

    def list_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
    ) -> list[ConfigVar]:
        """Returns the variables of a scope: an organization, team, project or environment.

        If a variable is set in several places, the narrowest wins: application, environment,
        project, team, organization. The platform does not document which applications get those of
        a team. Raises ValueError for an environment without its project, and for a team together
        with a project.
        GET /workspaces/{org}[/teams/{team} | /projects/{project}[/envs/{environment}]]/config
        """
        scope, named = _shared_scope(org, project, environment, team)
        return self._call(f"list_{scope}_config", list[ConfigVar], **named)

    def get_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        key: str,
    ) -> ConfigVar:
        """Returns one variable of a scope. Scope and route are those of list_shared_config."""
        scope, named = _shared_scope(org, project, environment, team)
        return self._call(f"get_{scope}_config", ConfigVar, **named, key=key)

    def set_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        key: str,
        value: str,
        secret: bool | None = None,
        buildtime: bool | None = None,
    ) -> ConfigVar:
        """Creates or changes a config variable of a scope, which is given as in list_shared_config.

        `secret` and `buildtime` work as in set_config. POST to the path of list_shared_config.
        """
        scope, named = _shared_scope(org, project, environment, team)
        return self._call(
            f"set_{scope}_config",
            ConfigVar,
            **named,
            key=key,
            value=value,
            secret=secret,
            buildtime=buildtime,
        )

    def delete_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        key: str,
    ) -> None:
        """Deletes a config variable of a scope, given as in list_shared_config.

        Its id is looked up in the list. The platform documents the route only for environments.
        For organizations and projects the route of the platform's own clients is tried. Raises
        AnclaError if the server lacks it, and for a team before anything is sent.
        DELETE /workspaces/{org}[/projects/{project}[/envs/{environment}]]/config/{id}
        """
        scope, named = _shared_scope(org, project, environment, team)
        self._call(f"delete_{scope}_config", NoneType, **named, key=key)

    def import_shared_config(
        self,
        org: str,
        project: str | None = None,
        *,
        environment: str | None = None,
        team: str | None = None,
        variables: Mapping[str, str] | str,
        secret: bool | None = None,
        buildtime: bool | None = None,
    ) -> list[ConfigVar]:
        """Sets many config variables of an environment in one request, and returns them.

        `variables` is a mapping or the text of a .env file. `secret` and `buildtime` work as in
        set_config. Raises ValueError for an invalid line in the text. For other scopes it raises
        AnclaError before anything is sent, because the platform has no such route.
        POST /workspaces/{org}/projects/{project}/envs/{environment}/config/bulk
        """
        variables = valid_variables(variables)
        scope, named = _shared_scope(org, project, environment, team)
        return self._call(
            f"import_{scope}_config",
            list[ConfigVar],
            **named,
            variables=variables,
            secret=secret,
            buildtime=buildtime,
        )

    # Images

    def list_images(self, org: str, project: str, app: str) -> list[Image]:
        """Returns all images, from all pages.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/builds
        """
        return self._call("list_images", list[Image], org, project, app)

    def get_image(self, org: str, project: str, app: str, image_id: str) -> Image:
        """Returns one image with the details of its build. Its version is looked up in the list.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/builds/{version}
        """
        return self._call("get_image", Image, org, project, app, image_id=image_id)

    def build_image(
        self,
        org: str,
        project: str,
        app: str,
        *,
        strategy: Literal["dockerfile", "buildpack"] | None = None,
    ) -> BuildResult:
        """Starts a build without a deploy. Returns the image's id and version, and does not wait.

        `strategy` is "dockerfile" or "buildpack". For None, the application's own is used.
        POST /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/builds/trigger
        """
        return self._call("build_image", BuildResult, org, project, app, strategy=strategy)

    def get_image_log(self, org: str, project: str, app: str, image_id: str) -> BuildLog:
        """Returns the log of a build, as far as it is written.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/builds/{version}/log

        If an earlier call has shown the version, reads the image, too: the application may have
        been replaced by one of the same name. Raises NotFoundError if it was.
        """
        return self._image_log(org, project, app, image_id, is_checked=False)

    @hides_locals
    def _image_log(
        self, org: str, project: str, app: str, image_id: str, *, is_checked: bool
    ) -> BuildLog:
        """`is_checked` says that the version was right during this wait."""
        place = org, project, app
        return self._call(
            "get_image_log", BuildLog, *place, image_id=image_id, is_checked=is_checked
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
        on_log: Callable[[str], object] | None = None,
    ) -> Image:
        """Polls until the image is built, and returns it.

        Raises BuildFailedError if the build fails, and WaitTimeoutError after `timeout` seconds.
        The requests are those of get_image.
        """
        _check_not_empty("image_id", image_id, "deploy_and_wait")
        read = partial(self._without_retries().get_image, org, project, app, image_id)
        label, is_new = f"the build of image {image_id}", self._remote.has_named(image_id)
        with self._poller(timeout, interval, on_update, on_log, (org, project, app)) as poller:
            return wait_for_stage(poller, read, label, is_new=is_new)

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
        """Yields new log text as it arrives. The requests are those of get_image_log.

        Stops when the log is complete. Resumes after a dropped connection. Raises BuildFailedError
        after the last text if the build failed, and WaitTimeoutError after `timeout` seconds.
        """
        _check_not_empty("image_id", image_id, "list_images")
        view = self._without_retries()
        is_checked = False

        def read() -> BuildLog:
            nonlocal is_checked
            log = view._image_log(org, project, app, image_id, is_checked=is_checked)
            is_checked = True
            return log

        return follow_log(
            self._poller(timeout, interval),
            read,
            lambda: view.get_image(org, project, app, image_id),
            f"the build of image {image_id}",
            is_new=self._remote.has_named(image_id),
        )

    # Releases, which exist only on servers with retired routes

    def list_releases(self, org: str, project: str, app: str) -> list[Release]:
        """Returns all releases, from all pages.

        Raises AnclaError on today's API, which has no releases: use list_deployments.
        """
        return self._call("list_releases", list[Release], org, project, app)

    def get_release(self, org: str, project: str, app: str, release_id: str) -> Release:
        """Returns one release, with its details.

        Raises AnclaError on today's API, which has no releases: use get_deployment.
        """
        return self._call("get_release", Release, org, project, app, release_id=release_id)

    def create_release(
        self, org: str, project: str, app: str, image_id: str
    ) -> CreateReleaseResult:
        """Creates a release from an image and the config variables as they are now.

        Raises AnclaError on today's API, which has no releases: use deploy_app. Servers with
        published routes always use the newest built image. If `image_id` is another one, it raises
        AnclaError, which names the newest, and creates nothing.
        """
        return self._call(
            "create_release", CreateReleaseResult, org, project, app, image_id=image_id
        )

    def deploy_release(
        self, org: str, project: str, app: str, release_id: str
    ) -> DeployReleaseResult:
        """Starts the deployment of a release. Returns the deployment's id, and does not wait.

        Raises AnclaError on today's API, which has no releases: use deploy_app or rollback_app.
        """
        return self._call(
            "deploy_release", DeployReleaseResult, org, project, app, release_id=release_id
        )

    def get_release_log(self, org: str, project: str, app: str, release_id: str) -> BuildLog:
        """Returns the log of a release, as far as it is written.

        Raises AnclaError on today's API, which has no releases: use get_deployment_log.
        """
        return self._call("get_release_log", BuildLog, org, project, app, release_id=release_id)

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
        """Polls until the release is built, and returns it.

        Raises BuildFailedError if it fails, WaitTimeoutError after `timeout` seconds, and
        AnclaError on today's API, which has no releases.
        """
        _check_not_empty("release_id", release_id, "list_releases")
        get, label = self._without_retries().get_release, f"release {release_id}"
        with self._poller(timeout, interval, on_update) as poller:
            return wait_for_stage(poller, lambda: get(org, project, app, release_id), label)

    # Deployments

    def list_deployments(self, org: str, project: str, app: str) -> list[Deployment]:
        """Returns all deployments of an application.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/deploys
        """
        return self._call("list_deployments", list[Deployment], org, project, app)

    def get_deployment(self, org: str, project: str, app: str, deployment_id: str) -> Deployment:
        """Returns one deployment, with its details.

        GET /workspaces/{org}/projects/{project}/envs/{env}/services/{app}/deploys/{deployment_id}
        """
        return self._call(
            "get_deployment", Deployment, org, project, app, deployment_id=deployment_id
        )

    def get_deployment_log(
        self, org: str, project: str, app: str, deployment_id: str
    ) -> DeploymentLog:
        """Returns the log of a deployment, as far as it is written.

        GET .../envs/{env}/services/{app}/deploys/{deployment_id}/log
        """
        return self._call(
            "get_deployment_log", DeploymentLog, org, project, app, deployment_id=deployment_id
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
        on_log: Callable[[str], object] | None = None,
    ) -> Deployment:
        """Polls until the deployment is complete, and returns it.

        Raises DeploymentFailedError if it fails, and WaitTimeoutError after `timeout` seconds. The
        requests are those of get_deployment.
        """
        _check_not_empty("deployment_id", deployment_id, "rollback_and_wait or promote_and_wait")
        read = partial(self._without_retries().get_deployment, org, project, app, deployment_id)
        label, is_new = f"deployment {deployment_id}", self._remote.has_named(deployment_id)
        with self._poller(timeout, interval, on_update, on_log, (org, project, app)) as poller:
            return wait_for_stage(poller, read, label, is_new=is_new)

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
        """Yields new log text as it arrives. The requests are those of get_deployment_log.

        Stops when the log is complete. Resumes after a dropped connection. Raises
        DeploymentFailedError after the last text if the deployment failed, and WaitTimeoutError
        after `timeout` seconds.
        """
        _check_not_empty("deployment_id", deployment_id, "list_deployments")
        view = self._without_retries()
        return follow_log(
            self._poller(timeout, interval),
            lambda: view.get_deployment_log(org, project, app, deployment_id),
            lambda: view.get_deployment(org, project, app, deployment_id),
            f"deployment {deployment_id}",
            is_new=self._remote.has_named(deployment_id),
        )


def _without(missing: object, /, **arguments: Any) -> dict[str, Any]:
    """Returns the arguments except those that are `missing`."""
    return {name: value for name, value in arguments.items() if value is not missing}


def _shared_scope(
    org: str, project: str | None, environment: str | None, team: str | None
) -> tuple[str, dict[str, str]]:
    """Returns the scope of shared variables, and the arguments that name it."""
    named = _without(None, project=project, environment=environment, team=team)
    if team is not None and len(named) > 1:
        raise ValueError("team must be None if a project or an environment is given")
    if environment is not None and project is None:
        raise ValueError("project must be given if an environment is given")
    scope = "environment" if environment is not None else next(iter(named), "workspace")
    return scope, {"org": org, **named}


def _check_not_empty(name: str, identifier: object, instead: str) -> None:
    if identifier == "":
        raise ValueError(f"{name} is empty. If the server returned no id, call {instead} instead")


def _warn_if_other(record: str, actual: str, given: str | None) -> None:
    """Warns the caller of a method if the server created a record with another value."""
    if given is not None and actual and actual != given:
        warnings.warn(
            f"the server created the {record} {actual!r}, not {given!r}",
            stacklevel=4,  # The third one is that of `hides_locals`.
        )


hide_locals_of(AnclaClient)


# Access to private attributes, for other modules of the package and for tests.


def clock_of(client: AnclaClient) -> Clock:
    """Returns the client's clock. Its `sleep` may be replaced."""
    return client._settings.clock


def sender_of(client: AnclaClient) -> Sender:
    """Returns the object that sends the client's requests. Its `retry_policy` may be replaced."""
    return client._json_sender.sender


def settings_of(client: AnclaClient) -> Settings:
    return client._settings


def view_through(client: AnclaClient, settings: Settings, transport: Transport) -> AnclaClient:
    """Returns a view with these settings and connections, which detects the route set itself."""
    view = client._view({})
    view._settings = settings
    view._remote = Remote(settings, transport)
    view._call = view._remote.call
    return view


if not TYPE_CHECKING:
    Self = AnclaClient  # for typing.get_type_hints
name_ours_in_errors(AnclaClient)

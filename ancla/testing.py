"""FakeAncla, an Ancla server for tests: real HTTP on loopback, with the platform in memory.

    from ancla import AnclaClient
    from ancla.testing import FakeAncla

    with FakeAncla() as fake:
        client = AnclaClient(api_key=fake.api_key, server=fake.url)
        client.create_org("My Org")

`python -m ancla.testing` serves one until Ctrl-C. `python -m ancla.testing tour` demonstrates the
SDK on one.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Literal

try:
    from ._fake import command
    from ._fake.api import Api
    from ._fake.argument_checks import (
        check,
        check_secret,
        check_slugs,
        check_word,
        is_delay,
        is_text,
        is_whole,
    )
    from ._fake.errors import Response, documented_error
    from ._fake.platform import Platform, is_config_name
    from ._fake.routes import routes_of
    from ._fake.server import HOST, Fault, RecordedRequest, Reply, Server, make_reply, next_fault
    from ._fake.views import Views
except ImportError as failed:  # Debian's python3-minimal.
    if __name__ != "__main__":
        raise
    from ._cli.exits import fail_to_import

    sys.exit(fail_to_import(failed))

__all__ = ["FakeAncla", "RecordedRequest"]

_NULLS = ("unset", "always", "never")
_REQUEST_ID = "X-Request-ID"


class FakeAncla:
    """An Ancla server on 127.0.0.1 that serves from its creation until `close()`.

    routes:       the route set: "workspaces" is today's API; "slugs" and "published" are the
                  retired route sets; "both" serves these two together. A new project has the
                  environments production, staging and development; the retired route sets know
                  only production.
    lenient:      whether "workspaces" includes the routes that the platform's API document lacks
                  but its own clients use. It has no effect on other route sets.
    api_key:      the API key to accept, besides those created by `POST /api/keys`. The response
                  to any other key is a 401.
    pace:         when a pipeline takes its next step. The build, the release (only on retired
                  routes) and the deployment take one step to start and one to finish each.
                  "reads": after each response that shows the images, releases, deployments or
                  pipeline status of its application, so that tests need no clock;
                  "manual": only when `advance()` is called; a number: after that many seconds on
                  `clock` (0: the pipeline ends before the response to the request that starts it).
                  Waits poll every few seconds: pass them `interval=0`, which costs tests no time.
    late_deployments: whether a deployment appears one step after its build (on retired routes, its
                  release) has succeeded, as the platform's own clients expect. By default it
                  appears at once.
    clock:        returns the time in seconds for `pace`; `time.monotonic` by default.
    page_size:    the number of images, releases or deployments on a page. By default, a page of
                  "workspaces" has 20 images or all deployments, and a page of "published" has 50
                  records. "slugs" sends an array of all records, unless the query has `page` or
                  `per_page`.
    nulls:        which fields are null. "unset": those without a value. "always": all that may be
                  null. "never": none; fields without a value are left out. Can be changed later:
                  `fake.nulls = "always"`.
    extra_fields: more fields for every object in a response, as a newer server might send.
    mask_secrets: whether responses have "**secret**" for the values of secret variables.
    images_in_lists: whether lists of releases and deployments name the image of each. The API
                  does not require it.
    ignore_unknown_fields: whether unknown fields of a request body are ignored, as the platform
                  does. By default they are an error, which finds mistakes.
    session:      whether `GET /auth/session` knows API keys. If not, it knows only the cookies of
                  a login by password, and responds to every key with `"authenticated": false`.
    port:         the port to listen on; by default a free one.

    The platform starts empty. Lists of images, releases and deployments, and the pipeline history,
    start with the newest, other lists with the oldest. Versions count from 1 in each application. A
    FakeAncla may be used from several threads. Raises ValueError for an invalid argument, and
    OSError if the port is in use.

    What a passing test proves: your code works with a server as the platform's API document and
    the platform's own clients describe it. Nobody has compared FakeAncla with the service itself.

    A passing test proves nothing about production for the routes that only `lenient` adds:
    renaming and deleting an organization, deleting a project, deleting and scaling an application,
    deleting a variable of an organization, a project or an application, and `config_only` in the
    body of a deploy. Try these on the service, or test with `lenient=False`.

    Some fields are guesses, because the document does not describe them: those of resolved
    configuration (an object of names and values), pipeline history and metrics, observability, and
    the preview of a promotion (its field `build` is the image that would be deployed, `replaces`
    the one that is active now); the body of a promotion; the ids in the responses to a deploy, a
    rollback and a promotion (null with `nulls="always"`); the `slug` of a team and the `scope` of a
    variable.

    Some behaviour is a guess, too. `GET /auth/session` knows API keys. Setting an existing variable
    changes it. Setting many at once sets all or none. Deleting a variable by its id deletes only
    one of the place in the path: never that of an application by the route of its environment.
    Applications do not get the variables of teams. Deploying an environment without `service`
    deploys all of its applications, and the response names the last build. A deploy with
    `config_only` deploys the active image, or without one the newest built image. The health check
    needs no key. A created key works until it is revoked or deleted, whatever its scopes and
    `expires_at`.

    FakeAncla does not serve login and logout by password, nor the routes for other servers: hooks,
    the signing certificate and the login to the image registry. Of the routes that only the
    platform's own clients use, it lacks those of the cache, the database and `exec`, and
    `config/bulk` with the text of a .env file.
    """

    def __init__(
        self,
        *,
        routes: Literal["workspaces", "slugs", "published", "both"] = "workspaces",
        lenient: bool = True,
        api_key: str = "fake-api-key",
        pace: float | Literal["reads", "manual"] = "reads",
        late_deployments: bool = False,
        clock: Callable[[], float] = time.monotonic,
        page_size: int | None = None,
        nulls: Literal["unset", "always", "never"] = "unset",
        extra_fields: Mapping[str, object] | None = None,
        mask_secrets: bool = True,
        images_in_lists: bool = False,
        ignore_unknown_fields: bool = False,
        session: bool = True,
        port: int = 0,
    ) -> None:
        is_pace = pace >= 0 if isinstance(pace, (int, float)) else pace in ("reads", "manual")
        is_size = page_size is None or is_whole(page_size, 1)
        check_word("routes", routes, command.ROUTE_SETS)
        check_secret("api_key", api_key)
        is_mapping = extra_fields is None or isinstance(extra_fields, Mapping)
        check("extra_fields", extra_fields, is_mapping, "None or a mapping")
        check_word("nulls", nulls, _NULLS)
        check("pace", pace, is_pace, "'reads', 'manual' or a number of seconds from 0")
        check("page_size", page_size, is_size, "None or a whole number from 1")
        check("port", port, is_whole(port, 0, 65535), "a whole number from 0 to 65535")
        self.api_key = api_key
        self._platform = Platform(
            pace=None if isinstance(pace, str) else pace,
            clock=clock,
            has_releases=routes != "workspaces",
            late_deployments=late_deployments,
        )
        self._views = Views(nulls, extra_fields or {}, mask_secrets, images_in_lists)
        self._api = Api(
            self._platform,
            self._views,
            routes=routes_of(routes, lenient=lenient),
            api_key=api_key,
            page_size=page_size,
            step_on_reads=pace == "reads",
            ignore_unknown_fields=ignore_unknown_fields,
            session=session,
        )
        self._lock = threading.RLock()
        # Stopping waits for requests that may need the lock above, so it has its own.
        self._stopping_lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._faults: list[Fault] = []
        self._connections = 0
        self._replies_sent = 0
        self._closed = False
        self._server = self._serve(port)

    def __enter__(self) -> FakeAncla:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<FakeAncla {self.url}{' (closed)' if self._closed else ''}>"

    @property
    def url(self) -> str:
        """The URL to pass as `server` to a client: "http://127.0.0.1:PORT"."""
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def environ(self) -> dict[str, str]:
        """ANCLA_SERVER and ANCLA_API_KEY as environment variables, for code that makes a client.

        In pytest: `for name, value in fake.environ.items(): monkeypatch.setenv(name, value)`.
        """
        return {"ANCLA_SERVER": self.url, "ANCLA_API_KEY": self.api_key}

    @property
    def nulls(self) -> Literal["unset", "always", "never"]:
        """Which fields are null in responses. Raises ValueError if it is set to another word."""
        return self._views.nulls

    @nulls.setter
    def nulls(self, nulls: Literal["unset", "always", "never"]) -> None:
        check_word("nulls", nulls, _NULLS)
        self._views.nulls = nulls

    def close(self) -> None:
        """Closes all connections, ends all threads and frees the port. May be called twice."""
        with self._stopping_lock:
            self._closed = True
            self._server.stop()

    # Received requests

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests so far, in the order in which they were received."""
        with self._lock:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """The number of TCP connections that have been opened so far."""
        with self._lock:
            return self._connections

    def clear_requests(self) -> None:
        """Clears `requests`. It does not reset `connections`."""
        with self._lock:
            self._requests.clear()

    # Data and pipelines

    def add_app(
        self,
        org: str,
        project: str,
        app: str,
        platform: str = "wind",
        *,
        environment: str = "production",
    ) -> str:
        """Adds an application with these slugs, and returns its id.

        It is added directly, so that `requests` does not show it. The organization, the project and
        the environment are added if they are missing. Raises ValueError if the application exists,
        and for an invalid slug.
        """
        check_slugs(org=org, project=project, app=app, environment=environment)
        check("platform", platform, is_text(platform), "a string")
        with self._lock:
            parent = self._platform.ensure_environment(org, project, environment)
            return self._platform.create_app(parent, app, slug=app, platform=platform).id

    def add_config(
        self,
        org: str,
        project: str,
        app: str,
        name: str,
        value: str,
        *,
        secret: bool = False,
        buildtime: bool = False,
        environment: str = "production",
    ) -> str:
        """Adds a variable to an application, and returns its id.

        It is added directly, so that `requests` does not show it. The application is added if it is
        missing. Raises ValueError if the variable exists, and for an invalid name or slug.
        """
        check_slugs(org=org, project=project, app=app, environment=environment)
        check("name", name, is_config_name(name), "a name such as 'API_KEY'")
        check_secret("value", value)
        with self._lock:
            owner = self._platform.ensure_app(org, project, environment, app)
            variable = self._platform.create_config(
                owner, name, value, secret=secret, buildtime=buildtime
            )
            return variable.id

    def add_deployment(
        self,
        org: str,
        project: str,
        app: str,
        *,
        environment: str = "production",
        error: str | None = None,
    ) -> str:
        """Adds a deployment that has finished, with its image, and returns its id.

        error: the error that it failed with; by default it succeeded and is active

        It is added directly, so that `requests` does not show it. The application is added if it is
        missing. Raises ValueError for an invalid slug.
        """
        check_slugs(org=org, project=project, app=app, environment=environment)
        check("error", error, error is None or is_text(error), "None or a string")
        with self._lock:
            owner = self._platform.ensure_app(org, project, environment, app)
            return self._platform.pipelines.put_deployment(owner, error).id

    def add_member(self, org: str, username: str, *, admin: bool = False) -> str:
        """Adds a member to an organization, and returns the user's id.

        It is added directly, so that `requests` does not show it. The organization is added if it
        is missing. Raises ValueError for an invalid slug and if the user is a member already.
        """
        check_slugs(org=org)
        is_name = is_text(username) and username.strip() != ""
        check("username", username, is_name, "a string that is not blank")
        with self._lock:
            owner = self._platform.ensure_org(org)
            return self._platform.add_member(owner, username, admin).user.id

    def image_of(self, deployment_id: str) -> str:
        """Returns the id of the image that a deployment was made from.

        No response of today's API tells it. Raises ValueError if the deployment does not exist.
        """
        with self._lock:
            for app in self._platform.apps:
                for deployment in app.deployments:
                    if deployment.id == deployment_id:
                        return deployment.source.source.id
        raise ValueError(f"there is no deployment {deployment_id!r}")

    def advance(self, steps: int = 1) -> int:
        """Takes steps of every pipeline, at any pace. Returns how many pipelines still run.

        Raises ValueError for less than one step.
        """
        check("steps", steps, is_whole(steps, 1), "a whole number from 1")
        with self._lock:
            return [self._platform.pipelines.advance(self._platform.apps) for _ in range(steps)][-1]

    def fail_next_build(self, detail: str = "the build failed") -> None:
        """Makes the next build that starts fail with this error. Each call is for one build."""
        self._fail_next("build", detail)

    def fail_next_release(self, detail: str = "the release failed") -> None:
        """Makes the next release that starts fail with this error. Each call is for one release.

        On "workspaces", which has no releases, the deployment fails instead.
        """
        self._fail_next("release", detail)

    def fail_next_deployment(self, detail: str = "the deployment failed") -> None:
        """Makes the next deployment that starts fail with this error. Each call is for one.

        The previous deployment then stays active.
        """
        self._fail_next("deployment", detail)

    # Faults of the server and the network

    def fail_next(
        self,
        status: int,
        times: int = 1,
        *,
        method: str | None = None,
        path: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> None:
        """Sends this status code in response to the next requests, and does not carry them out.

        method, path: only for requests with this method and whose path ends like this; None means
                      any: `fail_next(503, method="POST", path="/deploy")`. Other requests are
                      served as usual, and the fault stays for a later one.
        body:         the response body. Bytes and text are sent as they are, anything else as
                      JSON. By default it is an error in the documented format.

        Raises ValueError for an invalid argument, such as a path with a query or a whole URL: no
        request could have it.
        """
        check("status", status, is_whole(status, 200, 599), "a whole number from 200 to 599")
        data = documented_error(status).data if body is None else body
        reply = make_reply(Response(status, data, {**(headers or {})}))
        self._add_faults(Fault(reply=reply, method=method, path=path), times)

    def drop_next(
        self,
        times: int = 1,
        *,
        handled: bool = False,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Closes the connections of the next requests without a response.

        handled:      whether the requests are carried out first, so that only the response is lost
        method, path: only for some requests, as in `fail_next`
        """
        self._add_faults(Fault(drop=True, handle=handled, method=method, path=path), times)

    def delay_next(
        self,
        seconds: float,
        times: int = 1,
        *,
        method: str | None = None,
        path: str | None = None,
    ) -> None:
        """Waits this long before it carries out the next requests. `close()` ends the wait.

        method, path: only for some requests, as in `fail_next`
        """
        check("seconds", seconds, is_delay(seconds), "a number of seconds from 0")
        self._add_faults(Fault(delay=seconds, handle=True, method=method, path=path), times)

    @property
    def pending_faults(self) -> int:
        """The number of faults that have not happened yet. Check it if a test relies on one."""
        with self._lock:
            return len(self._faults)

    def clear_faults(self) -> None:
        """Cancels the faults that have not happened yet."""
        with self._lock:
            self._faults.clear()

    def restart(self) -> None:
        """Closes all connections and listens again at the same port. Keeps all data."""
        with self._stopping_lock:
            if self._closed:
                raise RuntimeError("this FakeAncla is closed")
            self._server.stop()
            self._server = self._serve(self._server.server_port)

    def _serve(self, port: int) -> Server:
        return Server(port, self._respond, self._connection_opened)

    def _connection_opened(self) -> int:
        with self._lock:
            self._connections += 1
            return self._connections

    def _fail_next(self, stage: str, detail: str) -> None:
        check("detail", detail, is_text(detail), "a string")
        with self._lock:
            self._platform.pipelines.fail_next(stage, detail)

    def _add_faults(self, fault: Fault, times: int) -> None:
        check("times", times, is_whole(times, 1), "a whole number from 1")
        check("method", fault.method, fault.has_valid_method, "an HTTP method such as 'POST'")
        check("path", fault.path, fault.has_valid_path, "the end of a path, such as '/deploy'")
        with self._lock:
            self._faults += [fault] * times

    def _respond(self, request: RecordedRequest, body: bytes) -> Reply | None:
        with self._lock:
            self._requests.append(request)
            fault = next_fault(self._faults, request)
        if fault.delay and self._server.stopping.wait(fault.delay):
            return None
        reply = self._reply_to(request, body) if fault.handle else fault.reply
        if fault.drop or reply is None:
            return None
        request.status = reply.status
        return self._with_request_id(reply)

    def _reply_to(self, request: RecordedRequest, body: bytes) -> Reply:
        key = request.headers.get("X-API-Key")
        with self._lock:
            try:
                return make_reply(
                    self._api.respond(request.method, request.path, request.query, key, body)
                )
            except Exception as error:
                traceback.print_exc()
                reason = f"FakeAncla failed: {type(error).__name__}: {error}"
                return make_reply(documented_error(500, reason))

    def _with_request_id(self, reply: Reply) -> Reply:
        """Returns the reply with an X-Request-ID. Keeps one that a test has set."""
        if _REQUEST_ID.lower() in map(str.lower, reply.headers):
            return reply
        with self._lock:
            self._replies_sent += 1
            headers = {**reply.headers, _REQUEST_ID: f"fake-{self._replies_sent}"}
        return replace(reply, headers=headers)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `python -m ancla.testing [tour]`. Returns the exit status."""
    parser = command.command_parser(f"{__package__}.testing")
    options = parser.parse_args(arguments)
    usual_pace = command.TOUR_PACE if options.command == "tour" else command.SERVING_PACE
    pace = usual_pace if options.pace is None else options.pace
    try:
        fake = FakeAncla(
            routes=options.routes, lenient=not options.strict, port=options.port, pace=pace
        )
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"error: cannot listen on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    from ._cli.exits import run_command

    return run_command(lambda: _run(fake, options))


def _run(fake: FakeAncla, options: argparse.Namespace) -> int:
    routes = command.ROUTE_SETS[options.routes]
    with fake:
        if options.command == "tour":
            from ._fake.tour import run_tour

            run_tour(fake.api_key, fake.url, routes)
            requests, count = len(fake.requests), fake.connections
            print(f"\nDone: {requests} requests over {count} connection{'s' * (count != 1)}.")
        else:
            command.serve_until_interrupted(fake.url, routes, fake.environ)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""An Ancla server for tests: real HTTP on loopback, with the platform in memory.

    from ancla import AnclaClient
    from ancla.testing import FakeAncla

    with FakeAncla() as fake:
        client = AnclaClient(api_key=fake.api_key, server=fake.url)
        client.create_org("My Org")

`python -m ancla.testing` serves one until Ctrl-C; `python -m ancla.testing tour` shows the SDK
at work on one.
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

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the import below
if TYPE_CHECKING:
    from typing import Literal
else:
    from ._hints import Literal

try:
    from ._fake import (
        HOST,
        Api,
        Fault,
        Faults,
        Platform,
        RecordedRequest,
        Reply,
        Server,
        Views,
        documented_error,
        make_reply,
    )
except ImportError as failed:  # as on Debian's python3-minimal
    if __name__ != "__main__":
        raise
    from ._cli.exits import fail_to_import

    sys.exit(fail_to_import(failed))

__all__ = ["FakeAncla", "RecordedRequest"]

_ROUTE_SETS = {
    "workspaces": "workspaces routes",
    "slugs": "slug routes",
    "published": "published routes",
    "both": "slug and published routes",
}
_NULLS = ("unset", "always", "never")
_REQUEST_ID = "X-Request-ID"

_TOUR_PACE = 0.05
_SERVING_PACE = 0.5


class FakeAncla:
    """An Ancla server on 127.0.0.1 that serves from its creation until `close()`.

    routes:       the route set: "workspaces" is today's API; "slugs", "published" and "both" of
                  these are the retired ones. Each new project has the environments production,
                  staging and development; the retired route sets know production alone.
    lenient:      whether "workspaces" includes the routes that the platform's document lacks, but
                  its own clients send. It has no effect on other route sets.
    api_key:      the key that it accepts, besides those created by `POST /api/keys`. Any other
                  key is a 401.
    pace:         what moves a pipeline a step on. The build, the release (only on retired routes)
                  and the deployment have a step to begin and one to end.
                  "reads": each read of the images, releases, deployments or pipeline status of
                  its application, after the response, so that tests need no clock;
                  "manual": only `advance()`; a number: that many seconds by `clock`
                  (0: the pipeline has ended before the response to its trigger).
    clock:        returns the seconds for `pace`; `time.monotonic` by default.
    page_size:    how many images, releases or deployments are on one page. By default 20 images,
                  and all deployments, on "workspaces"; 50 on "published"; on "slugs" a bare array
                  of all of them, unless the query has `page` or `per_page`.
    nulls:        "unset": fields without a value are null; "always": so is each field that may
                  be null, with or without a value; "never": fields without a value are left out.
    extra_fields: sent in every object besides its own fields, as a newer server might.
    mask_secrets: whether the values of secret variables are "**secret**" in responses.
    images_in_lists: whether a release in a list names its image, and a deployment in a list that
                  of its release. Servers need not do so.
    ignore_unknown_fields: whether unknown fields of a body are ignored, as the platform does.
                  Refusing them finds mistakes.
    port:         the port to listen on; by default a free one.

    It starts empty. Lists of images, releases and deployments begin with the newest, others with
    the oldest. Versions count from 1 in each application. Safe to use from several threads.
    Raises ValueError for an invalid argument.

    What a green test proves: your code works with a server as the platform's document and the
    platform's own clients describe it. Nobody has compared FakeAncla with the service itself.

    A green test proves nothing about production for the routes that only `lenient` has: renaming
    and deleting an organization, deleting a project, deleting and scaling an application, and
    deleting a variable of an application. Try these on the service, or test with `lenient=False`.

    Some fields are our guess, since the document has none: those of resolved configuration (an
    object of names and values), pipeline history and metrics, observability, and the preview of
    a promotion (`build` is what would be deployed, `replaces` what is active now); the body of a
    promotion; the ids in the responses to a deploy, a rollback and a promotion (null with
    `nulls="always"`); the `slug` of a team and the `scope` of a variable.

    Some behaviour is our guess as well. Setting an existing variable changes it. Setting many at
    once sets all or none. Deleting one in an environment never deletes one of an application. The
    variables of teams reach no application. Deploying an environment without `service` deploys
    all of its applications, and the response names the last build. The health needs no key. A
    created key works until it is revoked or deleted, whatever its scopes and `expires_at`.

    Not served are login and logout by password, and what other servers send: hooks, the signing
    certificate and the login to the image registry.
    """

    def __init__(
        self,
        *,
        routes: Literal["workspaces", "slugs", "published", "both"] = "workspaces",
        lenient: bool = True,
        api_key: str = "fake-api-key",
        pace: float | Literal["reads", "manual"] = "reads",
        clock: Callable[[], float] = time.monotonic,
        page_size: int | None = None,
        nulls: Literal["unset", "always", "never"] = "unset",
        extra_fields: Mapping[str, object] | None = None,
        mask_secrets: bool = True,
        images_in_lists: bool = False,
        ignore_unknown_fields: bool = False,
        port: int = 0,
    ) -> None:
        is_pace = pace >= 0 if isinstance(pace, (int, float)) else pace in ("reads", "manual")
        is_size = page_size is None or _is_whole(page_size, 1)
        _check("routes", routes, routes in _ROUTE_SETS, _any_of([*_ROUTE_SETS]))
        _check("nulls", nulls, nulls in _NULLS, _any_of(_NULLS))
        _check("pace", pace, is_pace, "'reads', 'manual' or a number of seconds from 0")
        _check("page_size", page_size, is_size, "None or a number from 1")
        _check("port", port, _is_whole(port, 0, 65535), "a number from 0 to 65535")
        self.api_key = api_key
        self._platform = Platform(
            None if isinstance(pace, str) else pace, clock, has_releases=routes != "workspaces"
        )
        self._api = Api(
            self._platform,
            Views(nulls, extra_fields or {}, mask_secrets, images_in_lists),
            routes=routes,
            lenient=lenient,
            api_key=api_key,
            page_size=page_size,
            step_on_reads=pace == "reads",
            ignore_unknown_fields=ignore_unknown_fields,
        )
        self._lock = threading.RLock()
        # A lock of its own: stopping waits for requests, which may need the one above.
        self._stopping_lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._faults = Faults()
        self._connections = 0
        self._answered = 0
        self._closed = False
        self._server = self._serve(port)
        self._port = self._server.port

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
        """The `server` argument for a client: "http://127.0.0.1:PORT"."""
        return f"http://{HOST}:{self._port}"

    @property
    def environ(self) -> dict[str, str]:
        """The variables ANCLA_SERVER and ANCLA_API_KEY, for code that makes a client of its own.

        In pytest: `for name, value in fake.environ.items(): monkeypatch.setenv(name, value)`.
        """
        return {"ANCLA_SERVER": self.url, "ANCLA_API_KEY": self.api_key}

    def close(self) -> None:
        """Ends all connections and threads and frees the port. May be called twice."""
        with self._stopping_lock:
            self._closed = True
            self._server.stop()

    # What was received

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests so far, in the order of arrival."""
        with self._lock:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """How many TCP connections have been opened so far."""
        with self._lock:
            return self._connections

    def clear_requests(self) -> None:
        """Forgets the requests so far. The count of connections goes on."""
        with self._lock:
            self._requests.clear()

    # What exists and what happens

    def add_app(
        self,
        org: str,
        project: str,
        app: str,
        platform: str = "wind",
        *,
        environment: str = "production",
    ) -> str:
        """Adds an application with these slugs, without a request, and returns its id.

        The organization, the project and the environment are added if they are missing. Raises
        ValueError if the application exists, and for an invalid slug.
        """
        with self._lock:
            place = self._platform.ensure_environment(org, project, environment)
            return self._platform.create_app(place, app, app, platform).id

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
        """Adds a variable to an application, without a request, and returns its id.

        The application is added if it is missing. Raises ValueError if the variable exists, and
        for an invalid name or slug.
        """
        with self._lock:
            place = self._platform.ensure_app(org, project, environment, app)
            return self._platform.create_config(place, name, value, secret, buildtime).id

    def add_deployment(
        self,
        org: str,
        project: str,
        app: str,
        *,
        environment: str = "production",
        error: str | None = None,
    ) -> str:
        """Adds a deployment that has ended, with its image, and returns its id.

        error: the error that it ended with; by default it succeeded, and is active now

        The application is added if it is missing. Raises ValueError for an invalid slug.
        """
        with self._lock:
            place = self._platform.ensure_app(org, project, environment, app)
            return self._platform.pipelines.put_deployment(place, error).id

    def add_member(self, org: str, username: str, *, admin: bool = False) -> str:
        """Adds a member to an organization, without a request, and returns the user's id.

        The organization is added if it is missing. Raises ValueError for an invalid slug and if
        the user is a member already.
        """
        with self._lock:
            place = self._platform.ensure_org(org)
            return self._platform.add_member(place, username, admin).user_id

    def advance(self, steps: int = 1) -> int:
        """Moves all pipelines on, at any pace. Returns how many still run.

        Raises ValueError for less than one step.
        """
        _check("steps", steps, _is_whole(steps, 1), "a number from 1")
        with self._lock:
            return [self._platform.pipelines.advance() for _ in range(steps)][-1]

    def fail_next_build(self, detail: str = "the build failed") -> None:
        """Makes the next image that is started fail with this error. Each call counts for one."""
        self._fail_next("build", detail)

    def fail_next_release(self, detail: str = "the release failed") -> None:
        """Makes the next release that is started fail with this error. Each call counts for one.

        On "workspaces", which has no releases, it is the deployment that fails.
        """
        self._fail_next("release", detail)

    def fail_next_deployment(self, detail: str = "the deployment failed") -> None:
        """Makes the next deployment that is started fail with this error. Each call counts for one.

        The deployment that was active before stays active.
        """
        self._fail_next("deployment", detail)

    # Faults on the way

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
        """Answers the next requests with this status code and does nothing of what they ask for.

        method, path: limit this to requests with this method, and to those whose path ends like
                      this: `fail_next(503, method="POST", path="/deploy")`. Other requests are
                      served as usual, and the fault waits.
        body:         bytes and text are sent as they are, anything else as JSON; by default the
                      documented form of an error

        Raises ValueError for a status code outside 200 to 599, and for a path that is empty or has
        a query.
        """
        _check("status", status, _is_whole(status, 200, 599), "a number from 200 to 599")
        if body is None:
            body = documented_error(status).data
        reply = make_reply(status, body, headers or {})
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
        method, path: limit this to some requests, as in `fail_next`
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
        """Waits before it carries out the next requests. `close()` ends the wait.

        method, path: limit this to some requests, as in `fail_next`
        """
        self._add_faults(Fault(delay=seconds, handle=True, method=method, path=path), times)

    def clear_faults(self) -> None:
        """Forgets the faults that have not happened yet."""
        with self._lock:
            self._faults.clear()

    def restart(self) -> None:
        """Drops all connections and starts again at the same port, with everything it had."""
        with self._stopping_lock:
            if self._closed:
                raise RuntimeError("this FakeAncla is closed")
            self._server.stop()
            self._server = self._serve(self._port)

    def _serve(self, port: int) -> Server:
        return Server(port, self._respond, self._connection_opened)

    def _connection_opened(self) -> int:
        with self._lock:
            self._connections += 1
            return self._connections

    def _fail_next(self, stage: str, detail: str) -> None:
        with self._lock:
            self._platform.pipelines.fail_next(stage, detail)

    def _add_faults(self, fault: Fault, times: int) -> None:
        _check("path", fault.path, fault.has_valid_path, "the end of a path, such as '/deploy'")
        with self._lock:
            self._faults.add(fault, times)

    def _respond(self, request: RecordedRequest, body: bytes) -> Reply | None:
        with self._lock:
            self._requests.append(request)
            fault = self._faults.next_for(request)
        if fault.delay and self._server.stopping.wait(fault.delay):
            return None
        reply = self._handled(request, body) if fault.handle else fault.reply
        if fault.drop or reply is None:
            return None
        request.status = reply.status
        return self._identified(reply)

    def _handled(self, request: RecordedRequest, body: bytes) -> Reply:
        target = f"{request.path}?{request.query}"
        with self._lock:
            key = request.headers.get("X-API-Key")
            try:
                response = self._api.respond(request.method, target, key, body)
                return make_reply(response.status, response.data, response.headers)
            except Exception as error:
                traceback.print_exc()
                reason = f"FakeAncla failed: {type(error).__name__}: {error}"
                return make_reply(500, documented_error(500, reason).data, {})

    def _identified(self, reply: Reply) -> Reply:
        """The reply with an X-Request-ID of its own, unless a test gave it one."""
        if _REQUEST_ID.lower() in map(str.lower, reply.headers):
            return reply
        with self._lock:
            self._answered += 1
            headers = {**reply.headers, _REQUEST_ID: f"fake-{self._answered}"}
        return replace(reply, headers=headers)


def _check(argument: str, value: object, is_right: bool, allowed: str) -> None:
    if not is_right:
        raise ValueError(f"{argument} must be {allowed}, not {value!r}")


def _is_whole(value: object, least: int, most: float = float("inf")) -> bool:
    return isinstance(value, int) and least <= value <= most


def _any_of(names: Sequence[str]) -> str:
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}"


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m ancla.testing [tour]`; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    usual_pace = _TOUR_PACE if options.command == "tour" else _SERVING_PACE
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
    with fake:
        if options.command == "tour":
            from ._fake.tour import run_tour

            run_tour(fake.api_key, fake.url, _ROUTE_SETS[options.routes])
            requests, count = len(fake.requests), fake.connections
            print(f"\nDone: {requests} requests over {count} connection{'s' * (count != 1)}.")
        else:
            _serve_until_interrupted(fake, options.routes)
    return 0


def _serve_until_interrupted(fake: FakeAncla, routes: str) -> None:
    try:
        print(f"FakeAncla serves {_ROUTE_SETS[routes]} at {fake.url}; Ctrl-C ends it.\n")
        for name, value in fake.environ.items():
            print(f"export {name}={value}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        print(flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}.testing",
        description="Serves an empty Ancla platform on 127.0.0.1 until Ctrl-C, to try things out.",
        epilog="`tour` shows the SDK at work on such a server instead, and ends.",
    )
    parser.add_argument("command", nargs="?", choices=["tour"], help="show the SDK at work")
    parser.add_argument(
        "--routes",
        choices=_ROUTE_SETS,
        default="workspaces",
        help="the route set to serve (default: %(default)s, which is today's API)",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="serve only the workspaces routes that the platform's API document has",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        metavar="N",
        help="the port to listen on (default: a free one)",
    )
    parser.add_argument(
        "--pace",
        type=float,
        metavar="SECONDS",
        help=f"how long a pipeline's step takes (default: {_SERVING_PACE}; tour: {_TOUR_PACE})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

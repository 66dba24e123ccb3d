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
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from ._fake import HOST, Api, Platform, RecordedRequest, Reply, Server, Views, documented_error

TYPE_CHECKING: bool = False  # annotated, so that jedi does not skip the import below
if TYPE_CHECKING:
    from typing import Literal
else:
    from ._hints import Literal

__all__ = ["FakeAncla", "RecordedRequest"]

_ROUTES = ("slugs", "published", "both", "workspaces")
_SPOKEN = {
    "slugs": "slug routes",
    "published": "published routes",
    "both": "both kinds of routes",
    "workspaces": "workspaces routes",
}
_NULLS = ("unset", "always", "never")
_REQUEST_ID = "X-Request-ID"

_TOUR_PACE = 0.05
_SERVING_PACE = 0.5


@dataclass
class _Fault:
    """What happens to one request: a delay, a reply, or a connection that is dropped."""

    delay: float = 0.0
    reply: Reply | None = None
    drop: bool = False
    handle: bool = False


class FakeAncla:
    """An Ancla server on 127.0.0.1 that serves from its making until `close()`.

    routes:       "slugs", "published", "both" of these, or "workspaces": the generation of routes
                  that it speaks. Each new project has the environments production, staging and
                  development; all but "workspaces" see production alone.
    lenient:      whether workspaces routes include those that the platform does not publish.
    api_key:      the key that it accepts; everything else is a 401.
    pace:         what moves a pipeline on by one of its steps (the build, the release, which
                  workspaces routes do not have, and the deployment each begin and end):
                  "reads": each look at the images, releases, deployments or pipeline status of
                  its application, after the answer, so that tests need no clock;
                  "manual": nothing but `advance()`; a number: that many seconds by `clock`
                  (0: all is over before the trigger is answered).
    clock:        what tells the seconds; `time.monotonic` by default.
    page_size:    how many images, releases or deployments come on one page. By default 50 on
                  published routes, and on slug routes a bare array of all of them, unless the
                  query asks with `page` or `per_page`; on workspaces routes 20 images, and all
                  deployments.
    nulls:        "unset": fields without a value are null; "always": so is each field that may
                  be null, value or not; "never": fields without a value are left out.
    extra_fields: sent in every object besides its own fields, as a newer server might.
    mask_secrets: whether the values of secret variables are answered as "**secret**".
    images_in_lists: whether a release in a list names its image, and a deployment in a list that
                  of its release, which servers need not do.
    ignore_unknown_fields: whether what a body should not have is ignored, as the platform does it,
                  rather than refused, which finds mistakes.
    port:         the port to listen on; by default a free one.

    It starts empty. Lists of images, releases and deployments begin with the newest, others with
    the oldest; versions count from 1 in each application. Safe to use from several threads.
    Raises ValueError for an argument that is none of these.
    """

    def __init__(
        self,
        *,
        routes: Literal["slugs", "published", "both", "workspaces"] = "both",
        lenient: bool = False,
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
        _check("routes", routes, routes in _ROUTES, _any_of(_ROUTES))
        is_lenient = not lenient or routes == "workspaces"
        _check("lenient", lenient, is_lenient, "False unless routes is 'workspaces'")
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
        # Not the lock above: stopping waits for requests that may need it.
        self._stopping_lock = threading.Lock()
        self._requests: list[RecordedRequest] = []
        self._faults: deque[_Fault] = deque()
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
        """What the client takes as its `server`: "http://127.0.0.1:PORT"."""
        return f"http://{HOST}:{self._port}"

    def close(self) -> None:
        """Ends all connections and threads and frees the port. Twice is no error."""
        with self._stopping_lock:
            self._closed = True
            self._server.stop()

    # What was received

    @property
    def requests(self) -> list[RecordedRequest]:
        """The requests so far, in the order of their arrival."""
        with self._lock:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """How many TCP connections have been opened so far."""
        with self._lock:
            return self._connections

    def clear_requests(self) -> None:
        """Forgets the requests so far; connections go on counting."""
        with self._lock:
            self._requests.clear()

    # What is there and what happens

    def add_app(
        self,
        org: str,
        project: str,
        app: str,
        platform: str = "wind",
        *,
        environment: str = "production",
    ) -> str:
        """Puts an application of these slugs there, without a request.

        The organization, the project and the environment are added when they are missing. Returns
        the application's id. Raises ValueError when it is there already, or for what is no slug.
        """
        with self._lock:
            here = self._platform
            owner = here.orgs.get(org) or here.create_org(org, org)
            parent = owner.projects.get(project) or here.create_project(owner, project, project)
            place = parent.environments.get(environment)
            place = place or here.create_environment(parent, environment)
            return here.create_app(place, app, app, platform).id

    def advance(self, steps: int = 1) -> int:
        """Moves all running pipelines on, at any pace; returns how many still run.

        Raises ValueError for less than one step.
        """
        _check("steps", steps, _is_whole(steps, 1), "a number from 1")
        with self._lock:
            return [self._platform.pipelines.advance() for _ in range(steps)][-1]

    def fail_next_build(self, detail: str = "the build failed") -> None:
        """The next image to be started will end in this error; each call counts for one."""
        self._fail_next("build", detail)

    def fail_next_release(self, detail: str = "the release failed") -> None:
        """The next release to be started will end in this error; each call counts for one."""
        self._fail_next("release", detail)

    def fail_next_deployment(self, detail: str = "the deployment failed") -> None:
        """The next deployment to be started will end in this error; each call counts for one.

        The deployment that was active before stays active.
        """
        self._fail_next("deployment", detail)

    # Faults on the way

    def fail_next(
        self,
        status: int,
        times: int = 1,
        *,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> None:
        """Answers the next requests with this status, without doing what they ask for.

        body: bytes and text are sent as they are, anything else as JSON; by default the
        documented error shape. Raises ValueError for a status outside 200 to 599.
        """
        _check("status", status, _is_whole(status, 200, 599), "a number from 200 to 599")
        if body is None:
            body = documented_error(status).data
        reply = _reply(status, body, headers or {})
        self._add_faults(_Fault(reply=reply), times)

    def drop_next(self, times: int = 1, *, handled: bool = False) -> None:
        """Closes the connections of the next requests without an answer.

        handled: whether what they ask for is done before, so that only the answer is lost.
        """
        self._add_faults(_Fault(drop=True, handle=handled), times)

    def delay_next(self, seconds: float, times: int = 1) -> None:
        """Waits with the next requests before they are looked at; `close()` cuts it short."""
        self._add_faults(_Fault(delay=seconds, handle=True), times)

    def restart(self) -> None:
        """Drops all connections and starts again at the same port, with all that is there."""
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

    def _add_faults(self, fault: _Fault, times: int) -> None:
        with self._lock:
            self._faults.extend([fault] * times)

    def _respond(self, request: RecordedRequest, body: bytes) -> Reply | None:
        with self._lock:
            self._requests.append(request)
            fault = self._faults.popleft() if self._faults else _Fault(handle=True)
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
            response = self._api.respond(request.method, target, key, body)
            return _reply(response.status, response.data, response.headers)

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


def _reply(status: int, body: object, headers: Mapping[str, str]) -> Reply:
    if body is None:
        return Reply(status, dict(headers), b"")
    if isinstance(body, bytes):
        kind, data = "application/octet-stream", body
    elif isinstance(body, str):
        kind, data = "text/plain; charset=utf-8", body.encode()
    else:
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        kind, data = "application/json", text.encode("utf-8", "replace")
    return Reply(status, {"Content-Type": kind, **headers}, data)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m ancla.testing [tour]`; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    usual_pace = _TOUR_PACE if options.command == "tour" else _SERVING_PACE
    pace = usual_pace if options.pace is None else options.pace
    try:
        fake = FakeAncla(routes=options.routes, port=options.port, pace=pace)
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"error: cannot listen on port {options.port}: {error.strerror}", file=sys.stderr)
        return 1
    from ._cli.streams import run_command

    return run_command(lambda: _run(fake, options))


def _run(fake: FakeAncla, options: argparse.Namespace) -> int:
    with fake:
        if options.command == "tour":
            from ._fake.tour import run_tour

            run_tour(fake.api_key, fake.url, _SPOKEN[options.routes])
            requests, count = len(fake.requests), fake.connections
            print(f"\nDone: {requests} requests over {count} connection{'s' * (count != 1)}.")
        else:
            _serve_until_interrupted(fake, options.routes)
    return 0


def _serve_until_interrupted(fake: FakeAncla, routes: str) -> None:
    try:
        print(f"FakeAncla speaks {_SPOKEN[routes]} at {fake.url}; Ctrl-C ends it.\n")
        print(f"export ANCLA_SERVER={fake.url}")
        print(f"export ANCLA_API_KEY={fake.api_key}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        print(flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}.testing",
        description="Serves an Ancla with no data until Ctrl-C, for trying things out.",
        epilog="`tour` shows the SDK at work on such a server instead, and ends.",
    )
    parser.add_argument("command", nargs="?", choices=["tour"], help="show the SDK at work")
    parser.add_argument(
        "--routes", choices=_ROUTES, default="both", help="the routes to speak (%(default)s)"
    )
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port to listen on (a free one)"
    )
    parser.add_argument(
        "--pace",
        type=float,
        metavar="SECONDS",
        help=f"what a step of a pipeline takes ({_SERVING_PACE}; in the tour {_TOUR_PACE})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

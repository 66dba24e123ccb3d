"""The client for asyncio: AnclaClient's own methods, each call in a thread of its own.

How it works. The thread gets a view of the client with a clock of its own. If the coroutine is
cancelled or fails, the clock ends: from then on the view sends nothing and does not sleep. The
response to a request already sent is still read to its end, or times out, and the result is
dropped.

A thread needs one of MAX_REQUESTS slots to send requests. It releases its slot while it sleeps or
waits for `on_update` or `on_log`, so waiting calls do not block others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from functools import partial, update_wrapper
from inspect import signature
from typing import Any, Concatenate, ParamSpec, TypeVar

from ._api.other_names import name_ours_in_errors
from ._api.progress import progress
from ._api.slots import Slots, Turn
from ._http.clock import Clock
from ._http.pool import this_process
from ._http.tracebacks import clear_locals, hide_locals_of
from .client import AnclaClient

TYPE_CHECKING: bool = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Protocol, overload

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
ClientT = TypeVar("ClientT", bound="AsyncAnclaClient")
ResultT = TypeVar("ResultT", covariant=True)

__all__ = ["AsyncAnclaClient"]

_Update = tuple[Callable[[], object], Future[None]]

MAX_REQUESTS = 32


class _Call:
    """One call: its view of the client, its thread, and the functions that the loop calls."""

    def __init__(self, client: AsyncAnclaClient) -> None:
        self._clock = Clock()
        slots, self._calls = client._slots_and_calls
        self._turn = Turn(slots)
        self._clock.sleep = partial(self._turn.without_slot, self._clock.sleep)
        self._updates: asyncio.Queue[_Update | None] = asyncio.Queue()
        self.view = client._client._view({"clock": self._clock})

    def end(self) -> None:
        """Ends the waits of the thread, which then sends nothing more. Safe in any thread."""
        self._clock.end()
        if self._turn.end():
            self._finish()

    def work(
        self, method: Callable[..., R], args: tuple[Any, ...], options: dict[str, Any]
    ) -> Callable[[], R]:
        """Returns the function for the thread."""
        for name in ("on_update", "on_log"):
            function = options.get(name)
            if callable(function) and function is not progress:  # `progress` only prints.
                options[name] = self._called_in_loop(function)
        return lambda: method(self.view, *args, **options)

    def _called_in_loop(self, function: Callable[[Any], object]) -> Callable[[object], None]:
        """Returns a function for the thread that lets the loop call `function`."""

        def notify(news: object) -> None:
            done: Future[None] = Future()
            self._to_loop((partial(function, news), done))
            self._turn.without_slot(self._turn.wait_for, done)
            try:
                if not done.cancelled():
                    done.result()
            finally:
                del done  # Break the cycle error -> traceback -> frame -> done -> error.

        return notify

    async def in_thread(self, work: Callable[[], R]) -> R:
        """Calls `work` in a thread. Returns its result or raises its error."""
        result: Future[R] = Future()
        update: _Update | None = None
        self._calls.add(self)
        try:
            in_context = partial(copy_context().run, work)
            self._turn.begin(_running_loop(), partial(self._start, in_context, result))
            while (update := await self._updates.get()) is not None:
                await _carry_out(*update)
            # Without a result, the client was closed before the thread started: `work` says so.
            return result.result() if result.done() else work()
        except BaseException:
            self.end()
            raise
        finally:
            self._calls.discard(self)
            del result, update  # Break the cycle error -> traceback -> frame -> result -> error.

    async def each(self, pieces: Iterator[T]) -> AsyncIterator[T]:
        """Yields the pieces. Fetches each one in a new thread."""
        end: Any = object()
        while (piece := await self.in_thread(lambda: next(pieces, end))) is not end:
            yield piece

    def _start(self, work: Callable[[], object], result: Future[Any]) -> bool:
        """Starts the thread. Returns False if that fails, or if the loop is closed already."""
        if self._turn.loop.is_closed():
            self._calls.discard(self)
            return False
        arguments = work, result
        # A daemon: the program's exit must not wait for a request whose result is not needed.
        thread = threading.Thread(target=self._run, args=arguments, name="ancla", daemon=True)
        try:
            thread.start()
        except Exception as error:
            result.set_exception(error)
            self._finish()
            return False
        finally:
            del arguments, result  # Break the cycle error -> traceback -> frame -> result -> error.
        return True

    def _run(self, work: Callable[[], object], result: Future[Any]) -> None:
        try:
            result.set_result(work())
        except BaseException as error:
            result.set_exception(error)
        finally:
            del result  # Break the cycle error -> traceback -> frame -> result -> error.
            self._turn.release()
            self._finish()

    def _finish(self) -> None:
        """Lets the coroutine return. It may never: then nothing else may refer to the call."""
        self._calls.discard(self)
        with suppress(RuntimeError):  # The loop is closed.
            self._to_loop(None)

    def _to_loop(self, update: _Update | None) -> None:
        self._turn.loop.call_soon_threadsafe(self._updates.put_nowait, update)


async def _carry_out(function: Callable[[], object], done: Future[None]) -> None:
    """Calls the function, and sets `done`, on which its thread waits."""
    if not done.set_running_or_notify_cancel():
        return
    try:
        result = function()
        if asyncio.iscoroutine(result):
            await result
    except BaseException as error:
        done.set_exception(error)
        if not isinstance(error, Exception):
            raise
    else:
        done.set_result(None)
    finally:
        del done  # Break the cycle error -> traceback -> frame -> done -> error.


if TYPE_CHECKING:
    # For type checkers. jedi reads both branches, and understands the second one.

    def _signature_of(
        kind: Callable[P, AnclaClient],
    ) -> Callable[[Callable[..., None]], Callable[Concatenate[AsyncAnclaClient, P], None]]: ...

    class _Method(Protocol[P, ResultT]):
        """A method, which is bound where it is read from an instance, as `def` makes it."""

        @overload
        def __get__(
            self, client: None, owner: type
        ) -> Callable[Concatenate[AsyncAnclaClient, P], ResultT]: ...
        @overload
        def __get__(self, client: AsyncAnclaClient, owner: type) -> Callable[P, ResultT]: ...
        # pyright compares it with methods of protocols.
        def __call__(self, *args: P.args, **kwargs: P.kwargs) -> ResultT: ...

    class _View(Protocol[P]):
        """The same for a method that returns a client of the class that it is read from."""

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

else:

    def _signature_of(kind):
        return partial(_like, kind.__init__)

    def _view(method):
        def view(client, /, *args, **kwargs):
            if TYPE_CHECKING:  # jedi reads the arguments of this call.
                method(client._client, *args, **kwargs)
            return client._with_client(method(client._client, *args, **kwargs))

        return _like(method, view)

    def _awaited(method):
        async def call(client, /, *args, **kwargs):
            if TYPE_CHECKING:  # As above.
                method(client._client, *args, **kwargs)
            try:
                own = _Call(client)
                return await own.in_thread(own.work(method, args, kwargs))
            except BaseException as error:  # As `hides_locals` does it.
                del args, kwargs
                clear_locals(error)
                raise

        return _like(method, call)

    def _iterated(method):
        def iterate(client, /, *args, **kwargs) -> AsyncIterator[str]:  # jedi reads this.
            own = _Call(client)
            return own.each(method(own.view, *args, **kwargs))

        iterate.__signature__ = signature(method).replace(return_annotation="AsyncIterator[str]")
        like = _like(method, iterate)
        like.__annotations__ = {**method.__annotations__, "return": AsyncIterator[str]}
        return like

    def _like(method, own):
        """Gives `own` the name, docstring and signature of AnclaClient's method."""
        update_wrapper(own, method)
        own.__module__ = __name__
        own.__qualname__ = f"AsyncAnclaClient.{method.__name__}"
        return method if TYPE_CHECKING else own  # jedi finds the docstring at `method` only.


def _running_loop() -> asyncio.AbstractEventLoop:
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    raise RuntimeError("AsyncAnclaClient needs asyncio (anyio's asyncio backend is fine)")


class AsyncAnclaClient:
    """AnclaClient for asyncio, with the same arguments. Its methods are awaited.

        async with AsyncAnclaClient() as client:
            for org in await client.list_orgs():
                print(org.slug)

    The methods `follow_...` are asynchronous iterators. `with_options` and the properties are not
    awaited. `on_update` and `on_log` are called in the event loop and may be coroutine functions;
    `on_attempt` is called in the thread of its call.

    Each call has a thread of its own. At most 32 calls send requests at the same time, and the
    others wait in a queue. A call that sleeps before a poll or a retry does not count. Tasks,
    threads and event loops can share a client.

    Cancelling a call, including through `asyncio.timeout` or `asyncio.wait_for`, returns control to
    the event loop at once. It ends the call's waits, and nothing more is sent. A request that was
    sent before may have taken effect: a deploy that was started continues. The thread of that
    request ends with its response, or after the client's `timeout`. With `timeout=None` it may
    never end. Until it ends, it counts as one of the 32.
    """

    @_signature_of(AnclaClient)
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._client = AnclaClient(*args, **kwargs)
        self._by_process: dict[tuple[int, int], tuple[Slots, set[_Call]]] = {}

    with_options = _view(AnclaClient.with_options)

    def _with_client(self: ClientT, client: AnclaClient) -> ClientT:
        view = object.__new__(type(self))
        view.__dict__.update(self.__dict__)
        view._client = client
        return view

    @property
    def _slots_and_calls(self) -> tuple[Slots, set[_Call]]:
        """The slots and the calls of this process: a fork has none of its parent's threads."""
        known, process = self._by_process, this_process()
        return known.get(process) or known.setdefault(process, (Slots(MAX_REQUESTS), set()))

    @property
    def api_key(self) -> str | None:
        """The API key, or None."""
        return self._client.api_key

    @property
    def server(self) -> str:
        """The server's URL, without a trailing slash."""
        return self._client.server

    @property
    def environment(self) -> str:
        """The environment that calls are for. Servers with retired routes have none."""
        return self._client.environment

    def __repr__(self) -> str:
        client = self.__dict__.get("_client")  # Missing inside __init__.
        shown = "" if client is None else f"server={client.server!r}"
        return f"{type(self).__name__}({shown})"

    __reduce_ex__ = AnclaClient.__reduce_ex__

    async def __aenter__(self: ClientT) -> ClientT:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the idle connections, and ends all sleeps before polls and retries.

        Later calls raise AnclaError.
        """
        self._client.close()
        for call in list(self._slots_and_calls[1]):
            call.end()

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


hide_locals_of(AsyncAnclaClient, "__init__", "with_options")  # The others are awaited.
name_ours_in_errors(AsyncAnclaClient)

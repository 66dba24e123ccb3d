"""AsyncAnclaClient: calls in threads that end with their coroutines, in front of real servers."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import os
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, ParamSpec

import pytest

import ancla
from ancla import (
    AnclaClient,
    AnclaError,
    AsyncAnclaClient,
    Attempt,
    BuildFailedError,
    Deployment,
    Image,
    NotFoundError,
    progress,
    vendor,
)
from ancla._api.slots import Slot, Slots
from ancla.async_client import MAX_REQUESTS, _carry_out
from ancla.testing import FakeAncla
from tests.clean_process import run_program
from tests.clients import fake_with_app, run_script
from tests.servers import (
    PATIENCE,
    Connection,
    Request,
    ScriptedServer,
    json_reply,
    replies,
    reply,
)

APP = ("acme", "shop", "web")
AN_HOUR = 3600.0
P = ParamSpec("P")


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app(pace="manual") as fake:
        yield fake


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """After each test, every thread of a call has ended, also of those that were cancelled."""
    yield
    wait_for_threads()


def threads_of_calls() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "ancla"]


def wait_for_threads() -> None:
    for thread in threads_of_calls():
        thread.join(PATIENCE)
        assert not thread.is_alive()


def async_client_of(server: FakeAncla | ScriptedServer, **options: Any) -> AsyncAnclaClient:
    key = server.api_key if isinstance(server, FakeAncla) else "key"
    return AsyncAnclaClient(key, server.url, **{"timeout": PATIENCE, **options})


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs the coroutine. A test that hangs fails, and names the line that it hangs at."""
    asyncio.run(asyncio.wait_for(main, 3 * PATIENCE))


def asynchronous(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Runs the test in an event loop."""

    @functools.wraps(test)
    def run_test(*arguments: P.args, **fixtures: P.kwargs) -> None:
        run(test(*arguments, **fixtures))

    return run_test


async def arrived(server: ScriptedServer, count: int) -> None:
    """Returns once the server has got as many requests."""
    await asyncio.to_thread(server.wait_for, lambda: len(server.requests) >= count)


class Gate:
    """Answers once it is open, each request with the same; counts those that wait."""

    def __init__(self, reply: bytes = json_reply([])) -> None:
        self.opened = threading.Event()
        self.most_waiting = 0
        self._reply = reply
        self._waiting: set[int] = set()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def __call__(self, connection: Connection, request: Request) -> None:
        self._waiting.add(request.number)
        self.most_waiting = max(self.most_waiting, len(self._waiting))
        self.opened.wait(PATIENCE)
        self._waiting.discard(request.number)
        connection.send(self._reply)


class Told:
    """What on_update was told of, and where; `first` is set by the first call."""

    def __init__(self) -> None:
        self.models: list[Any] = []
        self.tasks: set[Any] = set()
        self.first = asyncio.Event()

    def __call__(self, model: Any) -> None:
        self.models.append(model)
        self.tasks.add(asyncio.current_task())
        self.first.set()


async def waiting_for_a_build(
    client: AsyncAnclaClient, **options: Any
) -> tuple[asyncio.Task[Image], Told]:
    """A task that waits for a new build, has polled once, and polls again in an hour."""
    image_id = (await client.build_image(*APP)).image_id
    told = Told()
    options = {"interval": AN_HOUR, "timeout": None, "on_update": told, **options}
    task = asyncio.create_task(client.wait_for_image(*APP, image_id, **options))
    await told.first.wait()
    return task, told


# The same methods


def public_names(kind: type) -> set[str]:
    return {name for name in dir(kind) if name[0] != "_"}


def test_every_name_of_the_client_is_here_too() -> None:
    assert public_names(AsyncAnclaClient) == public_names(AnclaClient) - {"close"} | {"aclose"}


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in public_names(AnclaClient) - {"close"}
        if not isinstance(vars(AnclaClient)[name], property)
    ),
)
def test_a_method_has_the_arguments_and_docstring_of_the_client_s(name: str) -> None:
    ours, theirs = getattr(AsyncAnclaClient, name), getattr(AnclaClient, name)
    assert ours.__doc__ == theirs.__doc__
    assert (ours.__module__, ours.__qualname__) == (
        "ancla.async_client",
        f"AsyncAnclaClient.{name}",
    )
    signature, expected = inspect.signature(ours), inspect.signature(theirs)
    assert signature.parameters == expected.parameters
    if name.startswith("follow_"):
        assert expected.return_annotation == "Iterator[str]"
        assert signature.return_annotation == "AsyncIterator[str]"
        assert ours.__annotations__["return"] == AsyncIterator[str]
    else:
        assert inspect.iscoroutinefunction(ours) or name == "with_options"
        assert signature.return_annotation == expected.return_annotation


def test_the_arguments_are_those_of_the_client() -> None:
    assert inspect.signature(AsyncAnclaClient) == inspect.signature(AnclaClient)
    client = AsyncAnclaClient("key", "https://a.example/", 3, environment="staging")
    assert (client.api_key, client.server, client.environment) == (
        "key",
        "https://a.example",
        "staging",
    )
    assert repr(client) == "AsyncAnclaClient(server='https://a.example')"
    with pytest.raises(ValueError, match="timeout"):
        AsyncAnclaClient(timeout=-1)
    with pytest.raises(TypeError, match="AsyncAnclaClient objects hold connections"):
        client.__reduce_ex__(2)


@asynchronous
async def test_a_deploy_runs_from_its_start_to_its_end() -> None:
    with fake_with_app() as fake:
        async with async_client_of(fake) as client:
            assert [org.slug for org in await client.list_orgs()] == ["acme"]
            told = Told()
            deployment = await client.deploy_and_wait(*APP, interval=0, on_update=told)
            assert deployment.complete
            assert told.tasks == {asyncio.current_task()}
            assert isinstance(told.models[0], Image) and told.models[-1] == deployment
            image = (await client.list_images(*APP))[0]
            log = client.follow_image_log(*APP, image.id, interval=0)
            text = "".join([piece async for piece in log])
            assert text == (await client.get_image_log(*APP, image.id)).log_text


@asynchronous
async def test_errors_keep_their_types() -> None:
    with fake_with_app() as fake:
        async with async_client_of(fake) as client:
            with pytest.raises(NotFoundError) as missing:
                await client.get_org("nobody")
            assert missing.value.status_code == 404
            fake.fail_next_build("no Dockerfile")
            with pytest.raises(BuildFailedError, match="no Dockerfile"):
                await client.deploy_and_wait(*APP, interval=0)
            fake.clear_requests()
            with pytest.raises(ValueError, match="one segment"):
                await client.get_org("a/b")
            with pytest.raises(TypeError):
                await client.get_org()  # type: ignore[call-arg]
            with pytest.raises(ValueError, match="interval"):
                client.follow_image_log(*APP, "id", interval=-1)
            with pytest.raises(ValueError, match="on_update"):
                await client.wait_for_image(*APP, "id", on_update=5)  # type: ignore[arg-type]
            assert fake.requests == []


@asynchronous
async def test_a_view_is_of_the_same_class_and_closes_with_the_client() -> None:
    class Mine(AsyncAnclaClient):
        async def restart(self) -> list[ancla.Org]:
            return await self.list_orgs()

    with ScriptedServer(replies(json_reply([]))) as server:
        view = Mine("key", server.url).with_options(headers={"A": "b"})
        assert await view.restart() == []
        assert server.requests[0].header("A") == "b"
        await view.with_options(timeout=3).aclose()
        with pytest.raises(AnclaError, match="closed"):
            await view.restart()


def test_one_client_serves_several_event_loops() -> None:
    gate = Gate()
    with ScriptedServer(replies(gate)) as server:
        client = async_client_of(server)

        async def main() -> None:
            gate.opened.clear()
            calls = [client.request("GET", "/x") for _ in range(MAX_REQUESTS + 5)]
            tasks = asyncio.gather(*calls)
            await arrived(server, len(server.requests) + MAX_REQUESTS)
            gate.opened.set()
            assert await tasks == [[]] * len(calls)

        run(main())
        run(main())
        run(client.aclose())


# Where things run


@pytest.mark.parametrize("name", ["on_update", "on_log"])
@asynchronous
async def test_on_update_and_on_log_may_be_coroutine_functions_that_use_the_client(
    name: str, fake: FakeAncla
) -> None:
    async with async_client_of(fake) as client:
        seen: list[tuple[Image | str, list[str]]] = []

        async def advance(news: Image | str) -> None:
            seen.append((news, [org.slug for org in await client.list_orgs()]))
            fake.advance()

        # More of them than slots: each needs a second one while the first is its own.
        ids = [(await client.build_image(*APP)).image_id for _ in range(MAX_REQUESTS + 1)]
        fake.advance()  # They have a log from now on.
        options: dict[str, Any] = {"interval": 0, name: advance}
        waits = [client.wait_for_image(*APP, image_id, **options) for image_id in ids]
        images = await asyncio.gather(*waits)
        assert all(image.built for image in images)
        assert len(seen) >= len(ids)
        assert isinstance(seen[0][0], str) == (name == "on_log")


@asynchronous
async def test_what_on_update_raises_ends_the_wait_as_it_is(fake: FakeAncla) -> None:
    class Mine(Exception):
        pass

    def fail(image: Image) -> None:
        raise Mine

    async def fail_later(image: Image) -> None:
        await asyncio.sleep(0)
        raise Mine

    async with async_client_of(fake) as client:
        image_id = (await client.build_image(*APP)).image_id
        for on_update in (fail, fail_later):
            with pytest.raises(Mine):
                await client.wait_for_image(*APP, image_id, on_update=on_update)


def test_progress_prints_as_it_does_for_the_client(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        with fake_with_app() as fake:
            async with async_client_of(fake) as client:
                await client.deploy_and_wait(*APP, interval=0, on_update=progress)

    run(main())
    assert "waiting for the deploy of 'web' 0:00" in capsys.readouterr().err


def test_context_variables_are_carried_into_the_thread() -> None:
    variable = contextvars.ContextVar("variable", default="unset")
    seen: list[tuple[str, str]] = []

    def note(attempt: Attempt) -> None:
        seen.append((variable.get(), threading.current_thread().name))

    async def main() -> None:
        with ScriptedServer(replies(json_reply([]))) as server:
            async with async_client_of(server, on_attempt=note) as client:
                for value in ("one", "two"):
                    variable.set(value)
                    await client.request("GET", "/x")

    run(main())
    assert seen == [("one", "ancla"), ("two", "ancla")]


@asynchronous
async def test_on_update_changes_the_context_of_the_task() -> None:
    variable = contextvars.ContextVar("variable", default="unset")

    with fake_with_app(pace=0) as fake:
        async with async_client_of(fake) as client:
            image_id = (await client.build_image(*APP)).image_id
            await client.wait_for_image(
                *APP, image_id, on_update=lambda image: variable.set(image.status)
            )
            assert variable.get() == "built"


# How many at once


@asynchronous
async def test_many_calls_at_once_are_bounded() -> None:
    gate = Gate()

    with ScriptedServer(replies(gate)) as server:
        async with async_client_of(server) as client:
            tasks = asyncio.gather(*(client.request("GET", "/x") for _ in range(300)))
            await arrived(server, MAX_REQUESTS)
            assert len(threads_of_calls()) == MAX_REQUESTS
            gate.opened.set()
            assert await tasks == [[]] * 300
            assert len(server.requests) == 300
            assert gate.most_waiting <= MAX_REQUESTS
            assert server.connections <= MAX_REQUESTS


@asynchronous
async def test_waits_hold_nobody_up_while_they_sleep(fake: FakeAncla) -> None:
    async with async_client_of(fake) as client:
        waits = [await waiting_for_a_build(client) for _ in range(MAX_REQUESTS + 1)]
        assert len(await client.list_orgs()) == 1
        for task, _ in waits:
            task.cancel()


@asynchronous
async def test_a_call_whose_retry_is_later_holds_nobody_up() -> None:
    sleeping: list[Attempt] = []
    refuse = reply(b"", 503, {"Retry-After": "60"})

    def serve(connection: Connection, request: Request) -> None:
        connection.send(refuse if request.target.endswith("/busy") else json_reply([]))

    with ScriptedServer(replies(serve)) as server:
        async with async_client_of(server, on_attempt=sleeping.append) as client:
            busy = [
                asyncio.create_task(client.request("GET", "/busy")) for _ in range(MAX_REQUESTS + 1)
            ]
            # The last one gets its turn only if another one sleeps.
            await arrived(server, len(busy))
            assert await client.request("GET", "/x") == []
            for task in busy:
                task.cancel()


@asynchronous
async def test_a_call_that_is_cancelled_in_the_queue_is_never_sent() -> None:
    gate = Gate()

    with ScriptedServer(replies(gate)) as server:
        async with async_client_of(server) as client:
            first = [
                asyncio.create_task(client.request("GET", "/first")) for _ in range(MAX_REQUESTS)
            ]
            await arrived(server, MAX_REQUESTS)
            given_up = [asyncio.create_task(client.request("GET", "/never")) for _ in range(50)]
            last = asyncio.create_task(client.request("GET", "/last"))
            await asyncio.sleep(0)
            for task in given_up:
                task.cancel()
            await asyncio.wait(given_up)
            gate.opened.set()
            assert await asyncio.gather(*first, last) == [[]] * (MAX_REQUESTS + 1)
            assert {request.target.rpartition("/")[2] for request in server.requests} == {
                "first",
                "last",
            }


def test_a_slot_goes_past_those_who_have_given_up() -> None:
    slots = Slots(1)
    queue = first, second, third = [Slot(), Slot(), Slot()]
    for slot in queue:
        slots.enqueue(slot)
    second.cancel()
    assert (first.done(), third.done()) == (True, False)
    slots.release(first)
    assert third.done()
    for slot in (first, second, third, third):
        slots.release(slot)
    last, late = Slot(), Slot()
    slots.enqueue(last)
    slots.enqueue(late)
    assert (last.done(), late.done()) == (True, False)
    slots.release(late)
    assert len(slots._waiting) == 0


@asynchronous
async def test_threads_that_cannot_be_started_take_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    start = threading.Thread.start

    def fail_to_start(thread: threading.Thread) -> None:
        if thread.name == "ancla":
            raise RuntimeError("can't start new thread")
        start(thread)

    with ScriptedServer(replies(gate)) as server:
        async with async_client_of(server) as client:
            running = [
                asyncio.create_task(client.request("GET", "/x")) for _ in range(MAX_REQUESTS)
            ]
            await arrived(server, MAX_REQUESTS)
            queued = [asyncio.create_task(client.request("GET", "/x")) for _ in range(1000)]
            await asyncio.sleep(0)
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", fail_to_start)
                gate.opened.set()
                assert await asyncio.gather(*running) == [[]] * MAX_REQUESTS
                for task in queued:
                    with pytest.raises(RuntimeError, match="can't start new thread"):
                        await task
                with pytest.raises(RuntimeError, match="can't start new thread"):
                    await client.request("GET", "/x")
            calls = (client.request("GET", "/x") for _ in range(2 * MAX_REQUESTS))
            assert await asyncio.gather(*calls) == [[]] * 2 * MAX_REQUESTS


@asynchronous
async def test_a_cancelled_request_keeps_its_slot_until_its_thread_has_ended() -> None:
    gate = Gate()

    with ScriptedServer(replies(gate)) as server:
        async with async_client_of(server) as client:
            for round_ in (1, 2):
                tasks = [
                    asyncio.create_task(client.request("GET", "/x")) for _ in range(MAX_REQUESTS)
                ]
                if round_ == 1:
                    await arrived(server, MAX_REQUESTS)
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
            assert gate.waiting == len(server.requests) == MAX_REQUESTS
            assert len(threads_of_calls()) == MAX_REQUESTS
            gate.opened.set()
            assert await client.request("GET", "/x") == []


# Cancelling


@asynchronous
async def test_cancelling_gives_the_loop_back_while_the_request_is_on_its_way() -> None:
    gate = Gate()

    with ScriptedServer(replies(gate)) as server:
        async with async_client_of(server) as client:
            task = asyncio.create_task(client.request("POST", "/x", json={}))
            await arrived(server, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert gate.waiting == 1
            gate.opened.set()
            await asyncio.to_thread(wait_for_threads)
            assert await client.request("GET", "/x") == []
            assert server.connections == 1  # whose response was read, though nobody got it


@asynchronous
async def test_a_cancelled_call_sends_none_of_its_further_requests() -> None:
    gate = Gate(json_reply({"id": "1", "status": "running"}))

    with ScriptedServer(replies(gate)) as server:
        async with async_client_of(server) as client:
            wait = client.wait_for_deployment(*APP, "1", interval=0)
            task = asyncio.create_task(wait)
            await arrived(server, 1)
            task.cancel()
            await asyncio.wait([task])
            gate.opened.set()
            await asyncio.to_thread(wait_for_threads)
            assert len(server.requests) == 1


@asynchronous
async def test_cancelling_ends_the_wait_for_a_retry() -> None:
    sleeping, loop = asyncio.Event(), asyncio.get_running_loop()

    def note(attempt: Attempt) -> None:
        assert attempt.retries_after == 60
        loop.call_soon_threadsafe(sleeping.set)

    busy = reply(b"", 503, {"Retry-After": "60"})
    with ScriptedServer(replies(busy)) as server:
        async with async_client_of(server, on_attempt=note) as client:
            task = asyncio.create_task(client.request("GET", "/x"))
            await sleeping.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(wait_for_threads)
            assert len(server.requests) == 1


@asynchronous
async def test_cancelling_ends_the_sleep_between_polls(fake: FakeAncla) -> None:
    async with async_client_of(fake) as client:
        task, _ = await waiting_for_a_build(client)
        fake.clear_requests()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(wait_for_threads)
        assert fake.requests == []
        assert len(await client.list_orgs()) == 1  # the client itself goes on


@asynchronous
async def test_cancelling_during_on_update_cancels_it_and_ends_the_wait(fake: FakeAncla) -> None:
    cancelled = []
    started = asyncio.Event()

    async def sleep(image: Image) -> None:
        started.set()
        try:
            await asyncio.sleep(AN_HOUR)
        except asyncio.CancelledError:
            cancelled.append(image)
            raise

    async with async_client_of(fake) as client:
        image_id = (await client.build_image(*APP)).image_id
        task = asyncio.create_task(client.wait_for_image(*APP, image_id, on_update=sleep))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(cancelled) == 1


@asynchronous
async def test_a_log_is_followed_until_it_is_cancelled_or_left(fake: FakeAncla) -> None:
    async with async_client_of(fake) as client:
        image_id = (await client.build_image(*APP)).image_id
        fake.advance()
        pieces: list[str] = []
        got_one = asyncio.Event()

        async def follow() -> None:
            async for piece in client.follow_image_log(*APP, image_id, interval=AN_HOUR):
                pieces.append(piece)
                got_one.set()

        task = asyncio.create_task(follow())
        await got_one.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(wait_for_threads)
        async for piece in client.follow_image_log(*APP, image_id, interval=AN_HOUR):
            assert [piece] == pieces
            wait_for_threads()  # there is none between two pieces
            break


# Closing


@asynchronous
async def test_closing_ends_waits_and_calls_in_the_queue_but_no_request(fake: FakeAncla) -> None:
    gate = Gate()

    with ScriptedServer(replies(gate)) as server:
        client = async_client_of(server)
        sent = [asyncio.create_task(client.request("GET", "/x")) for _ in range(MAX_REQUESTS)]
        await arrived(server, MAX_REQUESTS)
        queued = asyncio.create_task(client.request("GET", "/never"))
        await asyncio.sleep(0)
        await client.aclose()
        with pytest.raises(AnclaError, match="closed"):
            await queued
        assert 0 < gate.waiting <= MAX_REQUESTS
        gate.opened.set()
        assert await asyncio.gather(*sent) == [[]] * MAX_REQUESTS
        assert len(server.requests) == MAX_REQUESTS
    client = async_client_of(fake)
    wait, _ = await waiting_for_a_build(client)
    view, _ = await waiting_for_a_build(client.with_options(timeout=5))
    await client.aclose()
    for task in (wait, view):
        with pytest.raises(AnclaError, match="closed"):
            await task
    await client.aclose()
    with pytest.raises(AnclaError, match="closed"):
        await client.list_orgs()


@pytest.mark.parametrize("how", ["closed", "cancelled", "cancelled in on_update"])
@asynchronous
async def test_a_wait_ends_at_once_though_it_does_not_get_its_turn_back(how: str) -> None:
    gate = Gate()
    deployment = json_reply({"id": "1", "status": "running"})

    def serve(connection: Connection, request: Request) -> None:
        connection.send(deployment) if request.number == 0 else gate(connection, request)

    with ScriptedServer(replies(serve)) as server:
        client = async_client_of(server)
        polled, go_on = asyncio.Event(), asyncio.Event()

        async def hold(deployment: Deployment) -> None:
            polled.set()
            await go_on.wait()

        wait = client.wait_for_deployment(*APP, "1", interval=0, on_update=hold)
        task = asyncio.create_task(wait)
        await polled.wait()
        sent = [asyncio.create_task(client.request("GET", "/x")) for _ in range(MAX_REQUESTS)]
        await arrived(server, 1 + MAX_REQUESTS)
        if how != "cancelled in on_update":
            go_on.set()
            await asyncio.sleep(0.01)
        if how == "closed":
            await client.aclose()
        else:
            task.cancel()
        with pytest.raises(AnclaError if how == "closed" else asyncio.CancelledError):
            await task
        assert 0 < gate.waiting <= MAX_REQUESTS
        gate.opened.set()
        await asyncio.gather(*sent)


def test_on_update_is_not_called_any_more_once_the_wait_has_ended() -> None:
    called: list[object] = []
    done: Future[None] = Future()
    done.cancel()
    run(_carry_out(lambda: called.append(None), done))
    assert called == []


@asynchronous
async def test_on_update_may_close_the_client(fake: FakeAncla) -> None:
    client = async_client_of(fake)
    image_id = (await client.build_image(*APP)).image_id

    async def close(image: Image) -> None:
        await client.aclose()

    with pytest.raises(AnclaError, match="closed"):
        await client.wait_for_image(*APP, image_id, interval=AN_HOUR, on_update=close)


CLOSED = """
import asyncio, os, sys, threading
from ancla import AsyncAnclaClient

url, when, *app = sys.argv[1:]

async def main():
    client = AsyncAnclaClient("fake-api-key", url)
    image_id = (await client.build_image(*app)).image_id
    polled = asyncio.Event()

    async def on_update(image):
        polled.set()
        if when == "in on_update":
            await asyncio.Event().wait()

    wait = client.wait_for_image(
        *app, image_id, interval=0.01, timeout=None, on_update=on_update
    )
    task = asyncio.create_task(wait)
    await polled.wait()
    return task

loop = asyncio.new_event_loop()
task = loop.run_until_complete(main())
threads = [thread for thread in threading.enumerate() if thread.name == "ancla"]
loop.close()
for thread in threads:
    thread.join(10)
    print(thread.is_alive())
sys.stdout.flush()
os._exit(0)  # asyncio complains about pending tasks.
"""


@pytest.mark.parametrize("when", ["between polls", "in on_update"])
def test_a_loop_that_was_closed_without_its_task_ends_the_thread(
    fake: FakeAncla, when: str
) -> None:
    assert run_script(CLOSED, fake.url, when, *APP).stdout == "False\n"


LEFT_IN_QUEUE = """
import asyncio, os, sys, threading
from ancla import AnclaClient, AsyncAnclaClient

client = AsyncAnclaClient("key", sys.argv[1], 30, trust_env=False)

async def leave_calls():
    tasks = [asyncio.create_task(client.request("GET", "/left")) for _ in range(100)]
    while sum(thread.name == "ancla" for thread in threading.enumerate()) < 32:
        await asyncio.sleep(0)
    return tasks

async def main():
    calls = (client.request("GET", "/x") for _ in range(100))
    print(len(await asyncio.wait_for(asyncio.gather(*calls), 20)))

loop = asyncio.new_event_loop()
left = loop.run_until_complete(leave_calls())
loop.close()
AnclaClient("key", sys.argv[1]).request("GET", "/open")
asyncio.run(main())
sys.stdout.flush()
os._exit(0)  # asyncio complains about pending tasks.
"""


def test_a_loop_that_was_closed_with_calls_in_the_queue_leaves_all_slots_free() -> None:
    gate = Gate()

    def serve(connection: Connection, request: Request) -> None:
        if request.target.endswith("/left"):
            gate(connection, request)
        else:
            gate.opened.set()
            connection.send(json_reply([]))

    with ScriptedServer(replies(serve)) as server:
        process = run_script(LEFT_IN_QUEUE, server.url)
        targets = [request.target.rpartition("/")[2] for request in server.requests]
    assert (process.stdout, process.stderr) == ("100\n", "")
    assert targets.count("left") == MAX_REQUESTS  # Nothing is sent for a closed loop.


FORKED = """
import asyncio, os, sys, threading, traceback, warnings
from ancla import AsyncAnclaClient

client = AsyncAnclaClient("key", sys.argv[1], 30, trust_env=False)

async def call_often():
    await asyncio.gather(*(client.request("GET", "/parent") for _ in range(40)))

async def call_once():
    print(await asyncio.wait_for(client.request("GET", "/child"), 20))
    await client.aclose()

threading.Thread(target=asyncio.run, args=(call_often(),), daemon=True).start()
while sum(thread.name == "ancla" for thread in threading.enumerate()) < 32:
    pass
warnings.simplefilter("ignore")  # Python 3.12 warns of what this test does on purpose.
if os.fork() == 0:
    try:
        asyncio.run(call_once())
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)
os.wait()
os._exit(0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_starts_with_all_slots_free() -> None:
    gate = Gate()

    def serve(connection: Connection, request: Request) -> None:
        if request.target.endswith("/child"):
            connection.send(json_reply([]))
        else:
            gate(connection, request)

    with ScriptedServer(replies(serve)) as server:
        process = run_script(FORKED, server.url)
        gate.opened.set()
    assert (process.stdout, process.stderr) == ("[]\n", "")


# What is left behind


@pytest.fixture
def no_garbage_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage_collector")
@asynchronous
async def test_an_error_is_free_once_it_was_caught() -> None:
    with ScriptedServer(replies(json_reply({}, 404))) as server:
        async with async_client_of(server) as client:
            try:
                await client.request("GET", "/x")
            except NotFoundError as error:
                found = weakref.ref(error)
            await asyncio.to_thread(wait_for_threads)
            assert found() is None


@pytest.mark.usefixtures("no_garbage_collector")
@asynchronous
async def test_an_error_of_on_update_is_free_once_it_was_caught(fake: FakeAncla) -> None:
    class Mine(Exception):
        pass

    def fail(image: Image) -> None:
        raise Mine

    async with async_client_of(fake) as client:
        image_id = (await client.build_image(*APP)).image_id
        try:
            await client.wait_for_image(*APP, image_id, on_update=fail)
        except Mine as error:
            found = weakref.ref(error)
        await asyncio.to_thread(wait_for_threads)
        assert found() is None


INTERRUPTED = """
import asyncio, signal, sys
from ancla import AsyncAnclaClient

url, *app = sys.argv[1:]

async def main():
    async with AsyncAnclaClient("fake-api-key", url) as client:
        image_id = (await client.build_image(*app)).image_id
        await client.wait_for_image(
            *app, image_id, interval=3600,
            on_update=lambda image: asyncio.get_running_loop().call_soon(
                signal.raise_signal, signal.SIGINT
            ),
        )

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_ends_a_wait_and_its_program(fake: FakeAncla) -> None:
    process = run_script(INTERRUPTED, fake.url, *APP)
    assert (process.stdout, process.stderr, process.returncode) == ("interrupted\n", "", 0)


def test_a_program_that_ends_waits_for_no_request_and_warns_of_nothing() -> None:
    program = """
import asyncio, sys
from ancla import AsyncAnclaClient

async def main():
    client = AsyncAnclaClient("key", sys.argv[1], None)
    calls = [asyncio.create_task(client.request("GET", "/x")) for _ in range(40)]
    while client.server and sum(call.done() for call in calls) < 8:
        await asyncio.sleep(0)

asyncio.run(main())
print("left")
"""
    gate = Gate()

    def serve(connection: Connection, request: Request) -> None:
        if request.number < 8:
            connection.send(json_reply([]))
        else:
            gate(connection, request)

    with ScriptedServer(replies(serve)) as server:
        process = run_script(program, server.url)
        assert 0 < gate.waiting <= MAX_REQUESTS
        gate.opened.set()
    assert (process.stdout, process.stderr, process.returncode) == ("left\n", "", 0)


def test_a_small_copy_says_that_it_has_no_client_for_asyncio(tmp_path: Any) -> None:
    assert vendor.main([str(tmp_path / "small"), "--minimal"]) == 0
    program = """
from small import *
try:
    AsyncAnclaClient("key")
except AnclaError as error:
    print(error)
"""
    said = run_program(program, path=[tmp_path], cwd=tmp_path)
    assert said == (
        "this copy of ancla-sdk is a small one without AsyncAnclaClient; write it with --full\n"
    )


def test_without_an_event_loop_of_asyncio_a_call_says_what_it_needs() -> None:
    """As under trio."""
    client = AsyncAnclaClient("key", "http://127.0.0.1:9")
    for coroutine in (client.list_orgs(), client.follow_image_log(*APP, "1").__anext__()):
        with pytest.raises(RuntimeError, match=r"needs asyncio \(anyio's asyncio backend is fine"):
            coroutine.__await__().send(None)

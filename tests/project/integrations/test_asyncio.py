"""AsyncAnclaClient under pytest-asyncio and uvloop, and AnclaClient under trio and anyio."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ancla import AnclaClient, AsyncAnclaClient, Deployment, Image
from ancla.testing import FakeAncla

PROJECT = Path(__file__).parents[3]
APP = ("acme", "shop", "web")

TESTS_OF_A_USER = '''
import asyncio

import pytest
import pytest_asyncio

from ancla import AsyncAnclaClient, NotFoundError
from ancla.testing import FakeAncla


@pytest.fixture(scope="module")
def fake():
    with FakeAncla() as fake:
        fake.add_app("acme", "shop", "web")
        yield fake


@pytest.fixture(scope="module")
def shared(fake):
    """One client for tests that each have an event loop of their own."""
    return AsyncAnclaClient(fake.api_key, fake.url)


@pytest_asyncio.fixture
async def client(fake):
    async with AsyncAnclaClient(fake.api_key, fake.url) as client:
        yield client


@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(3))
async def test_a_shared_client(shared, number):
    orgs = await asyncio.gather(*(shared.list_orgs() for _ in range(100)))
    assert {org.slug for (org,) in orgs} == {"acme"}


@pytest.mark.asyncio
async def test_a_client_of_a_fixture(client):
    assert (await client.deploy_and_wait("acme", "shop", "web", interval=0)).complete
    with pytest.raises(NotFoundError):
        await client.get_org("nobody")


@pytest.mark.asyncio
async def test_a_wait_that_takes_too_long(client):
    image_id = (await client.build_image("acme", "shop", "web")).image_id
    wait = client.wait_for_image("acme", "shop", "web", image_id, interval=3600)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(wait, 0.01)
'''


def test_pytest_asyncio_runs_tests_of_a_user(tmp_path: Path) -> None:
    pytest.importorskip("pytest_asyncio")
    (tmp_path / "test_mine.py").write_text(TESTS_OF_A_USER, encoding="utf-8")
    option = "asyncio_default_fixture_loop_scope=function"
    process = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "pytest", "-q", "-o", option, tmp_path],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert process.returncode == 0 and "5 passed" in process.stdout, process.stdout


def test_uvloop_runs_calls_and_cancels_waits() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        import asyncio

        with FakeAncla(pace="manual") as fake:
            fake.add_app(*APP)
            async with AsyncAnclaClient(fake.api_key, fake.url) as client:
                assert type(asyncio.get_running_loop()).__module__ == "uvloop"
                calls = await asyncio.gather(*(client.get_app(*APP) for _ in range(200)))
                assert {app.slug for app in calls} == {"web"}
                image_id = (await client.build_image(*APP)).image_id
                polled: asyncio.Future[Image] = asyncio.get_running_loop().create_future()
                wait = asyncio.create_task(
                    client.wait_for_image(
                        *APP, image_id, interval=3600, on_update=polled.set_result
                    )
                )
                assert (await polled).status == "running"
                wait.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await wait

    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


def test_trio_and_anyio_call_the_client_in_their_threads() -> None:
    trio = pytest.importorskip("trio")
    to_thread = pytest.importorskip("anyio.to_thread")
    with FakeAncla() as fake:
        fake.add_app(*APP)
        with AnclaClient(fake.api_key, fake.url) as client:

            async def main() -> list[str]:
                one = await trio.to_thread.run_sync(client.get_app, *APP)
                other = await to_thread.run_sync(client.get_app, *APP)
                return [one.slug, other.slug]

            assert trio.run(main) == ["web", "web"]


@pytest.mark.parametrize("library", ["trio", "anyio"])
def test_a_wait_that_trio_or_anyio_cancels_ends_in_its_thread(library: str) -> None:
    module = pytest.importorskip(library)
    page = (PROJECT / "docs" / "recipes.md").read_text(encoding="utf-8")
    _, _, recipe = page.partition("## Wait under trio or anyio\n")
    code = recipe.partition("```python\n")[2].partition("\n\n\ndeployment = ")[0]
    ended = threading.Event()

    class Client(AnclaClient):
        def deploy_and_wait(self, *arguments: Any, **options: Any) -> Deployment:
            try:
                return super().deploy_and_wait(*arguments, **options)
            finally:
                ended.set()

    with FakeAncla(pace="manual") as fake:
        fake.add_app(*APP)
        namespace: dict[str, Any] = {"AnclaClient": lambda: Client(fake.api_key, fake.url)}
        exec(code.replace("trio", library), namespace)
        assert module.run(namespace["deploy_in_time"], APP, 0.2) is None
        assert ended.wait(30)
        with AnclaClient(fake.api_key, fake.url) as client:
            assert len(client.list_images(*APP)) == 1


def test_the_client_for_asyncio_says_under_trio_what_it_needs() -> None:
    trio = pytest.importorskip("trio")
    client = AsyncAnclaClient("key", "http://127.0.0.1:9")
    with pytest.raises(RuntimeError, match=r"needs asyncio \(anyio's asyncio backend is fine\)"):
        trio.run(client.list_orgs)

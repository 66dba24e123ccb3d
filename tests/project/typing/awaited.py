"""What the methods of the client for asyncio take and return: read by type checkers, never run.

Their types are made of those of AnclaClient's methods, so one of each kind stands for the others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from typing_extensions import assert_type

from ancla import App, AsyncAnclaClient, Attempt, Deployment, Image, Org, progress


def count(attempt: Attempt) -> None: ...


def show(model: object) -> None: ...


async def show_later(image: Image) -> None: ...


async def print_later(text: str) -> None: ...


class ClientOfMyTool(AsyncAnclaClient):
    async def first_org(self) -> Org:
        return (await self.list_orgs())[0]


async def the_client() -> None:
    async with AsyncAnclaClient("key", "https://ancla.example", 10.0, on_attempt=count) as client:
        assert_type(client, AsyncAnclaClient)
        assert_type(client.api_key, str | None)
        assert_type(client.server, str)
        assert_type(client.environment, str)
        assert_type(client.with_options(timeout=None, max_retries=0), AsyncAnclaClient)
        assert_type(await client.request("PUT", "/organizations/o", json={"name": "O"}), Any)
    async with ClientOfMyTool() as mine:
        assert_type(mine.with_options(headers={"A": "b"}), ClientOfMyTool)
        assert_type(await mine.first_org(), Org)
    await client.aclose()


async def the_methods(client: AsyncAnclaClient) -> None:
    assert_type(await client.list_orgs(), list[Org])
    assert_type(await client.update_app("o", "p", "a", subdirectory=None), App)
    await client.scale_app("o", "p", "a", counts={"web": 2})
    assert_type(await client.deploy_and_wait("o", "p", "a", on_update=progress), Deployment)
    assert_type(await client.wait_for_image("o", "p", "a", "i", on_update=show_later), Image)
    await client.wait_for_deployment("o", "p", "a", "d", on_update=show, timeout=None)
    await client.wait_for_deployment("o", "p", "a", "d", on_log=print_later)
    await client.build_image("o", "p", "a", strategy="buildpack")
    log = client.follow_image_log("o", "p", "a", "i", interval=1)
    assert_type(log, AsyncIterator[str])
    async for text in client.follow_deployment_log("o", "p", "a", "d"):
        assert_type(text, str)


async def mistakes(client: AsyncAnclaClient) -> None:
    AsyncAnclaClient(url="https://ancla.example")  # type: ignore[call-arg]  # it is server
    AsyncAnclaClient(timeout="30")  # type: ignore[arg-type]  # seconds are a number
    client.with_options(30)  # type: ignore[call-arg]  # timeout=30
    client.close()  # type: ignore[attr-defined]  # await client.aclose()
    await client.get_app("o", "p")  # type: ignore[call-arg]  # of which application?
    await client.build_image("o", "p", "a", strategy="nix")  # type: ignore[arg-type]  # no such
    await client.create_api_key("ci", expires_at=90)  # type: ignore[arg-type]  # a datetime or text
    await client.set_config("o", "p", "a", "KEY", 5)  # type: ignore[arg-type]  # values are text
    print(client.list_orgs()[0])  # type: ignore[index]  # (await client.list_orgs())[0]
    with client:  # type: ignore[attr-defined]  # async with
        pass
    for _ in client.follow_image_log("o", "p", "a", "i"):  # type: ignore[attr-defined]  # async for
        pass

"""The table of docs/migrating.md: each of our calls works, and each other name leads to it."""

from __future__ import annotations

import copy
import re
import traceback
from pathlib import Path
from typing import Any

import pytest

import ancla
from ancla import AnclaClient, AsyncAnclaClient
from ancla._api.other_names import _OURS
from ancla.testing import FakeAncla
from tests.documented_calls import Ids, prepare

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)\(.*?\)` \| `(\w+)\((.*?)\)` \|$", PAGE, re.MULTILINE)
ARGUMENTS = {"w": "acme", "p": "shop", "e": "staging", "s": "web", "name": "New", "key": "MODE"}


def test_the_table_has_28_calls() -> None:
    assert len({theirs for theirs, *_ in ROWS}) == len(ROWS) == 28


def argument(name: str, call: str, ids: Ids) -> object:
    if name == "id":
        return ids.deployment if call == "get_deployment" else ids.image
    return {"counts": {"web": 2}, "value": "v", "platform": "wind"}.get(name) or ARGUMENTS[name]


@pytest.mark.parametrize(("theirs", "ours", "names"), ROWS, ids=[row[0] for row in ROWS])
def test_each_of_our_calls_works_as_it_is_written(theirs: str, ours: str, names: str) -> None:
    with FakeAncla() as fake:
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url) as client:
            given = [
                argument(name, ours, ids) for name in names.split(", ") if name not in ("", "...")
            ]
            options = {"auto_deploy_branch": "main"} if "..." in names else {}
            getattr(client, ours)(*given, **options)
    assert theirs == ours or _OURS[theirs] == ours


def clients() -> list[Any]:
    return [AnclaClient("key", "http://127.0.0.1:9"), AsyncAnclaClient("key", "http://127.0.0.1:9")]


@pytest.mark.parametrize("client", clients(), ids=["threads", "asyncio"])
def test_a_method_of_the_other_client_names_ours(client: Any) -> None:
    with pytest.raises(AttributeError, match=r"'list_services'; list_services is list_apps here$"):
        client.list_services  # noqa: B018
    with pytest.raises(AttributeError, match=r"has no attribute 'list_cats'$"):
        client.list_cats  # noqa: B018
    assert not hasattr(client, "list_services") and "list_services" not in dir(client)
    with pytest.raises(TypeError, match="cannot be copied or pickled"):
        copy.copy(client)


def test_a_model_of_the_other_client_names_ours() -> None:
    package: Any = ancla
    with pytest.raises(AttributeError, match=r"'Workspace'; Workspace is Org here$"):
        package.Workspace  # noqa: B018


@pytest.mark.parametrize("name", _OURS)
@pytest.mark.parametrize("owner", [*clients(), ancla], ids=["threads", "asyncio", "package"])
def test_python_adds_no_guess_of_its_own_to_our_name(owner: Any, name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        getattr(owner, name)
    [shown] = traceback.format_exception_only(caught.value)
    assert shown.endswith(f"{name} is {_OURS[name]} here\n")


@pytest.mark.parametrize("client", [AnclaClient, AsyncAnclaClient])
def test_an_attribute_error_in_a_property_of_a_subclass_is_not_hidden(client: Any) -> None:
    class Own(client):  # type: ignore[misc]  # one class for both
        @property
        def region(self) -> object:
            return self.setings

    with pytest.raises(AttributeError, match="has no attribute 'setings'$"):
        _ = Own("key", "http://127.0.0.1:9").region


@pytest.mark.parametrize("name", _OURS)
def test_no_other_name_is_one_of_ours_and_each_leads_to_one(name: str) -> None:
    ours = re.sub(r"list\[(\w+)\]", r"\1", _OURS[name])
    assert not hasattr(AnclaClient, name) and name not in ancla.__all__
    assert hasattr(AnclaClient, ours) or ours in ancla.__all__ or ours == "None"

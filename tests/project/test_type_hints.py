"""Annotations can be evaluated, as typer, cyclopts, FastAPI and others do."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import ancla
from ancla import AnclaClient, command_line, exceptions, models, testing
from ancla.models import App, Image, Model, Org
from tests.clean_process import run_program

PROJECT = Path(__file__).parents[2]
MODULES = (ancla, command_line, exceptions, models, testing)


def functions_of(value: Any) -> Iterator[Callable[..., Any]]:
    if isinstance(value, property):
        assert value.fget is not None
        yield value.fget
    elif isinstance(value, (classmethod, staticmethod)):
        yield value.__func__
    elif inspect.isfunction(value):
        yield value


def public_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yields all public functions, classes, and their methods and properties."""
    for module in MODULES:
        for name in module.__all__:
            public = getattr(module, name)
            if isinstance(public, type):
                yield name, public
                for member in dir(public):
                    if member == "__init__" or not member.startswith("_"):
                        for function in functions_of(inspect.getattr_static(public, member)):
                            yield f"{name}.{member}", function
            for function in functions_of(public):
                yield name, function


FUNCTIONS = dict(public_functions())


def test_the_list_of_functions_is_complete() -> None:
    assert {"AnclaClient.get_app", "AnclaClient.server", "Org.model_dump", "Image.done"} <= (
        FUNCTIONS.keys()
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_annotations_of_public_names_can_be_evaluated(name: str) -> None:
    hints = typing.get_type_hints(FUNCTIONS[name])
    if inspect.isfunction(FUNCTIONS[name]):
        assert "return" in hints


def test_annotations_evaluate_to_the_right_types() -> None:
    hints = typing.get_type_hints(AnclaClient.deploy_and_wait)
    assert hints["return"] is models.Deployment
    assert hints["timeout"] == float | None
    assert typing.get_type_hints(AnclaClient.list_orgs)["return"] == list[Org]
    assert typing.get_type_hints(AnclaClient.update_app)["return"] is App
    assert typing.get_type_hints(AnclaClient.with_options)["return"] is AnclaClient
    assert typing.get_type_hints(AnclaClient.request)["path"] is str
    routes = typing.get_type_hints(AnclaClient.__init__)["routes"]
    assert typing.Literal["auto", "slugs", "published", "workspaces"] in typing.get_args(routes)
    assert typing.get_type_hints(Model.model_validate)["return"] is Model
    assert typing.get_type_hints(Image)["error_detail"] == str | None


def test_a_client_is_made_without_typing(tmp_path: Path) -> None:
    """typing loads slowly. If this Python has loaded it at the start, the test proves nothing."""
    program = """
before = "typing" in sys.modules
from ancla import AnclaClient
AnclaClient("key", "http://127.0.0.1:1")
print(before or "typing" not in sys.modules)
"""
    assert run_program(program, path=[PROJECT], cwd=tmp_path) == "True\n"

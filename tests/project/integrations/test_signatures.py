"""Other libraries use methods of the client as commands and routes, and validate arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla


@pytest.fixture
def client() -> Iterator[AnclaClient]:
    with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url, trust_env=False) as client:
        client.create_org("My Org")
        client.create_project("my-org", "My Project")
        yield client


def test_typer_makes_commands_of_methods(client: AnclaClient) -> None:
    typer = pytest.importorskip("typer", reason="typer could not be installed here")
    testing = pytest.importorskip("typer.testing", reason="typer could not be installed here")
    program = typer.Typer()
    program.command()(client.list_projects)
    program.command()(client.create_org)
    run = testing.CliRunner().invoke
    assert "org" in run(program, ["list-projects", "--help"]).output
    made = run(program, ["create-org", "Other"])
    assert (made.exit_code, client.get_org("other").name) == (0, "Other")
    wrong = run(program, ["list-projects"])
    assert wrong.exit_code == 2


def test_fastapi_makes_routes_of_methods(client: AnclaClient) -> None:
    fastapi = pytest.importorskip("fastapi", reason="FastAPI could not be installed here")
    testing = pytest.importorskip("fastapi.testclient", exc_type=ImportError)
    api = fastapi.FastAPI()
    api.get("/orgs/{slug}")(client.get_org)
    api.get("/orgs/{org}/projects")(client.list_projects)
    browser = testing.TestClient(api)
    assert browser.get("/orgs/my-org").json() == client.get_org("my-org").model_dump()
    assert [project["slug"] for project in browser.get("/orgs/my-org/projects").json()] == [
        "my-project"
    ]
    paths: Any = api.openapi()["paths"]
    shown = paths["/orgs/{slug}"]["get"]["responses"]["200"]["content"]["application/json"]
    assert shown["schema"]["required"] == ["name", "slug"]


def test_pydantic_validates_the_arguments_of_methods(client: AnclaClient) -> None:
    pydantic = pytest.importorskip("pydantic", reason="pydantic could not be installed here")
    get_org = pydantic.validate_call(validate_return=True)(client.get_org)
    assert get_org("my-org").name == "My Org"
    with pytest.raises(pydantic.ValidationError):
        get_org(5)

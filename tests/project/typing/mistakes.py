"""Common mistakes: read by type checkers, never run. An ignore that is not needed is an error."""

from __future__ import annotations

from ancla import (
    AnclaClient,
    AnclaError,
    App,
    BuildFailedError,
    ConfigVar,
    Deployment,
    Image,
    Org,
    Session,
)
from ancla import Organization as Organization  # type: ignore[attr-defined]  # it is Org
from ancla.testing import FakeAncla


def making_a_client() -> None:
    AnclaClient(url="https://ancla.example")  # type: ignore[call-arg]  # it is server
    AnclaClient(timeout="30")  # type: ignore[arg-type]  # seconds are a number
    AnclaClient("key", "https://ancla.example", 30, 5)  # type: ignore[call-arg]  # max_retries=5
    AnclaClient(max_retries=None)  # type: ignore[arg-type]  # none is 0
    AnclaClient(routes="slug")  # type: ignore[arg-type]  # it is "slugs"
    AnclaClient(on_attempt=lambda: None)  # type: ignore[arg-type, misc]  # it is given the Attempt
    AnclaClient(proxy={"https": "http://proxy:3128"})  # type: ignore[arg-type]  # a URL


def using_a_client(client: AnclaClient) -> None:
    client.api_key = "other"  # type: ignore[misc]  # another key needs another client
    client.environment = "x"  # type: ignore[misc]  # with_options(environment="x")
    client.with_options(30)  # type: ignore[call-arg]  # timeout=30
    client.with_options(headers={"A": 1})  # type: ignore[dict-item]  # values are text
    client.with_options(headers=print)  # type: ignore[arg-type]  # it returns no headers
    client.request("POST", "/x", {"a": 1})  # type: ignore[call-arg]  # json={"a": 1}
    client.get_org("o")[0]  # type: ignore[index]  # it is one
    print(client.list_orgs().name)  # type: ignore[attr-defined]  # they are many
    print(client.list_orgs()["my-org"])  # type: ignore[call-overload]  # a list has no keys
    print(client.delete_org("o").name)  # type: ignore[attr-defined, func-returns-value]  # None
    print(client.rollback_app("o", "p", "a").complete)  # type: ignore[attr-defined]  # too soon


async def awaiting(client: AnclaClient) -> None:
    await client.list_orgs()  # type: ignore[misc]  # it is not asynchronous


def arguments(client: AnclaClient) -> None:
    client.create_organization("O")  # type: ignore[attr-defined]  # it is create_org
    client.list_orgs(page=2)  # type: ignore[call-arg]  # all pages come at once
    client.create_org()  # type: ignore[call-arg]  # it needs a name
    client.update_org("o", title="O")  # type: ignore[call-arg]  # it is name
    client.create_app("o", "p", "A")  # type: ignore[call-arg]  # it needs a platform
    client.get_image("o", "p", "a", 7)  # type: ignore[arg-type]  # ids are text
    client.build_image("o", "p", "a", strategy="nix")  # type: ignore[arg-type]  # no such strategy
    client.create_api_key("ci", expires_at=90)  # type: ignore[arg-type]  # a datetime or text
    client.create_project("o", "P", "p")  # type: ignore[call-arg]  # slug="p"
    client.get_deployment("1")  # type: ignore[call-arg]  # it needs to know the application too
    client.scale_app("o", "p", "a", 2)  # type: ignore[arg-type]  # 2 of what?
    client.scale_app("o", "p", "a", {"web": "2"})  # type: ignore[dict-item]  # counts are numbers
    client.set_config("o", "p", "a", "PORT", 80)  # type: ignore[arg-type]  # values are text
    client.update_app("o", "p", "a", auto_deploy_brunch="main")  # type: ignore[arg-type]  # branch
    client.update_app("o", "p", "a", deployment_timeout="60")  # type: ignore[arg-type]  # a number
    client.update_app("o", "p", "a", name=None)  # type: ignore[arg-type]  # a name is never null
    client.set_config("o", "p", "a", "K", "v", True, True)  # type: ignore[call-arg]  # buildtime=
    client.import_config("o", "p", "a", ["K=v"])  # type: ignore[arg-type]  # a mapping or text


def waiting(client: AnclaClient) -> None:
    def saw_deployment(deployment: Deployment) -> None:
        print(deployment.complete)

    client.wait_for_image("o", "p", "a", "1", 60)  # type: ignore[call-arg]  # timeout=60
    client.wait_for_image("o", "p", "a", "1", on_log=True)  # type: ignore[arg-type]  # a function
    client.wait_for_image("o", "p", "a", "1", interval=None)  # type: ignore[arg-type]  # a number
    client.wait_for_image("o", "p", "a", "1", on_update=saw_deployment)  # type: ignore[arg-type]
    client.deploy_and_wait("o", "p", "a", on_update=saw_deployment)  # type: ignore[arg-type]
    print(client.follow_image_log("o", "p", "a", "1").strip())  # type: ignore[attr-defined]


def what_may_be_none(app: App, image: Image, session: Session) -> None:
    print(app.auto_deploy_branch.upper())  # type: ignore[union-attr]
    print(app.deployment_timeout + 1)  # type: ignore[operator]
    print(app.latest_image["version"])  # type: ignore[index]
    print(image.created[:10])  # type: ignore[index]
    print(session.user.username)  # type: ignore[union-attr]


def models(org: Org, variable: ConfigVar) -> None:
    Org("My Org", "my-org")  # type: ignore[call-arg]  # fields need their names
    Org(name="My Org")  # type: ignore[call-arg]  # it needs a slug
    Org(name="My Org", slug=None)  # type: ignore[arg-type]  # which is text
    Org(name="My Org", slug="my-org", colour="red")  # type: ignore[call-arg]  # no such field
    org.name = None  # type: ignore[assignment]  # this is never None
    org.nmae = "My Org"  # type: ignore[attr-defined]  # it is name
    del org.nmae  # type: ignore[attr-defined]  # it is name
    print(org["name"])  # type: ignore[index]  # it is no dict
    print(org.member_cuont)  # type: ignore[attr-defined]  # it is member_count
    print(org.json())  # type: ignore[attr-defined]  # it is model_dump_json, as in pydantic v2
    print(org.model_dump("json"))  # type: ignore[call-arg]  # mode="json"
    print(org.model_dump(exclude="members"))  # type: ignore[arg-type]  # {"members"}
    print(variable.model_dump_json(indent="  "))  # type: ignore[arg-type]  # a number
    print(org.model_dump(fallback="str"))  # type: ignore[arg-type]  # a function
    Org.model_validate({}, extra="drop")  # type: ignore[arg-type]  # "ignore"
    Org.model_json_schema(mode="json")  # type: ignore[arg-type]  # "serialization"
    Org.model_validate_json({"name": "O"})  # type: ignore[arg-type]  # model_validate takes dicts


def errors(error: AnclaError, build: BuildFailedError) -> None:
    print(error.status)  # type: ignore[attr-defined]  # it is status_code
    print(error.status_code >= 500)  # type: ignore[operator]  # None if there was no response
    print(error.detail.upper())  # type: ignore[union-attr]  # None if the server said nothing
    print(build.model.version)  # type: ignore[union-attr]  # None if there was none


def fakes(fake: FakeAncla) -> None:
    FakeAncla("published")  # type: ignore[call-arg]  # routes="published"
    FakeAncla(pace="slow")  # type: ignore[arg-type]  # "reads", "manual", or seconds
    AnclaClient(server=fake)  # type: ignore[arg-type]  # it is fake.url
    print(fake.requests())  # type: ignore[operator]  # it is a property

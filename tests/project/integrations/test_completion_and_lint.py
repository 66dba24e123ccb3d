"""jedi completes names (Spyder, vim, python-lsp-server), and pylint finds nothing in a script."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ancla import AsyncAnclaClient

PROJECT = Path(__file__).parents[3]

SCRIPT = '''\
"""Goes through what there is."""

from ancla import AnclaClient, AnclaError, App, Org, WaitTimeoutError
from ancla.testing import FakeAncla

APP = ("my-org", "my-project", "my-app")
with FakeAncla() as fake, AnclaClient(fake.api_key, fake.url) as client:
    for org in client.list_orgs():
        print(org.slug, org.model_dump())
    print(client.get_org("my-org").members[0].email)
    print(client.get_app(*APP).slug)
    print(client.with_options(timeout=3).get_project("my-org", "my-project").name)
    for image in client.list_images(*APP):
        print(image.version, image.done)
    try:
        print(client.deploy_and_wait(*APP).succeeded)
    except WaitTimeoutError as error:
        print(error.model)
    except AnclaError as error:
        print(error.status_code, error.detail)
made = Org(name="a", slug="b")
print(made.slug, made.model_copy().slug, App.model_validate({}).latest_image)
'''


def after(code: str) -> set[str]:
    """The names that jedi completes at the end of the code."""
    jedi = pytest.importorskip("jedi", reason="jedi could not be installed here")
    script = jedi.Script(code, project=jedi.Project(str(PROJECT)))
    return {completion.name for completion in script.complete()}


CLIENT = "from ancla import AnclaClient, AnclaError, Org\nclient = AnclaClient()\n"
AWAITED = """
from ancla import AsyncAnclaClient
async def main(client: AsyncAnclaClient):
"""


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import ancla\nancla.", {"AnclaClient", "Org", "NotFoundError", "progress"}),
        ("import ancla\nancla.AnclaClient().", {"get_org", "deploy_and_wait", "server"}),
        (f"{CLIENT}client.get_org('o').", {"slug", "members", "model_dump"}),
        (f"{CLIENT}client.get_org('o').members[0].", {"username", "model_copy"}),
        (f"{CLIENT}for org in client.list_orgs():\n    org.", {"slug", "member_count"}),
        (f"{CLIENT}client.list_images('o', 'p', 'a')[0].", {"version", "done", "succeeded"}),
        (f"{CLIENT}client.with_options(timeout=3).", {"get_org", "with_options"}),
        (f"{CLIENT}with AnclaClient() as inner:\n    inner.", {"get_app", "close"}),
        (f"{CLIENT}Org.model_validate({{}}).", {"slug", "model_dump_json"}),
        (f"{CLIENT}Org(name='o', slug='o').model_copy().", {"slug", "members"}),
        (f"{CLIENT}try:\n    pass\nexcept AnclaError as error:\n    error.", {"status_code"}),
        (f"{AWAITED}    (await client.get_app('o', 'p', 'a')).", {"slug", "latest_image"}),
        (f"{AWAITED}    client.with_options(timeout=3).", {"get_app", "aclose"}),
        (
            f"{AWAITED}    async for text in client.follow_image_log('o', 'p', 'a', 'i'):\n"
            "        text.",
            {"upper"},
        ),
        ("from ancla.testing import FakeAncla\nFakeAncla().", {"url", "add_app", "fail_next"}),
    ],
)
def test_jedi_completes(code: str, names: set[str]) -> None:
    assert names <= after(code)


def test_jedi_shows_the_arguments_of_methods_and_models() -> None:
    jedi = pytest.importorskip("jedi", reason="jedi could not be installed here")
    for code, arguments in {
        f"{CLIENT}client.get_app(": ["org", "project"],
        f"{CLIENT}Org(": ["name", "slug"],
    }.items():
        signatures = jedi.Script(code, project=jedi.Project(str(PROJECT))).get_signatures()
        assert [parameter.name for parameter in signatures[0].params][:2] == arguments


@pytest.mark.parametrize("name", ["get_app", "follow_image_log", "with_options"])
def test_jedi_explains_a_method_of_the_client_for_asyncio(name: str) -> None:
    jedi = pytest.importorskip("jedi", reason="jedi could not be installed here")
    documented = inspect.getdoc(getattr(AsyncAnclaClient, name))
    script = jedi.Script(f"{AWAITED}    client.{name}(", project=jedi.Project(str(PROJECT)))
    signatures = script.get_signatures()  # in any order
    assert (name, documented) in [(each.name, each.docstring(raw=True)) for each in signatures]
    line = AWAITED.count("\n") + 1
    found = {each.name: each.docstring(raw=True) for each in script.infer(line, 13)}
    assert found[name] == documented


def test_jedi_explains_a_field() -> None:
    jedi = pytest.importorskip("jedi", reason="jedi could not be installed here")
    code = f"{CLIENT}client.get_app('o', 'p', 'a').auto_deploy_bran"
    (completion,) = jedi.Script(code, project=jedi.Project(str(PROJECT))).complete()
    assert completion.docstring() == "The branch whose pushes are deployed, or None."


def pylint(folder: Path, script: str) -> Any:
    pytest.importorskip("pylint", reason="pylint could not be installed here")
    (folder / "script.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "pylint", "--score=no", "script.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        encoding="utf-8",
    )


def test_pylint_finds_nothing_in_a_script(tmp_path: Path) -> None:
    checked = pylint(tmp_path, SCRIPT)
    assert (checked.stdout, checked.returncode) == ("", 0)


def test_pylint_finds_a_method_that_does_not_exist(tmp_path: Path) -> None:
    checked = pylint(tmp_path, SCRIPT.replace("client.list_orgs()", "client.list_organs()"))
    assert "Instance of 'AnclaClient' has no 'list_organs' member" in checked.stdout

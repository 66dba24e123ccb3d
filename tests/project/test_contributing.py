"""The example of CONTRIBUTING.md for a new endpoint works as it is written."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import ancla
from ancla._api.workspaces import WORKSPACES
from ancla.testing import FakeAncla
from tests.clean_process import run_python

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def test_the_row_and_the_method_send_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    (row,) = re.findall(r"^```text\n(\w+ .*?)\n```", text, re.MULTILINE)
    (method,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    monkeypatch.setitem(WORKSPACES.lines, *row.split(None, 1))
    source = "from __future__ import annotations\nclass Client(AnclaClient):\n"
    names: dict[str, Any] = {"AnclaClient": ancla.AnclaClient, "DeployResult": ancla.DeployResult}
    exec(source + textwrap.indent(method, "    "), names)

    with FakeAncla(routes="workspaces") as fake:
        with names["Client"](fake.api_key, fake.url, routes="workspaces") as client:
            with pytest.raises(ancla.NotFoundError):
                client.restart_app("my-org", "my-project", "my-app")
        (request,) = fake.requests
    path = "/workspaces/my-org/projects/my-project/envs/production/services/my-app/restart"
    assert (request.method, request.path) == ("POST", "/api/v1" + path)


@pytest.mark.parametrize(("value", "is_quick"), [("1", True), ("", False)])
def test_an_empty_variable_for_a_quick_run_counts_as_unset(value: str, is_quick: bool) -> None:
    program = "from tests.once import IS_QUICK; print(IS_QUICK)"
    environment = {"ANCLA_QUICK": value}
    said = run_python("-c", program, cwd=CONTRIBUTING.parent, environment=environment)
    assert said == f"{is_quick}\n"

"""The example of CONTRIBUTING.md, the three lines of a new endpoint, works as it is written."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import ancla
from ancla._api import operations
from ancla.testing import FakeAncla

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def test_the_row_and_the_method_send_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8")
    row, method, stub = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    exec(row, rows := dict(vars(operations)))
    monkeypatch.setattr(operations, "restart_app", rows["restart_app"], raising=False)
    source = "from __future__ import annotations\nclass Client(AnclaClient):\n"
    names: dict[str, Any] = {"AnclaClient": ancla.AnclaClient, "operations": operations}
    exec(source + textwrap.indent(method, "    "), names)
    assert method.splitlines()[0] == stub.strip().removesuffix(" ...")

    with FakeAncla(routes="published") as fake:
        with names["Client"](fake.api_key, fake.url) as client:
            client.create_org("My Org")
            client.create_project("my-org", "My Project")
            app = client.create_app("my-org", "my-project", "My App", "wind")
            with pytest.raises(ancla.AnclaError):
                client.restart_app("my-org", "my-project", "my-app")
        assert fake.requests[-1].path == f"/api/v1/applications/{app.id}/restart"

"""What rich prints of our objects: `tox -e integrations`."""

from __future__ import annotations

import pytest

from ancla import AnclaClient, models

rich_pretty = pytest.importorskip("rich.pretty", reason="rich could not be installed here")


def test_no_secret_is_printed() -> None:
    fields = {"id": "1", "name": "TOKEN", "value": "s3cr3t-value", "secret": True}
    variable = models.ConfigVar.model_validate(fields)
    with AnclaClient("the-api-key", "https://ancla.dev") as client:
        printed = rich_pretty.pretty_repr([variable, client])
    assert "TOKEN" in printed
    assert "s3cr3t-value" not in printed and "the-api-key" not in printed

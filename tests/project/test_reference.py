"""docs/reference.md is what docs/make_reference.py writes for the current package."""

from __future__ import annotations

import runpy
from pathlib import Path

import ancla
from ancla import testing

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    made = runpy.run_path(str(DOCS / "make_reference.py"))["page"]()
    assert made == PAGE, "run `python docs/make_reference.py`"


def test_every_public_name_has_its_heading() -> None:
    headings = {line.lstrip("# ") for line in PAGE.splitlines() if line.startswith("#")}
    members = {f"AnclaClient.{name}" for name in dir(ancla.AnclaClient) if name[0] != "_"}
    assert members | {*ancla.__all__, *testing.__all__} - {"__version__"} <= headings

"""Models in pandas and joblib."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ancla.models import App, Image, Org


def test_pandas_makes_a_table_of_models() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas could not be installed here")
    images = [Image(version=2, built=True), Image.model_validate({"version": 1, "arch": "arm"})]
    table = pandas.DataFrame([image.model_dump() for image in images])
    assert list(table.columns) == [*Image.model_fields, "arch"]
    assert list(table["version"]) == [2, 1]
    assert list(table.loc[table["built"], "version"]) == [2]
    assert list(pandas.DataFrame(dict(image) for image in images)["version"]) == [2, 1]


def test_joblib_hashes_equal_models_equally() -> None:
    joblib = pytest.importorskip("joblib", reason="joblib could not be installed here")
    read, untouched = Org(name="a", slug="b"), Org.model_validate({"slug": "b", "name": "a"})
    assert (read.members, read) == ([], untouched)
    assert joblib.hash(read) == joblib.hash(untouched) != joblib.hash(Org(name="a", slug="c"))


def test_joblib_remembers_what_was_made_of_a_model(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib", reason="joblib could not be installed here")
    calls = []

    def count(app: App) -> App:
        calls.append(app.slug)
        return app.model_copy(update={"process_counts": {"web": 1}})

    remembered: Callable[[App], App] = joblib.Memory(tmp_path, verbose=0).cache(count)
    app = App(name="a", slug="b")
    assert app.process_counts == {}
    for _ in range(2):
        assert remembered(App(name="a", slug="b")).process_counts == {"web": 1}
        assert remembered(app) == app.model_copy(update={"process_counts": {"web": 1}})
    assert calls == ["b"]

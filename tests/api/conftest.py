"""What tests of the API share: a FakeAncla with an application, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.clients import client_of, fake_with_app


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app() as fake:
        yield fake


@pytest.fixture
def slow() -> Iterator[FakeAncla]:
    """Its pipelines only move on when it is told to advance."""
    with fake_with_app(pace="manual") as fake:
        yield fake


@pytest.fixture
def client(fake: FakeAncla) -> Iterator[AnclaClient]:
    with client_of(fake) as client:
        yield client

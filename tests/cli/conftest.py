"""What tests of the command line share: a server of each module, a fresh one, and its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.cli.command_line import World, furnish
from tests.clients import client_of, fake_with_app


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with FakeAncla(pace=0) as fake:
        yield furnish(fake)


@pytest.fixture
def fake() -> Iterator[FakeAncla]:
    with fake_with_app(pace=0) as fake:
        yield fake


@pytest.fixture
def client(fake: FakeAncla) -> Iterator[AnclaClient]:
    with client_of(fake) as client:
        yield client

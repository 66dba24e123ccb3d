"""What tests of the API share: a client of the module's own FakeAncla."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ancla import AnclaClient
from ancla.testing import FakeAncla
from tests.clients import client_of


@pytest.fixture
def client(fake: FakeAncla) -> Iterator[AnclaClient]:
    with client_of(fake) as client:
        yield client

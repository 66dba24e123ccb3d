"""How many requests a call of a new client takes on today's API."""

from __future__ import annotations

import pytest

from ancla import AnclaClient, AnclaError
from ancla.testing import FakeAncla
from tests.documented_calls import ALL_CALLS, APP, NEEDS_A_VERSION, TODAYS_CALLS, prepare
from tests.once import on_one_python

pytestmark = on_one_python


@pytest.mark.parametrize("name", [name for name in TODAYS_CALLS if name != "rollback_app"])
@pytest.mark.parametrize("lenient", [True, False])
def test_on_todays_api_a_new_client_sends_what_the_operation_itself_takes(
    name: str, lenient: bool
) -> None:
    expected = TODAYS_CALLS[name]
    works = expected.works == "yes" or (lenient and expected.works == "lenient")
    needed = len(expected.requests) + (name in NEEDS_A_VERSION)
    with FakeAncla(routes="workspaces", lenient=lenient) as fake:
        fake.add_app(*APP, environment="staging")
        ids = prepare(fake)
        with AnclaClient(fake.api_key, fake.url, max_retries=0) as client:
            if works:
                ALL_CALLS[name](client, ids)
                assert len(fake.requests) == needed
            else:
                with pytest.raises(AnclaError, match="this server cannot"):
                    ALL_CALLS[name](client, ids)
                # The server is asked, or the resource is read.
                assert len(fake.requests) == needed + 1

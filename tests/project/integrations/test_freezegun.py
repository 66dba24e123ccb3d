"""freezegun stops the clock of waits, unless its options say otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from ancla import AnclaClient, WaitTimeoutError
from ancla.testing import FakeAncla

freezegun = pytest.importorskip("freezegun", reason="freezegun could not be installed here")

APP = ("acme", "shop", "web")


@pytest.mark.parametrize("options", [{"ignore": ["ancla"]}, {"tick": True}], ids=str)
def test_a_wait_times_out_if_its_clock_goes_on(options: dict[str, Any]) -> None:
    with FakeAncla(pace="manual") as fake, AnclaClient(fake.api_key, fake.url) as client:
        fake.add_app(*APP)
        image_id = client.build_image(*APP).image_id
        with freezegun.freeze_time("2030-01-01", **options), pytest.raises(WaitTimeoutError):
            client.wait_for_image(*APP, image_id, timeout=0.1, interval=0.01)

"""pook, which patches `http.client`, responds in place of the server."""

from __future__ import annotations

import pytest

from ancla import AnclaClient

pook = pytest.importorskip("pook", reason="pook could not be installed here")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_pook_responds_to_a_call_and_stops_another(scheme: str) -> None:
    url = f"{scheme}://ancla.example"
    with pook.use(), AnclaClient("key", url, trust_env=False) as client:
        pook.get(f"{url}/api/v1/workspaces/o").reply(200).json({"name": "O", "slug": "o"})
        assert client.get_org("o").name == "O"
        with pytest.raises(pook.exceptions.PookNoMatches):
            client.get_org("p")

"""One suite for the package and for its copies.

ANCLA_UNDER_TEST names what is tested instead of the checkout: a folder or a zip that holds a copy
of the package under the name `ancla`.

ANCLA_WATCHED=1 puts a wrapper in place of a method of `http.client`, so that all requests of the
tests pass through there.
"""

from __future__ import annotations

import http.client
import importlib
import os
import signal
import sys

if "ANCLA_UNDER_TEST" in os.environ:
    sys.path.insert(0, os.environ["ANCLA_UNDER_TEST"])
    # Now, since pytest puts the checkout in front again before it imports the tests.
    importlib.import_module("ancla")

# A job in the background of a script is started with Ctrl-C ignored, and so would be all that the
# tests start and interrupt.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if os.environ.get("ANCLA_WATCHED"):
    _own_getresponse = http.client.HTTPConnection.getresponse

    def _getresponse(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        return _own_getresponse(connection)

    http.client.HTTPConnection.getresponse = _getresponse  # type: ignore[assignment, method-assign]

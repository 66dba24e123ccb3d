"""What `ancla.testing` is made of.

server                     sockets and threads
api -> routes -> actions   from a request to a response
    -> errors, views       how the response is worded
        -> platform        organizations, applications, configuration and keys, in memory
        -> pipeline        builds, releases and deployments, step by step
        -> records         what both of them keep
"""

from __future__ import annotations

from .api import Api
from .errors import documented_error
from .platform import Platform
from .server import HOST, Fault, Faults, RecordedRequest, Reply, Server, make_reply
from .views import Views

__all__ = [
    "HOST",
    "Api",
    "Fault",
    "Faults",
    "Platform",
    "RecordedRequest",
    "Reply",
    "Server",
    "Views",
    "documented_error",
    "make_reply",
]

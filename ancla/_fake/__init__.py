"""What `ancla.testing` is made of.

server                             sockets and threads
api -> routes -> actions           from a request to an answer
    -> bodies, errors, views
        -> platform -> records     organizations down to deployments, in memory
           names                   slugs, and saying no
"""

from __future__ import annotations

from .api import Api
from .errors import documented_error
from .platform import Platform
from .server import HOST, RecordedRequest, Reply, Server
from .views import Views

__all__ = [
    "HOST",
    "Api",
    "Platform",
    "RecordedRequest",
    "Reply",
    "Server",
    "Views",
    "documented_error",
]

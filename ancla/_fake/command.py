"""The arguments and the output of `python -m ancla.testing`."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Mapping

ROUTE_SETS = {
    "workspaces": "workspaces routes",
    "slugs": "slug routes",
    "published": "published routes",
    "both": "slug and published routes",
}

TOUR_PACE = 0.05
SERVING_PACE = 0.5


def serve_until_interrupted(url: str, routes: str, environ: Mapping[str, str]) -> None:
    try:
        print(f"FakeAncla serves {routes} at {url}; Ctrl-C ends it.\n")
        for name, value in environ.items():
            print(f"export {name}={value}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        print(flush=True)


def command_parser(module: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description="Serve an empty Ancla platform on 127.0.0.1 until Ctrl-C, to try things out.",
        epilog="`tour` demonstrates the SDK on such a server instead, and ends.",
    )
    parser.add_argument("command", nargs="?", choices=["tour"], help="demonstrate the SDK, and end")
    parser.add_argument(
        "--routes",
        choices=ROUTE_SETS,
        default="workspaces",
        help="the route set to serve (default: %(default)s, which is today's API)",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="serve only the workspaces routes that are in the platform's API document",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=0,
        metavar="N",
        help="the port to listen on (default: a free one)",
    )
    parser.add_argument(
        "--pace",
        type=float,
        metavar="SECONDS",
        help=f"duration of each step of a pipeline (default: {SERVING_PACE}; tour: {TOUR_PACE})",
    )
    return parser

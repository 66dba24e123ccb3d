"""Checks what a server really does against what this SDK expects. It only reads."""

from dataclasses import dataclass
from typing import Literal

from .client import AnclaClient

__all__ = ["Finding", "examine"]

@dataclass(frozen=True)
class Finding:
    group: str
    fact: str
    mark: Literal["holds", "differs", "not seen"]
    seen: str
    expected: str
    advice: str

def examine(
    client: AnclaClient,
    org: str | None = None,
    project: str | None = None,
    app: str | None = None,
    *,
    max_requests: int = 30,
) -> list[Finding]: ...

"""`python -m ancla.vendor`: writes this package into another project, and verifies such a copy."""

from collections.abc import Sequence

__all__ = ["main"]

def main(arguments: Sequence[str] | None = None) -> int: ...

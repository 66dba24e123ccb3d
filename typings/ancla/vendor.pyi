"""Write this package into another project, and verify such a copy: `python -m ancla.vendor`."""

from collections.abc import Sequence

__all__ = ["main"]

def main(arguments: Sequence[str] | None = None) -> int: ...

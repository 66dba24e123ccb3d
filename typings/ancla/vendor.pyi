"""Write this package into another project, and verify such a copy: `python -m ancla.vendor`."""

from collections.abc import Sequence

__all__ = ["NEEDED_FILES", "OPTIONAL_FILES", "main"]

NEEDED_FILES: tuple[str, ...]
OPTIONAL_FILES: tuple[str, ...]

def main(arguments: Sequence[str] | None = None) -> int: ...

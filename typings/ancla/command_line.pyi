"""The command line as a part of another program: `mytool cloud apps deploy ...`."""

from collections.abc import Sequence

__all__ = ["main"]

def main(words: Sequence[str] | None = None, program: str | None = None) -> int: ...

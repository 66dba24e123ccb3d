"""`python -m ancla`: the command line (see `_cli`)."""

from __future__ import annotations

if __name__ == "__main__":
    import sys

    try:
        from ._cli import main

        sys.exit(main())
    except KeyboardInterrupt:  # before main could see to it
        sys.exit(130)

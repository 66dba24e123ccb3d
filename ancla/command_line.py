"""The command line as a part of another program: `mytool cloud apps deploy ...`.

from ancla.command_line import main

sys.exit(main(sys.argv[2:], program="mytool cloud"))
"""

from __future__ import annotations

from ._cli import main

__all__ = ["main"]

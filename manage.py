#!/usr/bin/env python3
"""Django's command line for Candor; typed beside a running `make run`, it works on that portal."""

import os
import sys
from pathlib import Path

from portal.embedded import handover

PROJECT = Path(__file__).resolve().parent
INTERPRETER = PROJECT / ".venv" / "bin" / "python"

try:
    from django.core.management import execute_from_command_line
except ModuleNotFoundError:
    if not INTERPRETER.exists() or Path(sys.prefix) == INTERPRETER.parents[1]:
        raise SystemExit("Django is not installed here. Type `make run` first: it sets up what is missing.") from None
    # Typed with the system's Python: go on with the project's.
    os.execv(INTERPRETER, [str(INTERPRETER), *sys.argv])

if __name__ == "__main__":
    handover.adopt(os.environ, default=PROJECT / ".state")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    execute_from_command_line(sys.argv)

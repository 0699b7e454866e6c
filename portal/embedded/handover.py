"""Tells a `manage.py` that a person types what `make run` started, so that both work on the same portal."""

import json
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

FILE = "environment.json"


def leave(folder: Path, variables: Mapping[str, str]) -> None:
    """Write the variables down for as long as the portal runs; for their owner alone."""
    draft = folder / f"{FILE}.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(variables), file)
    draft.rename(folder / FILE)


def withdraw(folder: Path) -> None:
    """The portal has stopped."""
    (folder / FILE).unlink(missing_ok=True)


def adopt(environment: MutableMapping[str, str], *, default: Path) -> bool:
    """Take over what a running `make run` has left, unless a database is named already; whether there was anything.

    A variable that is set keeps its value. `default`: the state directory when STATE_DIR is not set.
    """
    if environment.get("DATABASE_URL"):
        return False
    path = Path(environment.get("STATE_DIR") or default) / FILE
    try:
        left = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    for name, value in left.items():
        if f"{name}_FILE" not in environment and name.removesuffix("_FILE") not in environment:
            environment.setdefault(name, value)
    return True

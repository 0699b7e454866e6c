"""Lets a walk over many people's work go on when one of them fails: nobody's deadline depends on somebody else's (P8)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)


@contextmanager
def stumbling(*, what: str) -> Iterator[None]:
    """Logs a failure by its kind, never its words, and swallows it; the next walk tries again. `what` is made of ids alone."""
    try:
        yield
    except Exception as error:
        log.error("%s failed: %s", what, type(error).__name__)

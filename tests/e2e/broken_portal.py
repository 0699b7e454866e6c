"""The portal and its worker with faults put in where they have captured content in hand: the content is in the error's own words.

`gunicorn tests.e2e.broken_portal` serves it, `celery -A tests.e2e.broken_portal worker` works in it.
"""

from itertools import cycle

from django.db import DataError, OperationalError, connection

from portal.celery import app as app
from portal.wsgi import application as application

from consent.captures import batches, erasure  # isort: skip
from consent.rights import tasks  # isort: skip
from portal.web import timeline  # isort: skip


def _an_error(words: str) -> None:
    raise RuntimeError(words)


def _a_chain(words: str) -> None:
    try:
        raise ValueError(words)
    except ValueError as error:
        raise DataError(f"DETAIL: Failing row contains ({words})") from error


def _an_outage(words: str) -> None:
    raise OperationalError(f"server closed the connection: {words}")


def _a_lost_database(_words: str) -> None:
    """For real: PostgreSQL ends this very session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        cursor.execute("SELECT 1")


FAULTS = (_an_error, _a_chain, _an_outage, _a_lost_database)


def _failing(words_of, faults=FAULTS):
    """A function that fails in each way in turn, with what it was given in the error's words."""
    turns = cycle(faults)

    def fails(*args, **named):
        next(turns)(words_of(*args, **named))
        raise AssertionError("a fault that does nothing")

    return fails


timeline.evidence_of = _failing(repr)
batches.admit_here = _failing(lambda **named: b" ".join(bytes(each.events) for each in named["segments"]).decode())

_opened = erasure.open_segment


def _open_and_fail(segment):
    _an_error(repr(_opened(segment)))


erasure.open_segment = _open_and_fail

# A worker whose task itself fails, once it has read what it was to delete.
_fulfil = tasks.fulfil_step


def _fulfil_and_fail(**named):
    from consent.captures.models import Segment
    from consent.captures.resealing import open_segment
    from consent.database import acting_for
    from consent.rights.models import Step

    _fulfil(**named)
    with acting_for(None, service="sweep"):
        person = Step.objects.get(pk=named["step_id"]).person
    with acting_for(person):
        words = [repr(open_segment(each)) for each in Segment.objects.filter(person=person)]
    assert words, "nothing was left to fail with"
    _a_chain(" ".join(words))


tasks.fulfil_step = _fulfil_and_fail

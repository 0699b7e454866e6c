"""Prints all of a person's receipts as one job. Rows say what is wanted and how far it is; the queue only rings (ADR 0003).

1. Asking fixes which receipts are wanted: those that there are then. Asking again while it runs is the same job.
2. A worker takes the run for a minute, under a new token. Every write names the token: one that was replaced writes nothing.
3. Each print and the step over it are one transaction: whoever is killed at any moment leaves nothing half done, and the next
   goes on at the receipt that was next.
4. A receipt that cannot be printed is tried three times, then passed over and named. The rest is not held up.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from consent import doorbell
from consent.database import acting_for
from consent.people.models import Person
from consent.zipping import Bundle

from . import printing
from .models import Print, PrintRun, Receipt
from .reading import NotFound, receipts_of

TASK = "receipts.run"
SERVICE = "print"
AT_ONCE = 50
LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=2)
TRIES = 3
KEPT = timedelta(days=1)

log = logging.getLogger(__name__)


class NothingToPrint(Exception):
    """The person has no receipts."""

    code = "nothing_to_print"


class NotFinished(Exception):
    """The job still runs."""

    code = "not_finished"


class _Replaced(Exception):
    """Another worker has the run by now: the transaction must not commit."""


@dataclass(frozen=True)
class Progress:
    """How far a run is. `missing` are the numbers of the receipts that could not be printed."""

    run: PrintRun
    missing: tuple[str, ...]

    @property
    def total(self) -> int:
        """How many were wanted."""
        return len(self.run.wanted)

    @property
    def printed(self) -> int:
        """How many there are."""
        return self.run.done - len(self.run.missing)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to try."""
        return self.run.finished_at is not None


def ask(*, person: Person, at: datetime) -> PrintRun:
    """Has every receipt that the person has now printed. While such a job runs, it is that one. The session acts for the person.

    Raises NothingToPrint, PrintingUnavailable.
    """
    printing.check_printing_available()
    wanted = list(receipts_of(person).order_by("issued_at", "pk").values_list("pk", flat=True))
    if not wanted:
        raise NothingToPrint(_("You have no receipts yet."))
    run = PrintRun(person=person, asked_at=at, wanted=wanted, due_at=at)
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:  # one runs already, or did until this moment
        run = PrintRun.objects.filter(person=person).latest("asked_at")
    transaction.on_commit(lambda: doorbell.ring(TASK, run.pk), robust=True)
    return run


def progress(*, person: Person, run_id: UUID) -> Progress:
    """How far the person's run is. The session acts for the person. Raises NotFound, also for somebody else's."""
    run = PrintRun.objects.filter(person=person, pk=run_id).first()
    if run is None:
        raise NotFound(_("There is no such job among yours."))
    missing = Receipt.objects.filter(person=person, pk__in=run.missing).order_by("issued_at", "pk")
    return Progress(run=run, missing=tuple(missing.values_list("number", flat=True)))


def bundle(found: Progress, *, at: datetime) -> Iterator[bytes]:
    """The ZIP of a finished run, in pieces: the PDFs, and of a receipt that has none the signed record. Raises NotFinished.

    Reads as the person whose run it is, at any later moment.
    """
    if not found.finished:
        raise NotFinished(_("Not all of them are printed yet."))
    return _pieces(found.run, at)


def advance(*, run_id: UUID, at: datetime) -> bool:
    """Prints some of the run; True when more could be done at once. Twice, late or in parallel, nothing is done twice."""
    with acting_for(None, service=SERVICE):
        run = _taken(run_id, at)
        if run is None:
            return False
        try:
            for _turn in range(AT_ONCE):
                if not _step(run, at):
                    return False
            _let_go(run, due_at=at)
        except _Replaced:
            return False
    return True


def due(*, at: datetime) -> list[UUID]:
    """The runs that somebody could go on with now; those that ended a day ago are cleared away meanwhile."""
    with acting_for(None, service=SERVICE):
        PrintRun.objects.filter(finished_at__lt=at - KEPT).delete()
        return list(PrintRun.objects.filter(_free(at)).order_by("asked_at").values_list("pk", flat=True)[:AT_ONCE])


def _free(at: datetime) -> Q:
    return Q(finished_at__isnull=True, due_at__lte=at) & (Q(leased_until__isnull=True) | Q(leased_until__lt=at))


def _taken(run_id: UUID, at: datetime) -> PrintRun | None:
    """2. The run under a new token; None when it is finished, not due, or somebody else's."""
    with transaction.atomic():
        run = PrintRun.objects.select_for_update(skip_locked=True).filter(_free(at), pk=run_id).first()
        if run is None:
            return None
        run.token += 1
        run.attempts += 1  # at once, so that a worker that dies has used one up
        run.leased_until = at + LEASE
        run.save(update_fields=["token", "attempts", "leased_until"])
    return run


def _step(run: PrintRun, at: datetime) -> bool:
    """3. The next receipt; False when there is nothing more to do now."""
    if run.done == len(run.wanted):
        _write(run, finished_at=at, leased_until=None)
        return False
    receipt_id = run.wanted[run.done]
    if run.attempts > TRIES:  # 4
        log.warning("receipt %s could not be printed", receipt_id)
        _write(run, done=run.done + 1, missing=[*run.missing, receipt_id], attempts=1)
        return True
    try:
        with transaction.atomic():
            made = printing.print_now(receipt_id, at=at)
            if made:
                _write(run, done=run.done + 1, attempts=1)
    except _Replaced:
        raise
    except Exception as error:  # whatever a renderer stumbles over concerns this one receipt
        log.warning("receipt %s was not printed: %s", receipt_id, type(error).__name__)
        _let_go(run, due_at=at + PAUSE)
        return False
    if not made:  # the log has not taken it in yet: nobody's fault, and no attempt
        _let_go(run, due_at=at + PAUSE, attempts=run.attempts - 1)
    return made


def _let_go(run: PrintRun, *, due_at: datetime, **written: int) -> None:
    _write(run, due_at=due_at, leased_until=None, **written)


def _write(run: PrintRun, **changes: object) -> None:
    """In the database and on the object, if the run is still this worker's. Raises _Replaced."""
    held = PrintRun.objects.filter(pk=run.pk, token=run.token, finished_at__isnull=True)
    if held.update(**changes) != 1:
        raise _Replaced
    for name, value in changes.items():
        setattr(run, name, value)


def _pieces(run: PrintRun, at: datetime) -> Iterator[bytes]:
    made = Bundle(at=at)
    with acting_for(run.person_id):
        for receipt_id in run.wanted:
            receipt = Receipt.objects.get(pk=receipt_id)
            pdf = Print.objects.filter(receipt=receipt).order_by("-rendered_at").values_list("pdf", flat=True).first()
            if pdf is not None:
                yield from made.member(f"{receipt.number}.pdf", [bytes(pdf)])
            else:
                yield from made.member(f"{receipt.number}.json", [bytes(receipt.document)])
    yield made.end()

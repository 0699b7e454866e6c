"""Opening and closing a whole programme: one switch, in force from its commit, for everyone (P1)."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from consent.ledger import entries

from .locks import lock_exclusive
from .models import Closing, NoticeVersion, Programme, ProgrammeState, Suspension

# From which states an act leads where. ENDED is final.
ACTS: dict[str, tuple[frozenset[ProgrammeState], ProgrammeState]] = {
    "suspended": (frozenset({ProgrammeState.OPEN}), ProgrammeState.SUSPENDED),
    "resumed": (frozenset({ProgrammeState.SUSPENDED}), ProgrammeState.OPEN),
    "ended": (frozenset({ProgrammeState.OPEN, ProgrammeState.SUSPENDED}), ProgrammeState.ENDED),
}


class WrongState(Exception):
    """The programme is not in a state from which this is possible."""

    code = "wrong_state"


class ProgrammeClosed(Exception):
    """Nothing can be captured or allowed in this programme now. `code` is programme_suspended or programme_ended."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def suspend(*, programme: Programme, by: UUID, at: datetime, reason: str = "") -> Programme:
    """Closes intake for everyone. From the moment this commits, nothing of this programme is stored. Raises WrongState."""
    return _act("suspended", programme=programme, by=by, at=at, reason=reason)


def resume(*, programme: Programme, by: UUID, at: datetime, reason: str = "") -> Programme:
    """Opens a suspended programme again; what people chose still stands, and what was captured meanwhile is never stored.

    Raises WrongState, also while the notice in force is void, or consents to a void one still wait for their end.
    """
    return _act("resumed", programme=programme, by=by, at=at, reason=reason)


def end(*, programme: Programme, by: UUID, at: datetime, reason: str = "") -> Programme:
    """Closes the programme for good. Raises WrongState."""
    return _act("ended", programme=programme, by=by, at=at, reason=reason)


def check_open(*, programme: Programme, notice: NoticeVersion, at: datetime) -> None:
    """Raises ProgrammeClosed when the programme is suspended, was ended, or is past the end date that its notice gives."""
    if programme.state == ProgrammeState.ENDED or at.date() > notice.ends_on:
        raise ProgrammeClosed(_("This programme has ended. Nothing is recorded for it."), code="programme_ended")
    if programme.state == ProgrammeState.SUSPENDED:
        raise ProgrammeClosed(
            _("This programme is stopped for now. Nothing is recorded for it."), code="programme_suspended"
        )


def can_open(*, programme: Programme, notice: NoticeVersion, at: datetime) -> bool:
    """Whether `check_open` would pass."""
    try:
        check_open(programme=programme, notice=notice, at=at)
    except ProgrammeClosed:
        return False
    return True


def _act(name: str, *, programme: Programme, by: UUID, at: datetime, reason: str) -> Programme:
    sources, target = ACTS[name]
    with transaction.atomic():
        lock_exclusive(programme.pk)
        row = Programme.objects.get(pk=programme.pk)
        if row.state not in sources:
            raise WrongState(_("The programme is in another state by now. Nothing was changed."))
        if name == "resumed":
            _check_sound(row)
        row.state = target
        row.save(update_fields=["state"])
        _keep_time(name, row)
        told = {
            "type": f"programme.{name}",
            "programme": row.slug,
            "by": str(by),
            "at": at.isoformat(),
            "reason": reason,
        }
        entries.append(told, kind=f"programme.{name}", subject=None, at=at)
    return row


def _check_sound(programme: Programme) -> None:
    """Intake compares terms, and a void notice may have had the terms of a sound one: no consent to it may stand any more."""
    void = Closing.objects.filter(notice__programme=programme, state=Closing.State.INVALIDATED)
    latest = NoticeVersion.objects.filter(programme=programme).order_by("-number").values("pk")[:1]
    if void.filter(notice__in=latest).exists():
        raise WrongState(_("The notice in force is not valid. Publish another one first."))
    if void.filter(done_at__isnull=True).exists():
        raise WrongState(_("Consents to a notice that is not valid are still being ended. Try again in a few minutes."))


def _keep_time(name: str, programme: Programme) -> None:
    """From when to when it was stopped. The clock is read under the lock: what was let in before it lies before it (mechanisms 1)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
    if name == "suspended":
        Suspension.objects.create(programme=programme, start=now)
    elif name == "resumed":
        Suspension.objects.filter(programme=programme, end__isnull=True).update(end=now)

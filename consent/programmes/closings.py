"""The end of a notice: of itself on its last day or with its programme, or because it was found void (GDPR Art. 4(11), 7)."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from consent.ledger import entries

from .locks import lock_exclusive
from .models import Closing, NoticeVersion, Programme, ProgrammeState
from .states import WrongState, suspend


def invalidate(*, notice: NoticeVersion, by: UUID, at: datetime, reason: str) -> Closing:
    """The notice was void: consents given to it are none. `reason` is what the people are told.

    1. The programme's exclusive lock: nothing is stored and nobody consents meanwhile.
    2. An open programme is stopped, since intake compares terms and other notices may have the same. It can be resumed when no
       consent to the void notice stands any more and another notice is in force.
    3. The closing, which is worked off person by person, and the ledger entry.

    Raises WrongState when it was found void before, or nobody says why.
    """
    if not reason.strip():
        raise WrongState(_("Say why: people are told."))
    with transaction.atomic():
        lock_exclusive(notice.programme_id)  # 1
        programme = Programme.objects.get(pk=notice.programme_id)
        if Closing.objects.filter(notice=notice, state=Closing.State.INVALIDATED).exists():
            raise WrongState(_("This notice was found void before."))
        if programme.state == ProgrammeState.OPEN:
            suspend(programme=programme, by=by, at=at, reason=reason)  # 2
        return _close(notice, Closing.State.INVALIDATED, by=by, reason=reason.strip(), at=at)  # 3


def expire(*, at: datetime) -> list[Closing]:
    """Closes each notice whose last day is over, or whose programme has ended, once. Safe in parallel.

    Two clocks must agree on the day, this process's and the database's: one that runs ahead ends nobody's consent early.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        day = min(at, cursor.fetchone()[0]).date()
    over = Q(ends_on__lt=day) | Q(programme__state=ProgrammeState.ENDED)
    return [made for notice in _unclosed().filter(over) if (made := _expire(notice, at))]


def open_closings() -> list[Closing]:
    """Those of which somebody is still to be seen to, the oldest first."""
    found = Closing.objects.filter(done_at__isnull=True).select_related("notice__programme")
    return list(found.order_by("at", "pk"))


def seen_to(closing: Closing, *, last: UUID | None, stumbled: bool, at: datetime) -> None:
    """Keeps how far the walk has come. Without a `last` it is at its end: done, or begun anew if it stumbled over somebody."""
    rows = Closing.objects.filter(pk=closing.pk)
    if stumbled:
        rows.update(again=True)
    if last:
        rows.update(cursor=last)
    elif not rows.filter(again=False).update(done_at=at, cursor=None):
        rows.update(cursor=None, again=False)


def _unclosed() -> QuerySet[NoticeVersion]:
    return NoticeVersion.objects.filter(closings__isnull=True).select_related("programme").order_by("published_at")


def _expire(notice: NoticeVersion, at: datetime) -> Closing | None:
    """Under the programme's lock: a consent that was being given when the day ended is committed, or will find it over."""
    with transaction.atomic():
        lock_exclusive(notice.programme_id)
        if Closing.objects.filter(notice=notice).exists():
            return None
        return _close(notice, Closing.State.EXPIRED, by=None, reason="", at=at)


def _close(notice: NoticeVersion, state: Closing.State, *, by: UUID | None, reason: str, at: datetime) -> Closing:
    closing = Closing.objects.create(notice=notice, state=state, by=by, reason=reason, at=at)
    told = {
        "type": f"notice.{state}",
        "programme": notice.programme.slug,
        "number": notice.number,
        "by": str(by) if by else None,
        "reason": reason,
        "at": at.isoformat(),
    }
    entries.append(told, kind=f"notice.{state}", subject=None, at=at)
    return closing

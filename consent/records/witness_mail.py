"""The fourth witness of the ledger: the works council's mailboxes, which get the newest checkpoint every day."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.ledger.models import Checkpoint
from consent.ledger.tree import newest_checkpoint
from consent.ledger.witnesses.reports import MAIL, report, report_trouble
from consent.letters.models import Letter
from consent.letters.outbox import Template, write
from consent.people.models import Person, Role
from consent.people.roles import holders_of

PATIENCE = timedelta(days=1)


def mail_checkpoint(*, at: datetime) -> None:
    """Writes today's letter (days of UTC) to every member of the works council, once, and reports whether the last ones left.

    A letter holds the signed checkpoint and nothing about a person. Without a checkpoint, or a member, nothing is written.
    """
    newest = newest_checkpoint()
    members = [person for person in holders_of(Role.WORKS_COUNCIL) if person.email]
    if newest is None:
        return
    if not members:
        report_trouble(MAIL, _("No member of the works council has a mail address."), at=at)
        return
    for member in members:
        _write(member, newest, at=at)
    _report(members, at=at)


def _write(member: Person, newest: Checkpoint, *, at: datetime) -> None:
    values: dict[str, Any] = {"note": newest.note, "size": newest.size, "day": at.date()}
    key = f"{Template.LEDGER_CHECKPOINT}:{at:%Y-%m-%d}:{member.pk}"
    with acting_for(member.pk):
        write(person=member, template=Template.LEDGER_CHECKPOINT, values=values, key=key, at=at)


def _report(members: list[Person], *, at: datetime) -> None:
    """What has left the house is deposited; what is only written is not."""
    sent: list[Letter] = []
    for member in members:
        with acting_for(member.pk):
            letters = Letter.objects.filter(person=member, template=Template.LEDGER_CHECKPOINT)
            sent += letters.exclude(sent_at=None).order_by("-written_at")[:1]
            late = letters.filter(sent_at=None, written_at__lt=at - PATIENCE).exists()
        if late:
            report_trouble(MAIL, _("A letter to the works council has not left for more than a day."), at=at)
            return
    newest = max(sent, key=lambda letter: letter.written_at, default=None)
    if newest is not None and newest.sent_at is not None:
        report(MAIL, size=newest.values["size"], at=newest.sent_at)

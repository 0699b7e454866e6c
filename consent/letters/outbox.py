"""Writes letters in the transaction of what they tell of; a worker delivers them after it committed."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from consent.people.models import Person

from .models import Letter


class Template(StrEnum):
    """The letters there are: each is a subject and a text under `templates/letters/`."""

    REQUEST_RECEIVED = "request_received"
    DELETION_DONE = "deletion_done"
    DELETION_HELD = "deletion_held"
    HOLD_LIFTED = "hold_lifted"
    DATA_NAMED_IN_EXPORT = "data_named_in_export"
    CHOICES_RECEIPTS = "choices_receipts"
    ACCOUNT_ENDED = "account_ended"
    REQUEST_ANSWERED = "request_answered"
    LEDGER_CHECKPOINT = "ledger_checkpoint"
    NOTICE_EXPIRED = "notice_expired"
    NOTICE_INVALIDATED = "notice_invalidated"


class NotALetter(Exception):
    """There is no such letter, or a value is none that a letter may carry."""

    code = "not_a_letter"


def write(
    *,
    person: Person,
    template: str,
    values: Mapping[str, str | int | date | datetime | UUID],
    key: str,
    at: datetime,
    due_at: datetime | None = None,
) -> None:
    """Puts a letter into the outbox in the caller's transaction; with a `key` that was used before, nothing happens.

    `values` are ids, numbers, dates and short sentences chosen by Candor: never captured content, never a choice (P4, P7).
    The session must act for the person or a service that may write letters. Raises NotALetter.
    """
    if template not in set(Template):
        raise NotALetter(_("There is no letter of that name."))
    stored = {name: _stored(value) for name, value in values.items()}
    letter = Letter(person=person, template=template, values=stored, key=key, written_at=at, due_at=due_at or at)
    Letter.objects.bulk_create([letter], ignore_conflicts=True)


def _stored(value: object) -> str | int | dict[str, str]:
    """Times and dates say that they are, so that the delivery shows them in the person's own zone and language."""
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, str | int):
        return value
    if isinstance(value, UUID):
        return str(value)
    raise NotALetter(_("A letter carries ids, numbers, dates and words alone."))

"""Delivers what is in the outbox: by a worker, never while a person waits; what fails is tried again."""

import logging
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import formats, timezone, translation

from consent.database import acting_for
from consent.people.models import Person

from .models import Letter

logger = logging.getLogger(__name__)

SERVICE = "letters"
LETTERS_MAX = 100
FAILURES_MAX = 3
WAIT_MAX = timedelta(days=1)
TIMEOUT_SECONDS = 10


class NoAddress(Exception):
    """The person has no mail address; the letter waits for one."""

    code = "no_address"


def deliver_due(*, at: datetime) -> int:
    """Sends up to 100 letters that are due, oldest first, and returns how many left.

    Each is sent under a lock of its own row, so that workers side by side send it once. A worker that dies between sending and
    committing sends it again under the same Message-ID. After three failures in a row the rest waits for the next run.
    """
    sent = failures = 0
    with acting_for(None, service=SERVICE):
        while sent + failures < LETTERS_MAX and failures < FAILURES_MAX:
            outcome = _deliver_next(at)
            if outcome is None:
                break
            sent, failures = (sent + 1, 0) if outcome else (sent, failures + 1)
    return sent


def message_of(letter: Letter) -> mail.EmailMessage:
    """The letter as mail, in the language and the time zone of the person. Raises NoAddress."""
    person = letter.person
    if not person.email:
        raise NoAddress
    with translation.override(person.language), timezone.override(_zone(person)):
        values = {name: _shown(value) for name, value in letter.values.items()}
        context = values | {
            "name": person.full_name,
            "portal": settings.PUBLIC_URL,
            "contact": person.employer.contact,
        }
        subject = " ".join(_rendered(letter, "subject", context).split())
        body = _rendered(letter, "txt", context)
    # The same letter has the same identifier however often it leaves.
    headers = {
        "Message-ID": f"<{letter.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        "Auto-Submitted": "auto-generated",
    }
    return mail.EmailMessage(subject=subject, body=body, to=[person.email], headers=headers)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: 1, 2, 4 … minutes, a day at most."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 11)), WAIT_MAX)


def _deliver_next(at: datetime) -> bool | None:
    """Sends the next letter: True when it left, False when it failed, None when none is due."""
    with transaction.atomic():
        due = Letter.objects.filter(sent_at__isnull=True, due_at__lte=at).order_by("due_at", "written_at")
        letter = due.select_for_update(skip_locked=True, of=("self",)).select_related("person__employer").first()
        if letter is None:
            return None
        letter.attempts += 1
        left = _sent(letter)
        if left:
            letter.sent_at = at
        else:
            letter.due_at = at + wait_after(letter.attempts)
        letter.save(update_fields=["attempts", "sent_at", "due_at"])
    return left


def _sent(letter: Letter) -> bool:
    """Whatever goes wrong with one letter, the others leave; the log names the letter and the kind of error, never its words."""
    try:
        with mail.get_connection(timeout=TIMEOUT_SECONDS) as connection:
            return bool(connection.send_messages([message_of(letter)]))
    except Exception as error:
        logger.warning("Letter %s was not sent (%s, attempt %s)", letter.pk, type(error).__name__, letter.attempts)
        return False


def _rendered(letter: Letter, part: str, context: dict[str, Any]) -> str:
    return render_to_string(f"letters/{letter.template}.{part}", context)


def _shown(value: Any) -> Any:
    """A stored time or date as people write it."""
    if isinstance(value, dict) and "at" in value:
        local = timezone.localtime(datetime.fromisoformat(value["at"]))
        return f"{formats.date_format(local, 'j F Y, H:i')} {local.tzname()}"
    if isinstance(value, dict) and "on" in value:
        return formats.date_format(date.fromisoformat(value["on"]), "j F Y")
    return value


def _zone(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")

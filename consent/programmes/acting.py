"""What the commands that act on a whole programme share: who does it, to which programme, and why."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.people.models import Person, Role
from consent.people.roles import has_role

from .models import Programme
from .states import WrongState

MAY = (Role.OWNER, Role.PRIVACY_OFFICER)


class ProgrammeCommand(BaseCommand):
    """An act of a programme's owner or of the privacy officer, with a reason that the ledger keeps."""

    act: Callable[..., Programme]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Programme, person, reason: all compulsory."""
        parser.add_argument("programme", help="its name in addresses, such as interface-learning")
        parser.add_argument("--by", required=True, help="sign-in name of the owner or the privacy officer who does it")
        parser.add_argument("--reason", required=True, help="why; the ledger keeps it")

    def handle(self, *args: Any, programme: str, by: str, reason: str, **options: Any) -> None:
        """Does it, and says what state the programme is in now."""
        found = programme_of(programme)
        try:
            done = type(self).act(programme=found, by=actor_of(by).pk, at=timezone.now(), reason=reason_of(reason))
        except WrongState as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{done.slug}: {done.state}.")


def programme_of(slug: str) -> Programme:
    """The programme of this name. Raises CommandError."""
    found = Programme.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no programme “{slug}”.")
    return found


def actor_of(name: str) -> Person:
    """Who acts, if they may act on programmes. Raises CommandError."""
    found = Person.objects.filter(username__iexact=name).first()
    if found is None or not has_role(found, *MAY):
        raise CommandError(f"“{name}” is no programme owner or privacy officer.")
    return found


def reason_of(text: str) -> str:
    """The reason, if it is one. Raises CommandError."""
    if not text.strip():
        raise CommandError("Say why: the ledger keeps it.")
    return text.strip()

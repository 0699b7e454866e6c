"""`manage.py invalidate_notice SLUG NUMBER --by NAME --reason WHY`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.programmes.acting import actor_of, programme_of
from consent.programmes.closings import invalidate
from consent.programmes.notices import NoSuchNotice, notice
from consent.programmes.states import WrongState


class Command(BaseCommand):
    help = "A notice was void: stops its programme, and ends every consent given to it, each with a receipt. People are told why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The notice, who found it void, and what people are told."""
        parser.add_argument("programme", help="its name in addresses, such as interface-learning")
        parser.add_argument("number", type=int, help="the version of its notice")
        parser.add_argument("--by", required=True, help="sign-in name of the owner or the privacy officer")
        parser.add_argument("--reason", required=True, help="what people are told")

    def handle(self, *args: Any, programme: str, number: int, by: str, reason: str, **options: Any) -> None:
        """Closes it; the workers end the consents."""
        actor = actor_of(by)
        try:
            found = notice(programme_of(programme).slug, number)
            invalidate(notice=found, by=actor.pk, at=timezone.now(), reason=reason)
        except (NoSuchNotice, WrongState) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{programme}: notice {number} does not hold. The workers end the consents given to it.")

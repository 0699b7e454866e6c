"""`manage.py seed_demo`: writes the demonstration organisation, once, with DEMO=1 only."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.demonstration.seeding import NotADemonstration, seed


class Command(BaseCommand):
    help = "Writes the demonstration: people, programmes, choices and three months of captures. Once, and with DEMO=1 only."

    def handle(self, *args: Any, **options: Any) -> None:
        """Says what was written, or that it was there."""
        try:
            seeded = seed(at=timezone.now())
        except NotADemonstration as error:
            raise CommandError(str(error)) from error
        if seeded:
            self.stdout.write(
                f"The demonstration is written: {seeded.people} people, {seeded.decisions} choices, {seeded.captured} records."
            )
        else:
            self.stdout.write("The demonstration is here already.")

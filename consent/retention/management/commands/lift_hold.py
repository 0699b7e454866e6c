"""Lifts a legal hold from the command line, until legal's page exists."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.people.models import Person
from consent.people.roles import ConflictOfInterest
from consent.retention.holds import NotFound, lift


class Command(BaseCommand):
    help = "Ends a hold. The deletions that waited for it resume by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("hold", type=UUID, help="the id that place_hold printed")
        parser.add_argument("--by", required=True, help="sign-in name of the person in legal who lifts it")

    def handle(self, *args: Any, hold: UUID, by: str, **options: Any) -> None:
        person = Person.objects.filter(username__iexact=by).first()
        if person is None:
            raise CommandError(f"Nobody signs in as {by}.")
        try:
            lift(hold_id=hold, lifted_by=person.pk, at=timezone.now())
        except (NotFound, ConflictOfInterest) as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Lifted.")

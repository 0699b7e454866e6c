"""Somebody leaves: their consents, collectors and sign-in end, in one transaction."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.people.models import Person
from consent.rights.leavers import NotPossible, deactivate


class Command(BaseCommand):
    help = "Ends what stands for somebody who leaves: consents, collectors, sign-in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="sign-in name")
        parser.add_argument("--by", required=True, help="sign-in name of the administrator who does it")

    def handle(self, *args: Any, person: str, by: str, **options: Any) -> None:
        try:
            deactivate(person=_named(person), by=_named(by).pk, at=timezone.now())
        except NotPossible as error:
            raise CommandError(str(error)) from None
        self.stdout.write("Done.")


def _named(name: str) -> Person:
    found = Person.objects.filter(username__iexact=name).first()
    if found is None:
        raise CommandError(f"Nobody signs in as {name}.")
    return found

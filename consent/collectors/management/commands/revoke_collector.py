"""Revokes a collector, for instance one whose token was stolen: nothing that it sends is stored from then on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.collectors.enrolment import collector_named, revoke
from consent.people.models import Person


class Command(BaseCommand):
    help = "Revokes a device of one person; what it captured stays the person's to see and to delete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="sign-in name")
        parser.add_argument("--name", required=True, help="what the device is called")

    def handle(self, *args: Any, person: str, name: str, **options: Any) -> None:
        owner = Person.objects.filter(username__iexact=person).first()
        collector = collector_named(person=owner, name=name) if owner else None
        if collector is None:
            raise CommandError(f"{person} has no device called {name} that could be revoked.")
        revoke(collector=collector, at=timezone.now())
        self.stdout.write(f"{name} is revoked.")

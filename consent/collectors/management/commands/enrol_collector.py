"""Enrols a collector and prints its token, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.collectors.enrolment import NameTaken, enrol
from consent.people.models import Person
from consent.programmes.models import Programme, ProgrammeState


class Command(BaseCommand):
    help = "Enrols a device of one person and prints its token, once: it cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="sign-in name")
        parser.add_argument("--name", required=True, help="what the person calls the device, such as laptop")
        parser.add_argument(
            "--programme",
            action="append",
            default=[],
            help="slug; repeatable; left out: every programme that has not ended",
        )

    def handle(self, *args: Any, person: str, name: str, programme: list[str], **options: Any) -> None:
        try:
            _, token = enrol(person=_person(person), name=name, programmes=_programmes(programme), at=timezone.now())
        except NameTaken as error:
            raise CommandError(str(error)) from error
        self.stdout.write(token)


def _person(username: str) -> Person:
    found = Person.objects.filter(username__iexact=username, is_active=True).first()
    if found is None:
        raise CommandError(f"Nobody active has the sign-in name {username}.")
    return found


def _programmes(slugs: list[str]) -> list[Programme]:
    running = Programme.objects.exclude(state=ProgrammeState.ENDED)
    if not slugs:
        return list(running)
    found = list(running.filter(slug__in=slugs))
    if missing := set(slugs) - {each.slug for each in found}:
        raise CommandError(f"No programme that runs has the name {', '.join(sorted(missing))}.")
    return found

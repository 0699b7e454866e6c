"""Places a legal hold from the command line, until legal's page exists."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from consent.people.models import Person
from consent.people.roles import ConflictOfInterest
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.retention.holds import NotPlaceable, place


class Command(BaseCommand):
    help = "Makes deletions in a scope wait. Prints the id of the hold, which lift_hold takes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--person", required=True, help="sign-in name of the person whose data is held")
        parser.add_argument("--by", required=True, help="sign-in name of the person in legal who places it")
        parser.add_argument("--matter", required=True, help="the matter, for legal alone")
        parser.add_argument("--told-why", required=True, help="what the person is told, in general terms")
        parser.add_argument("--programme", help="this programme alone")
        parser.add_argument("--kind", action="append", dest="kinds", help="this kind alone; may be repeated")
        parser.add_argument("--from", dest="start", type=_instant, help="captured at or after this time (RFC 3339)")
        parser.add_argument("--to", dest="end", type=_instant, help="captured before this time (RFC 3339)")

    def handle(self, *args: Any, **options: Any) -> None:
        person, by = _person(options["person"]), _person(options["by"])
        scope = Scope(
            programme_id=_programme(options["programme"]).pk if options["programme"] else None,
            kinds=tuple(options["kinds"]) if options["kinds"] else None,
            start=options["start"],
            end=options["end"],
        )
        try:
            hold = place(
                person=person,
                scope=scope,
                matter=options["matter"],
                told_why=options["told_why"],
                placed_by=by.pk,
                at=timezone.now(),
            )
        except (NotPlaceable, ConflictOfInterest) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(str(hold.pk))


def _instant(text: str) -> datetime:
    found = parse_datetime(text)
    if found is None:
        raise ValueError(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _person(name: str) -> Person:
    found = Person.objects.filter(username__iexact=name).first()
    if found is None:
        raise CommandError(f"Nobody signs in as {name}.")
    return found


def _programme(slug: str) -> Programme:
    found = Programme.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no programme {slug}.")
    return found

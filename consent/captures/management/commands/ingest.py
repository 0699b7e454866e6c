"""Sends a file of captures through the gate for one person, and prints what became of it."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from consent.captures.formats.streams import NotThisFormat
from consent.captures.ingestion import READERS, ingest, read_recording
from consent.people.models import Person
from consent.programmes.models import Programme


class Command(BaseCommand):
    help = "Sends a real file through the same gate as any collector; prints stored and refused counts by reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--person", required=True, help="sign-in name")
        parser.add_argument(
            "--programme",
            action="append",
            required=True,
            help="slug; repeatable: each kind goes to the first that lists it",
        )
        parser.add_argument("--format", choices=sorted(READERS), help="left out: found by looking")
        parser.add_argument(
            "--start",
            type=_time,
            metavar="TIME",
            help="moves the recording so that it begins then, such as 2026-11-10T09:00Z",
        )

    def handle(
        self,
        *args: Any,
        file: Path,
        person: str,
        programme: list[str],
        format: str | None,
        start: datetime | None,
        **options: Any,
    ) -> None:
        at = timezone.now()
        whose = _person(person)
        programmes = _programmes(programme)
        try:
            recording = read_recording(_contents(file), format_name=format, start=start, at=at)
        except NotThisFormat as error:
            raise CommandError(f"{file}: {error}") from error
        report = ingest(person=whose, programmes=programmes, recording=recording, at=at)
        self.stdout.write(f"stored {report.stored}")
        for label, counts in (
            ("refused", report.refused),
            ("dropped field", report.dropped_fields),
            ("skipped", report.skipped),
        ):
            for name, count in sorted(counts.items()):
                self.stdout.write(f"{label} {name} {count}")


def _time(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError("a time with its zone, such as 2026-11-10T09:00Z")
    return found


def _contents(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error


def _person(username: str) -> Person:
    found = Person.objects.filter(username__iexact=username, is_active=True).first()
    if found is None:
        raise CommandError(f"Nobody active has the sign-in name {username}.")
    return found


def _programmes(slugs: list[str]) -> list[Programme]:
    found = {each.slug: each for each in Programme.objects.filter(slug__in=slugs)}
    if missing := [slug for slug in slugs if slug not in found]:
        raise CommandError(f"There is no programme {', '.join(missing)}.")
    return [found[slug] for slug in slugs]

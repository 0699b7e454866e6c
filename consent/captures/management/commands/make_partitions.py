"""Makes the segments' partitions for the months to come; run at every start and once a month."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from consent.captures.partitions import make_partitions


class Command(BaseCommand):
    help = "Makes missing monthly partitions, from 25 months back to 13 ahead. Needs DATABASE_OWNER_URL."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        made = make_partitions(at=timezone.now())
        if verbosity:
            self.stdout.write(f"{len(made)} partitions made.")

"""Sweeps once, for when beat is down; with --work it does what is due in this process, without any queue."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from consent.rights.fulfilment import fulfil
from consent.rights.sweeping import sweep


class Command(BaseCommand):
    help = "Finds the requests that are due and rings for each. Safe beside workers and other sweepers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--work", action="store_true", help="do the work here instead of waiting for a worker")

    def handle(self, *args: Any, work: bool, **options: Any) -> None:
        steps = sweep(at=timezone.now())
        if work:
            for step_id in steps:
                fulfil(step_id=step_id, now=timezone.now)
        self.stdout.write(f"{len(steps)} due.")

"""The sequencer's process: gives positions every second, or at once while a full batch waits; deposits each checkpoint in the file."""

import logging
import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from consent.ledger.sequencer import BATCH, LedgerDamaged, sequence_once
from consent.ledger.witnesses.file import deposit_in_file
from consent.seals.directory import KeystoreRefused

INTERVAL = 1.0
BACKOFF_MAX = 30.0

log = logging.getLogger(__name__)


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it speaks no HTTP: a fault in a page must not stop proofs
    help = "Sequences the ledger until stopped (TERM or INT); with --once, only what waits now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="sequence what waits now, and end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        stopped = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        try:
            run_once() if once else run(stopped)
        except (LedgerDamaged, KeystoreRefused) as error:
            raise CommandError(str(error)) from error


def run_once() -> int:
    """Sequences until nothing waits; returns how many."""
    total = 0
    while done := sequence_once(at=timezone.now()):
        total += done
    deposit_in_file(at=timezone.now())
    return total


def run(stopped: Event) -> None:
    """Sequences until stopped. A database that goes away is waited for, longer each time, up to half a minute."""
    failures, deposited = 0, False
    while not stopped.is_set():
        try:
            done = sequence_once(at=timezone.now())
            if done or not deposited:  # after its commit: a witness must never hold what was rolled back
                deposited = deposit_in_file(at=timezone.now())
        except (DatabaseError, InterfaceError) as error:
            failures, deposited = failures + 1, False  # it may have gone away between the two
            log.warning("The database does not answer (%s); trying again.", type(error).__name__)
            connection.close()
            stopped.wait(min(0.5 * 2**failures, BACKOFF_MAX))
            continue
        failures = 0
        if done < BATCH:
            stopped.wait(INTERVAL)

"""Checks the whole log, and says the first thing that differs from what was signed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.ledger.outside import NotKept, read_kept
from consent.ledger.verdicts import audited

SENTENCES_MAX = 10


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it speaks no HTTP: a fault in a page must not stop proofs
    help = (
        "Recomputes the ledger, and compares it with what its witnesses hold. Exit 0: everything is as it was signed. Otherwise the"
        " reason, and the first entry that differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--against",
            metavar="FILE",
            type=Path,
            nargs="+",
            action="extend",
            default=[],
            help="a checkpoint, a .tlog-proof, or a receipt as JSON with its .tlog-proof beside it, kept outside; may be repeated",
        )

    def handle(self, *args: Any, against: list[Path], **options: Any) -> None:
        try:
            kept = [read_kept(path) for path in against]
        except NotKept as error:
            raise CommandError(str(error)) from error
        found = audited(against=kept, at=timezone.now())
        for name, why in found.unreached:
            self.stderr.write(f"Not compared with the witness {name}: {why}")
        if found.problems:
            raise CommandError("\n".join(problem.sentence for problem in found.problems[:SENTENCES_MAX]))
        compared = [*found.compared, *(path.name for path in against)]
        self.stdout.write(
            f"The ledger is as it was signed: {found.size} entries, {found.records} with their record, "
            f"{found.erased} lawfully erased, {found.waiting} waiting for a position. "
            f"Compared with: {', '.join(compared) or 'nothing outside the database'}."
        )

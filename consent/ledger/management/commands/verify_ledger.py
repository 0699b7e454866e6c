"""Checks the whole log and says the first thing that differs from what was signed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.ledger.audit import verify_ledger


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it speaks no HTTP: a fault in a page must not stop proofs
    help = "Recomputes the ledger. Exit 0: everything is as it was signed. Otherwise the reason, and the first entry that differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--against", metavar="FILE", type=Path, help="a checkpoint or a .tlog-proof that was kept outside"
        )

    def handle(self, *args: Any, against: Path | None, **options: Any) -> None:
        findings = verify_ledger(against=_text(against) if against else None)
        if findings.problems:
            raise CommandError("\n".join(problem.sentence for problem in findings.problems[:10]))
        self.stdout.write(
            f"The ledger is as it was signed: {findings.size} entries, {findings.records} with their record, "
            f"{findings.erased} lawfully erased, {findings.waiting} waiting for a position."
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read: {error}") from None

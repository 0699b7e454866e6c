"""Checks a receipt file and says each step."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.receipts.seal_check import MAGIC, PDF_BYTES_MAX
from consent.receipts.steps import CheckStep
from consent.receipts.verification import verify_file

PROOF_SUFFIX = ".tlog-proof"


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it speaks no HTTP: a fault in a page must not stop a check
    help = "Checks a receipt, JSON or PDF. Exit 0: genuine when issued, which says nothing about now. Otherwise the step that failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the PDF or the JSON, as downloaded")
        parser.add_argument(
            "--proof",
            type=Path,
            help="the .tlog-proof of a JSON (default: the file of the same name beside it, if there is one); a PDF holds its own",
        )

    def handle(self, *args: Any, file: Path, proof: Path | None, **options: Any) -> None:
        raw = _read(file)
        beside = file.with_suffix(PROOF_SUFFIX)
        if proof is None and beside.is_file() and not raw.startswith(MAGIC):
            proof = beside
        verdict = verify_file(raw, _read(proof) if proof else None)
        lines = [_line(step) for step in verdict.steps]
        if not verdict.genuine:
            raise CommandError("\n".join(lines))
        self.stdout.write("\n".join([*lines, f"Genuine when issued: {verdict.number}, {verdict.issued_at:%Y-%m-%d}."]))


def _line(step: CheckStep) -> str:
    return f"{ {True: 'yes', False: 'NO', None: '–'}[step.passed]:3} {step.name}: {step.sentence}"


def _read(path: Path) -> bytes:
    """The file, but never more of it than a receipt can have."""
    try:
        with path.open("rb") as file:
            return file.read(PDF_BYTES_MAX + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None

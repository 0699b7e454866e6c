"""Checks a receipt file and says each step."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.receipts.parsing import BYTES_MAX
from consent.receipts.verification import CheckStep, verify_document

PROOF_SUFFIX = ".tlog-proof"


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it speaks no HTTP: a fault in a page must not stop a check
    help = "Checks a receipt's JSON. Exit 0: genuine when issued, which says nothing about now. Otherwise the step that failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the JSON, as downloaded or as attached to the PDF")
        parser.add_argument(
            "--proof", type=Path, help="its .tlog-proof (default: the file of the same name beside it, if there is one)"
        )

    def handle(self, *args: Any, file: Path, proof: Path | None, **options: Any) -> None:
        raw = _read(file)
        if raw.startswith(b"%PDF-"):
            raise CommandError(f"{file} is a PDF: give the JSON that is attached to it.")
        beside = file.with_suffix(PROOF_SUFFIX)
        proof = proof or (beside if beside.is_file() else None)
        verdict = verify_document(raw, _read(proof).decode("utf-8", "replace") if proof else None)
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
            return file.read(BYTES_MAX + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from None

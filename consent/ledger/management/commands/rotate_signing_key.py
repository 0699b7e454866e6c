"""Rotates the key that signs checkpoints, receipts, or printed receipts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consent.ledger.rotation import PURPOSES, rotate_key
from consent.seals.directory import KeystoreRefused


class Command(BaseCommand):
    requires_system_checks: list[str] = []  # it speaks no HTTP
    help = "A new key signs from now on; the old one is destroyed, and what it signed verifies at its time. Running processes go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--purpose", required=True, choices=PURPOSES, help="what the key signs")

    def handle(self, *args: Any, purpose: str, **options: Any) -> None:
        try:
            done = rotate_key(purpose, at=timezone.now())
        except KeystoreRefused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Key {done.now.key_id} signs {purpose} from now on. Key {done.retired.key_id}, since"
            f" {done.retired.created_at:%Y-%m-%d %H:%M:%S} UTC, is retired; its private half is destroyed."
            " Back up the keystore now: an older copy would sign with the old key."
        )

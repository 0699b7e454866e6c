"""`manage.py publish_notice FILE.json`: publishes the next version of a programme's notice."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consent.programmes.drafts import UnreadableDraft, read_draft
from consent.programmes.models import Programme
from consent.programmes.publication import NotPublishable, publish


class Command(BaseCommand):
    help = "Publishes the next version of a programme's notice from a JSON file. It is in force from then on, and cannot be changed."

    def add_arguments(self, parser: CommandParser) -> None:
        """One file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Publishes, and prints number and digest; says what is wrong otherwise, and changes nothing."""
        try:
            file = read_draft(options["file"])
            programme = Programme.objects.get(slug=file.programme)
            notice = publish(programme=programme, draft=file.notice, at=timezone.now())
        except (UnreadableDraft, NotPublishable) as error:
            raise CommandError(str(error)) from error
        except Programme.DoesNotExist as error:
            raise CommandError(f"There is no programme “{file.programme}”.") from error
        self.stdout.write(f"{programme.slug}: notice {notice.number} is in force. SHA-256 {notice.text_sha256}")

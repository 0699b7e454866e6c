"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import append_only, grant, personal


class Migration(migrations.Migration):
    dependencies = [("choices", "0001_initial"), ("ledger", "0001_log")]

    operations = [
        grant("choices_decision", "SELECT, INSERT"),
        append_only("choices_decision"),
        personal("choices_decision", services=("sweep", "export")),
        grant("choices_standing", "SELECT, INSERT, UPDATE"),
        personal("choices_standing"),
        grant("choices_erasedspan", "SELECT, INSERT"),
        append_only("choices_erasedspan"),
        personal("choices_erasedspan"),
    ]

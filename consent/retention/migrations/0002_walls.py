"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import grant, personal


class Migration(migrations.Migration):
    dependencies = [("retention", "0001_initial")]

    operations = [
        grant("retention_hold", "SELECT, INSERT, UPDATE"),
        personal("retention_hold", services=("holds", "sweep")),
    ]

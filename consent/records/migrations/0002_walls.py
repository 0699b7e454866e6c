"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import grant


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]

    operations = [
        grant("records_export", "SELECT, INSERT, UPDATE"),
    ]

"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import grant


class Migration(migrations.Migration):
    dependencies = [("collectors", "0001_initial")]

    operations = [
        grant("collectors_collector", "SELECT, INSERT, UPDATE"),
        grant("collectors_collector_programmes", "SELECT, INSERT, DELETE"),
        grant("collectors_purge", "SELECT, INSERT, UPDATE, DELETE"),
    ]

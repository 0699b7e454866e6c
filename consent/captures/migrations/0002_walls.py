"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import grant, personal, refuse


class Migration(migrations.Migration):
    dependencies = [("captures", "0001_initial"), ("ledger", "0001_log")]

    operations = [
        # UPDATE on one column is there for FOR SHARE alone; the trigger refuses it. Rights are on the parent only: a partition is closed.
        grant("captures_segment", "SELECT, INSERT, DELETE, UPDATE (id)"),
        refuse("captures_segment", "UPDATE"),
        personal("captures_segment", column="person"),
        grant("captures_refusal", "SELECT, INSERT, UPDATE, DELETE"),
        personal("captures_refusal"),
        grant("captures_batch", "SELECT, INSERT, DELETE"),
        personal("captures_batch", column="person"),
    ]

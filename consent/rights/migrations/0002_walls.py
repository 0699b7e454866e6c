"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import append_only, grant, personal


class Migration(migrations.Migration):
    dependencies = [("rights", "0001_initial"), ("ledger", "0001_log")]

    operations = [
        grant("rights_rightsrequest", "SELECT, INSERT, UPDATE"),
        personal("rights_rightsrequest", services=("sweep", "desk")),
        grant("rights_event", "SELECT, INSERT"),
        append_only("rights_event"),
        personal("rights_event", column="person", services=("sweep", "desk")),
        grant("rights_step", "SELECT, INSERT, UPDATE"),
        personal("rights_step", column="person", services=("sweep", "desk")),
    ]

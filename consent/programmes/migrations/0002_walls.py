"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import append_only, grant


class Migration(migrations.Migration):
    dependencies = [("programmes", "0001_initial"), ("ledger", "0001_log")]

    operations = [
        grant("programmes_programme", "SELECT, INSERT, UPDATE"),
        grant("programmes_noticeversion", "SELECT, INSERT"),
        append_only("programmes_noticeversion"),
        grant("programmes_noticekind", "SELECT, INSERT"),
        append_only("programmes_noticekind"),
    ]

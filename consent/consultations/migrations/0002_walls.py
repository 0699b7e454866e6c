"""Rights of the portal's role; a person reads the rows about themselves, and the predicates of exports; nobody changes one."""

from django.db import migrations

from consent.database import PORTAL_ROLE, append_only, grant

_TABLE = "consultations_consultation"


class Migration(migrations.Migration):
    dependencies = [("consultations", "0001_initial"), ("ledger", "0001_log")]

    operations = [
        grant(_TABLE, "SELECT, INSERT"),
        append_only(_TABLE),
        migrations.RunSQL(
            [
                f"ALTER TABLE {_TABLE} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {_TABLE} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY {_TABLE}_select ON {_TABLE} FOR SELECT TO {PORTAL_ROLE}"
                " USING (person IS NULL OR person = NULLIF(current_setting('candor.person', true), '')::uuid)",
                f"CREATE POLICY {_TABLE}_insert ON {_TABLE} FOR INSERT TO {PORTAL_ROLE} WITH CHECK (true)",
            ],
            [
                f"DROP POLICY {_TABLE}_select ON {_TABLE}",
                f"DROP POLICY {_TABLE}_insert ON {_TABLE}",
                f"ALTER TABLE {_TABLE} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {_TABLE} DISABLE ROW LEVEL SECURITY",
            ],
        ),
    ]

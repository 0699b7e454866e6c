import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from consent.database import append_only, grant, refuse, refusing_function

# A record is read by the person it is about and by the ledger itself; who appends one acts for somebody else quite often
# (HR for a "no" on paper, a worker for a deletion), so writing is open. Records about nobody are open to all.
_MAY_READ = (
    "subject IS NULL OR subject = NULLIF(current_setting('candor.person', true), '')::uuid"
    " OR NULLIF(current_setting('candor.service', true), '') = 'ledger'"
)
_RECORD_POLICIES = migrations.RunSQL(
    [
        "ALTER TABLE ledger_record ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE ledger_record FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY ledger_record_select ON ledger_record FOR SELECT USING ({_MAY_READ})",
        "CREATE POLICY ledger_record_insert ON ledger_record FOR INSERT WITH CHECK (true)",
        # UPDATE is refused by trigger; the policy lets an erasure lock what it is about to delete.
        "CREATE POLICY ledger_record_update ON ledger_record FOR UPDATE"
        " USING (NULLIF(current_setting('candor.service', true), '') = 'ledger')",
        "CREATE POLICY ledger_record_delete ON ledger_record FOR DELETE"
        " USING (NULLIF(current_setting('candor.service', true), '') = 'ledger')",
    ],
    [f"DROP POLICY ledger_record_{name} ON ledger_record" for name in ("select", "insert", "update", "delete")]
    + ["ALTER TABLE ledger_record NO FORCE ROW LEVEL SECURITY", "ALTER TABLE ledger_record DISABLE ROW LEVEL SECURITY"],
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("commitment", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "index", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("arrival", models.BigAutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        serialize=False,
                        to="ledger.entry",
                    ),
                ),
                ("document", models.BinaryField()),
                ("nonce", models.BinaryField()),
                ("subject", models.UUIDField(db_index=True, null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length("commitment"), 32),
                name="ledger_commitment_32_bytes",
            ),
        ),
        migrations.AddField(
            model_name="leaf",
            name="entry",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="ledger.entry"),
        ),
        migrations.AddField(
            model_name="waiting",
            name="entry",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="ledger.entry"),
        ),
        refusing_function(),
        *[append_only(f"ledger_{name}") for name in ("entry", "leaf", "node", "checkpoint")],
        *[grant(f"ledger_{name}", "SELECT, INSERT") for name in ("entry", "leaf", "node", "checkpoint")],
        refuse("ledger_record", "UPDATE", "TRUNCATE"),
        # UPDATE of one column is granted for the lock of SELECT FOR UPDATE alone; the trigger refuses it.
        grant("ledger_record", "SELECT, INSERT, DELETE, UPDATE (subject)"),
        _RECORD_POLICIES,
        refuse("ledger_waiting", "UPDATE", "TRUNCATE"),
        grant("ledger_waiting", "SELECT, INSERT, DELETE"),
    ]

import django.db.models.deletion
from django.db import migrations, models

from consent.database import append_only, grant


class Migration(migrations.Migration):
    """Where checkpoints went outside, when an authority saw them, and what the readings of the whole log found. No table is about a person."""

    dependencies = [("ledger", "0001_log")]

    operations = [
        migrations.CreateModel(
            name="TimeStamp",
            fields=[
                (
                    "checkpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="time_stamp",
                        serialize=False,
                        to="ledger.checkpoint",
                    ),
                ),
                ("token", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("name", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(default=0, help_text="Of the newest checkpoint deposited there.")),
                ("deposited_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField()),
                (
                    "trouble",
                    models.CharField(
                        blank=True,
                        help_text="Why the last try failed, in a sentence; names no person.",
                        max_length=300,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("seconds", models.FloatField()),
                ("size", models.BigIntegerField()),
                ("erased", models.BigIntegerField()),
                ("compared", models.JSONField(help_text="The names of the witnesses whose deposits were compared.")),
                ("problems", models.IntegerField()),
                ("first", models.CharField(blank=True, help_text="The sentence of the first problem.", max_length=500)),
            ],
        ),
        *[append_only(f"ledger_{name}") for name in ("timestamp", "audit")],
        *[grant(f"ledger_{name}", "SELECT, INSERT") for name in ("timestamp", "audit")],
        grant("ledger_witness", "SELECT, INSERT, UPDATE"),
    ]

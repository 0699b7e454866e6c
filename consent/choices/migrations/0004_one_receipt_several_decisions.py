"""One act, one receipt: a receipt may carry several decisions. The new index is built without stopping anybody who writes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # CREATE INDEX CONCURRENTLY

    dependencies = [("choices", "0003_who_may_say_yes"), ("receipts", "0002_walls")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE INDEX CONCURRENTLY choices_decision_of_receipt ON choices_decision (receipt_id)",
                    "DROP INDEX CONCURRENTLY choices_decision_of_receipt",
                ),
                migrations.RunSQL(
                    "ALTER TABLE choices_decision DROP CONSTRAINT choices_decision_receipt_id_key",
                    "ALTER TABLE choices_decision ADD CONSTRAINT choices_decision_receipt_id_key UNIQUE (receipt_id)",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="decision",
                    name="receipt",
                    field=models.ForeignKey(
                        help_text="Of the act: it may carry several decisions.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="receipts.receipt",
                    ),
                ),
            ],
        ),
    ]

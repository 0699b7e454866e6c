"""From when to when a programme was stopped. One that is stopped now counts as stopped since this migration."""

import django.db.models.deletion
from django.db import migrations, models

from consent.database import grant


class Migration(migrations.Migration):
    dependencies = [("programmes", "0004_transfers_and_automation")]

    operations = [
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("start", models.DateTimeField()),
                ("end", models.DateTimeField(null=True)),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="programmes.programme",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("end__isnull", True)),
                        fields=("programme",),
                        name="suspended_once_at_a_time",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "INSERT INTO programmes_suspension (programme_id, start)"
            " SELECT id, clock_timestamp() FROM programmes_programme WHERE state = 'suspended'",
            migrations.RunSQL.noop,
        ),
        grant("programmes_suspension", "SELECT, INSERT, UPDATE"),
    ]

"""Notices end: of themselves, or because they were found void."""

import django.db.models.deletion
from django.db import migrations, models

from consent.database import grant


class Migration(migrations.Migration):
    dependencies = [("programmes", "0005_suspensions")]

    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("expired", "Expired"), ("invalidated", "Found not to be valid")], max_length=12
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.UUIDField(help_text="Who found it void; null: by rule.", null=True)),
                ("reason", models.TextField(blank=True, help_text="What people are told of it.")),
                ("cursor", models.UUIDField(null=True)),
                ("again", models.BooleanField(default=False)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="closings",
                        to="programmes.noticeversion",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("notice", "state"), name="notice_closes_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "expired"),
                            models.Q(("by__isnull", False), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="void_by_somebody_for_a_reason",
                    ),
                ],
            },
        ),
        grant("programmes_closing", "SELECT, INSERT, UPDATE"),
    ]

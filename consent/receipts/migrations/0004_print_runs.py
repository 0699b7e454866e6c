import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from consent.database import grant, personal


class Migration(migrations.Migration):
    dependencies = [
        ("receipts", "0003_completion"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PrintRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("asked_at", models.DateTimeField()),
                ("wanted", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("done", models.PositiveIntegerField(default=0)),
                (
                    "missing",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="At the receipt that is next.")),
                ("token", models.BigIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-asked_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("done__lte", models.F("wanted__len"))), name="print_run_done_within"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at__isnull", True)),
                        fields=("person",),
                        name="print_run_one_at_a_time",
                    ),
                ],
            },
        ),
        grant("receipts_printrun", "SELECT, INSERT, UPDATE, DELETE"),
        personal("receipts_printrun", services=("print",)),
    ]

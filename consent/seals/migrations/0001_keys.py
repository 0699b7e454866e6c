import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from consent.database import grant, personal


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("purpose", models.CharField(max_length=32)),
                ("public", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("retired_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Epoch",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("owes_rotation_since", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.ExpressionWrapper(
                            models.Q(("retired_at__isnull", True)), output_field=models.BooleanField()
                        ),
                        condition=models.Q(("retired_at__isnull", True)),
                        name="seals_one_live_epoch",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("destroyed_at__isnull", True), ("retired_at__isnull", False), _connector="OR"
                        ),
                        name="seals_epoch_retired_before_destroyed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("person", models.UUIDField()),
                ("programme", models.UUIDField()),
                ("wrapped", models.BinaryField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("retired_at", models.DateTimeField(null=True)),
                ("epoch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="seals.epoch")),
            ],
            options={
                "indexes": [models.Index(fields=["person", "programme"], name="seals_key_of_person")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired_at__isnull", True)),
                        fields=("person", "programme"),
                        name="seals_one_live_key",
                    )
                ],
            },
        ),
        grant("seals_signingkey", "SELECT, INSERT, UPDATE (retired_at)"),
        grant("seals_epoch", "SELECT, INSERT, UPDATE (owes_rotation_since, retired_at, destroyed_at)"),
        # UPDATE on one column is also what lets the gate lock the row FOR SHARE.
        grant("seals_datakey", "SELECT, INSERT, DELETE, UPDATE (retired_at, wrapped, epoch_id)"),
        # `keys` is the rotation, which wraps every person's keys anew.
        personal("seals_datakey", column="person", services=("keys",)),
    ]

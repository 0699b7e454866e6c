"""Two rules that the table itself holds: only the person says yes, and only a withdrawal sets a time of deletion."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("choices", "0002_walls"),
        ("programmes", "0002_walls"),
        ("receipts", "0002_walls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "given"), _negated=True), ("recorded_by", models.F("person")), _connector="OR"
                ),
                name="given_by_the_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("erase_after__isnull", True), ("state", "withdrawn"), _connector="OR"),
                name="erased_after_withdrawal",
            ),
        ),
    ]

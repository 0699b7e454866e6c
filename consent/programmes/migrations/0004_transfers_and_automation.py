"""What protects data outside the European Economic Area, and what software decides alone (GDPR Art. 13(1)(f), 13(2)(f)).

Defaults are the database's, as in the migration before: no row is rewritten.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programmes", "0003_storage_place")]

    operations = [
        migrations.AddField(
            model_name="noticeversion",
            name="transfers",
            field=models.TextField(
                blank=True, db_default="", help_text="What protects data that leaves the European Economic Area."
            ),
        ),
        migrations.AddField(
            model_name="noticeversion",
            name="automated_decisions",
            field=models.TextField(
                blank=True, db_default="", help_text="What is decided about people by software alone."
            ),
        ),
        migrations.AlterField(
            model_name="noticeversion",
            name="recipients",
            field=models.JSONField(
                help_text="[{name, people, outside, country}]; with address and contact if outside."
            ),
        ),
    ]

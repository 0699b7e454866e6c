"""A new statement: the completion of a deletion. A choice alone: nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("receipts", "0002_walls")]

    operations = [
        migrations.AlterField(
            model_name="receipt",
            name="statement",
            field=models.CharField(
                choices=[
                    ("decision", "Choice"),
                    ("request", "Request received"),
                    ("certificate", "Deletion certificate"),
                    ("completion", "Deletion complete"),
                    ("hold", "Deletion on hold"),
                    ("export", "Export manifest"),
                ],
                max_length=16,
            ),
        ),
    ]

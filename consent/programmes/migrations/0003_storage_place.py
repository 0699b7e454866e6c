"""Where the data is stored. Both columns have a default in the database: adding them rewrites no row, and who writes without them goes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programmes", "0002_walls")]

    operations = [
        migrations.AddField(
            model_name="noticeversion",
            name="storage_place",
            field=models.CharField(
                blank=True, db_default="", help_text="Where the data is stored, in words.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="noticeversion",
            name="storage_countries",
            field=models.JSONField(db_default=[], default=list, help_text="The countries of it (ISO 3166-1)."),
        ),
    ]

"""A deletion can follow the end of a consent that nobody acted for. A choice alone: nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rights", "0002_walls")]

    operations = [
        migrations.AlterField(
            model_name="rightsrequest",
            name="origin",
            field=models.CharField(
                choices=[
                    ("person", "Asked by the person"),
                    ("withdrawal", "Follows a withdrawal"),
                    ("on_behalf", "Written down for the person"),
                    ("leaver", "The person has left"),
                    ("ended", "The consent ended by itself"),
                ],
                default="person",
                max_length=12,
            ),
        ),
    ]

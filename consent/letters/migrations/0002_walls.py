"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import grant, personal


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_initial")]

    operations = [
        grant("letters_letter", "SELECT, INSERT, UPDATE"),
        personal("letters_letter", services=("letters", "desk", "sweep", "holds", "export")),
    ]

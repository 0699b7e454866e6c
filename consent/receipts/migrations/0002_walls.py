"""Rights of the portal's role, row-level security, and what may never change."""

from django.db import migrations

from consent.database import grant, personal, refuse


class Migration(migrations.Migration):
    dependencies = [("receipts", "0001_initial"), ("ledger", "0001_log")]

    operations = [
        grant("receipts_receipt", "SELECT, INSERT"),
        refuse("receipts_receipt", "UPDATE", "TRUNCATE"),
        personal("receipts_receipt", services=("verify", "print", "export")),
        grant("receipts_print", "SELECT, INSERT, DELETE"),
        personal("receipts_print", column="person", services=("print",)),
    ]

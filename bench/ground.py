"""What the contests stand on: a migrated database with the demonstration's people, programmes, choices and captures."""

from django.core.management import call_command


def prepare() -> None:
    """Migrates the database of this run, and seeds the demonstration with its history."""
    call_command("migrate", database="owner", verbosity=0)
    call_command("make_partitions", verbosity=0)
    call_command("seed_demo", verbosity=0)

"""An administrator with all rights on the database, for tests of what such a one can and cannot hide."""

from collections.abc import Callable

import pytest
from django.db import connections

TABLES = ("ledger_entry", "ledger_record", "ledger_waiting", "ledger_leaf", "ledger_node", "ledger_checkpoint")


@pytest.fixture
def altering(own_database: str) -> Callable[..., int]:
    """Runs a statement as the owner of the tables, with triggers, foreign keys and row-level security out of the way.

    (Foreign keys are dropped: only a superuser can disable their triggers.)
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [list(TABLES)],
        )
        for table, name in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def alter(statement: str, *values: object) -> int:
        with connections["owner"].cursor() as cursor:
            cursor.execute(statement, list(values))
            return cursor.rowcount

    return alter

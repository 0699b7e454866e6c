"""Operations for migrations that put integrity into PostgreSQL: grants, append-only triggers, row-level security.

Two roles (ADR 0002): the owner runs migrations; the portal's role is plain, owns nothing and cannot bypass row-level security.
Three settings of a session tell the policies for whom it acts: `candor.person` (a person's id: that person's rows) and
`candor.service` (a named service of Candor, such as `sweep` or `export`: the tables that name it).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection
from django.db.migrations import RunSQL
from psycopg.pq import TransactionStatus

PORTAL_ROLE = "candor_portal"

_ACTING_PERSON = "NULLIF(current_setting('candor.person', true), '')::uuid"
_ACTING_SERVICE = "NULLIF(current_setting('candor.service', true), '')"


def grant(table: str, rights: str) -> RunSQL:
    """Grants the portal's role these rights on a table (and the use of its sequences)."""
    return RunSQL(f"GRANT {rights} ON {table} TO {PORTAL_ROLE}", RunSQL.noop)


def refusing_function() -> RunSQL:
    """The trigger function that refuses a change; created once, by the ledger's first migration."""
    return RunSQL(
        """
        CREATE FUNCTION candor_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% on % is refused: the table is append-only', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
        """,
        "DROP FUNCTION candor_refuse()",
    )


def refuse(table: str, *operations: str) -> RunSQL:
    """A trigger that refuses the operations (UPDATE, DELETE, TRUNCATE) on a table, whoever tries."""
    statements = [
        f"CREATE TRIGGER {table}_refuse_{operation.lower()} BEFORE {operation} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION candor_refuse()"
        for operation in operations
    ]
    reverse = [f"DROP TRIGGER {table}_refuse_{operation.lower()} ON {table}" for operation in operations]
    return RunSQL(";\n".join(statements), ";\n".join(reverse))


def append_only(table: str) -> RunSQL:
    """Rows of the table can be added and read, never changed or removed. Needs the ledger's first migration as a dependency."""
    return refuse(table, "UPDATE", "DELETE", "TRUNCATE")


def personal(table: str, *, column: str = "person_id", services: tuple[str, ...] = ()) -> RunSQL:
    """Row-level security: a session sees and writes the rows of the person it acts for, and nobody else's.

    `services` names the services of Candor that may also read and write it. SELECT and UPDATE both have a policy: FOR SHARE
    needs the UPDATE right, and without its policy the gate would silently see no row.
    """
    own = f"{column} = {_ACTING_PERSON}"
    allowed = f"({own})"
    if services:
        names = ", ".join(f"'{name}'" for name in services)
        allowed = f"({own} OR {_ACTING_SERVICE} IN ({names}))"
    policies = [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY {table}_select ON {table} FOR SELECT USING {allowed}",
        f"CREATE POLICY {table}_insert ON {table} FOR INSERT WITH CHECK {allowed}",
        f"CREATE POLICY {table}_update ON {table} FOR UPDATE USING {allowed} WITH CHECK {allowed}",
        f"CREATE POLICY {table}_delete ON {table} FOR DELETE USING {allowed}",
    ]
    reverse = [
        *[f"DROP POLICY {table}_{name} ON {table}" for name in ("select", "insert", "update", "delete")],
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    ]
    return RunSQL(";\n".join(policies), ";\n".join(reverse))


@contextmanager
def acting_for(person: UUID | None, *, service: str = "") -> Iterator[None]:
    """For the length of the block the connection sees the rows of this person (or of this service) only; then what it saw before."""
    before = _exchange(str(person) if person else "", service)
    try:
        yield
    finally:
        if not _is_aborted():
            _exchange(*before)


def _is_aborted() -> bool:
    """Whether the transaction has failed: its rollback takes back the settings made in it, and no statement would be let in."""
    raw = connection.connection
    failed = raw is not None and raw.info.transaction_status == TransactionStatus.INERROR
    return connection.needs_rollback or failed


def _exchange(person: str, service: str) -> tuple[str, str]:
    """Sets both settings for the session and returns what they were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH before AS MATERIALIZED (SELECT coalesce(current_setting('candor.person', true), '') AS person,"
            " coalesce(current_setting('candor.service', true), '') AS service)"
            " SELECT person, service, set_config('candor.person', %s, false), set_config('candor.service', %s, false) FROM before",
            [person, service],
        )
        row = cursor.fetchone()
    return row[0], row[1]

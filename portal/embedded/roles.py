"""The two database roles, and the database that one of them owns (ADR 0002)."""

import psycopg
from psycopg import sql

OWNER, PORTAL = "candor_owner", "candor_portal"
DATABASE = "candor"
ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def prepare(*, superuser: str, throw_away: bool, database: str = DATABASE) -> None:
    """Have the owner, the portal's role and the database; does nothing where they are as they should be.

    `superuser`: connection string of one, used here and nowhere else. `throw_away`: the owner may also make databases, as
    the tests need, and end the portal's sessions in one that is dropped. Neither role is a superuser or passes by row-level security; the portal's role owns nothing.
    """
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, extra in ((OWNER, "CREATEDB" if throw_away else "NOCREATEDB"), (PORTAL, "NOCREATEDB")):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} {} {}").format(verb, sql.Identifier(role), sql.SQL(ATTRIBUTES), sql.SQL(extra))
            )
        if throw_away:
            connection.execute(sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(OWNER)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
        for statement in ("REVOKE ALL ON DATABASE {} FROM PUBLIC", "GRANT CONNECT ON DATABASE {} TO " + PORTAL):
            connection.execute(sql.SQL(statement).format(sql.Identifier(database)))

"""Makes the monthly partitions of the segments ahead of time, as the owner of the tables."""

from datetime import UTC, datetime

from django.db import connections, transaction
from psycopg import sql

PARENT, REST = "captures_segment", "captures_segment_rest"
MONTHS_BACK, MONTHS_AHEAD = 25, 13


def make_partitions(*, at: datetime) -> list[str]:
    """Makes what is missing from 25 months before `at` to 13 after, and returns the new names; doing it twice changes nothing.

    Rights stay with the parent alone: a SELECT on a partition would pass row-level security by. What had come to lie in the
    rest partition for a month without one moves into the new one in the same transaction. Runs on the owner's connection.
    """
    here = at.astimezone(UTC).year * 12 + at.astimezone(UTC).month - 1
    months = [datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC) for m in range(here - MONTHS_BACK, here + MONTHS_AHEAD + 2)]
    with transaction.atomic(using="owner"):
        return [name for first, after in zip(months, months[1:], strict=False) if (name := _made(first, after))]


def _made(first: datetime, after: datetime) -> str | None:
    name = f"{PARENT}_{first:%Y_%m}"
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        if cursor.fetchone()[0]:
            return None
        names = {"name": sql.Identifier(name), "parent": sql.Identifier(PARENT), "rest": sql.Identifier(REST)}
        bounds = {"first": sql.Literal(first.isoformat()), "after": sql.Literal(after.isoformat())}
        for statement in (
            "CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)",
            "WITH moved AS (DELETE FROM {rest} WHERE start >= {first} AND start < {after} RETURNING *)"
            " INSERT INTO {name} SELECT * FROM moved",
            "ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ({first}) TO ({after})",
        ):
            cursor.execute(sql.SQL(statement).format(**names, **bounds))
    return name

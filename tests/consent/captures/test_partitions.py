"""Partitions: made ahead, once, without rights of their own."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.db.utils import ProgrammingError

from consent.captures.partitions import make_partitions

INSERT = "INSERT INTO captures_segment_rest SELECT %s, %s, %s, 'mouse', %s, 1, NULL, %s, %s, 3, 9, '', %s, 'x', now()"


def test_making_partitions_twice_changes_nothing(own_database, at):
    first = make_partitions(at=at.replace(year=2031))
    assert len(first) == 39
    assert "captures_segment_2031_11" in first
    assert make_partitions(at=at.replace(year=2031)) == []


def test_a_month_that_gets_its_partition_late_takes_its_rows_along(own_database, at):
    start = datetime(2031, 5, 5, tzinfo=UTC)
    with connections["owner"].cursor() as cursor:
        cursor.execute(INSERT, [uuid4(), uuid4(), uuid4(), uuid4(), start, start, uuid4()])
    make_partitions(at=at.replace(year=2031))
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM captures_segment_2031_05), (SELECT count(*) FROM captures_segment_rest)"
        )
        assert cursor.fetchone() == (1, 0)


def test_a_partition_keeps_the_blob_out_of_line_and_uncompressed(own_database, at):
    make_partitions(at=at)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT attstorage FROM pg_attribute WHERE attrelid = 'captures_segment_2026_11'::regclass AND attname = 'sealed'"
        )
        assert cursor.fetchone()[0] in ("e", b"e")


def test_the_portal_cannot_read_a_partition_directly(own_database, at):
    make_partitions(at=at)
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("SELECT * FROM captures_segment_2026_11")

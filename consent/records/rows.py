"""One decision as a line of an export: with a name, or with a pseudonym that means nothing outside of this export."""

import csv
import hmac
import io
import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from django.db.models import CharField, F, Func, QuerySet, Value
from django.db.models.functions import Cast, Concat

from consent.choices.models import Decision
from consent.receipts.instants import instant

from .models import Export

AT_ONCE = 500
PSEUDONYM_LENGTH = 16
FORMULA = ("=", "+", "-", "@", "\t", "\r")
OPEN_FIELDS = (
    "person",
    "programme",
    "kind",
    "state",
    "on",
    "order",
    "notice",
    "terms_digest",
    "text_sha256",
    "channel",
)
NAMED_FIELDS = (
    "person", "name", "programme", "kind", "state", "at", "order", "notice", "terms_digest", "text_sha256", "channel",
    "written_down_by_another", "decision", "receipt",
)  # fmt: skip
READ = (
    "person_id", "programme__slug", "kind", "state", "at", "number", "notice__number", "terms_digest", "text_sha256", "channel",
)  # fmt: skip
READ_NAMED = (*READ, "id", "person__reference", "person__full_name", "recorded_by", "receipt__number")

Row = Mapping[str, str | int | bool]


def fields_of(export: Export) -> tuple[str, ...]:
    """The columns. Without names there is no number and no time of day, by which rows of two exports could be joined at once."""
    return NAMED_FIELDS if export.named else OPEN_FIELDS


def rows(*, export: Export, found: QuerySet[Decision], key: bytes) -> Iterator[Row]:
    """The lines, read through a cursor of the server, a few hundred at a time. In a transaction, acting for the service.

    With names by time; with pseudonyms in an order of this export alone, one person after the other.
    """
    ordered = found.order_by("at", "person_id", "number") if export.named else _shuffled(found, key)
    line = _named if export.named else _pseudonymous(key)
    read = ordered.values(*(READ_NAMED if export.named else READ))  # what is not written is not read
    return (line(decision) for decision in read.iterator(chunk_size=AT_ONCE))


def pseudonym(person: object, *, key: bytes) -> str:
    """HMAC-SHA-256 under a random key made for one export and dropped with it."""
    return hmac.new(key, str(person).encode(), sha256).hexdigest()[:PSEUDONYM_LENGTH]


def csv_line(values: list[str | int | bool]) -> bytes:
    """One line of RFC 4180 that no spreadsheet takes for a formula."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([_safe(value) for value in values])
    return text.getvalue().encode()


def json_line(row: Row) -> bytes:
    """One line of JSON Lines."""
    return json.dumps(dict(row), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _safe(value: str | int | bool) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _shuffled(found: QuerySet[Decision], key: bytes) -> QuerySet[Decision]:
    seed = hmac.new(key, b"order", sha256).hexdigest()
    salted = Concat(Value(seed), Cast(F("person_id"), CharField()), output_field=CharField())
    mixed = Func(Func(salted, Value("UTF8"), function="convert_to"), function="sha256")
    return found.alias(mixed=mixed).order_by("mixed", "number")


def _pseudonymous(key: bytes) -> Callable[[Mapping[str, Any]], Row]:
    def line(decision: Mapping[str, Any]) -> Row:
        return {
            "person": pseudonym(decision["person_id"], key=key),
            **_what(decision),
            "on": instant(decision["at"])[: len("2026-11-10")],
        }

    return line


def _named(decision: Mapping[str, Any]) -> Row:
    return {
        "person": decision["person__reference"],
        "name": decision["person__full_name"],
        **_what(decision),
        "at": instant(decision["at"]),
        "written_down_by_another": decision["recorded_by"] != decision["person_id"],
        "decision": str(decision["id"]),
        "receipt": decision["receipt__number"],
    }


def _what(decision: Mapping[str, Any]) -> dict[str, str | int | bool]:
    return {
        "programme": decision["programme__slug"],
        "notice": decision["notice__number"],
        "order": decision["number"],
        **{name: decision[name] for name in ("kind", "state", "terms_digest", "text_sha256", "channel")},
    }

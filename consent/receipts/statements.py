"""The bodies of statements that are no consent records: requests, holds, certificates, completions, exports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .instants import instant

REQUEST_PROFILE = "candor-request/1"
HOLD_PROFILE = "candor-hold/1"
CERTIFICATE_PROFILE = "candor-certificate/1"
COMPLETION_PROFILE = "candor-completion/1"
EXPORT_PROFILE = "candor-export/1"


@dataclass(frozen=True)
class ScopeWords:
    """What a request is about: programme and kinds by name (none: every one), and the span (none: without that end)."""

    programme: str | None = None
    kinds: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """As it stands in statements; null means without a limit."""
        return {
            "programme": self.programme,
            "kinds": None if self.kinds is None else list(self.kinds),
            "from": instant(self.start) if self.start else None,
            "to": instant(self.end) if self.end else None,
        }


@dataclass(frozen=True)
class Place:
    """One place that was worked on: what it is, how many records went, what proves it (`searched` by us or `confirmed` by it)."""

    name: str
    removed: int
    proof: str
    how: str
    at: datetime


def request_received(
    *,
    number: str,
    type: str,
    type_label: str,
    scope: ScopeWords,
    received_at: datetime,
    due_at: datetime,
    expected: int = 0,
) -> dict[str, Any]:
    """A request was received, and is due by the end of the month that the law gives (GDPR Art. 12(3))."""
    return {
        "profile": REQUEST_PROFILE,
        "request": number,
        "request_type": type,
        "request_label": type_label,
        "scope": scope.to_json(),
        "received_at": instant(received_at),
        "due_at": instant(due_at),
        "expected": expected,
    }


def deletion_on_hold(
    *, number: str, scope: ScopeWords, told_why: str, held_since: datetime, received_at: datetime
) -> dict[str, Any]:
    """A deletion waits for a legal hold (GDPR Art. 17(3)(e)); `told_why` is what the person may be told."""
    return {
        "profile": HOLD_PROFILE,
        "request": number,
        "scope": scope.to_json(),
        "why": told_why,
        "held_since": instant(held_since),
        "received_at": instant(received_at),
    }


def deletion_certificate(
    *,
    number: str,
    scope: ScopeWords,
    received_at: datetime,
    finished_at: datetime,
    unreadable_since: datetime,
    removed: int,
    by_kind: Mapping[str, int],
    places: Sequence[Place],
    keys: Sequence[str],
    residuals: Sequence[str],
    kept: str,
) -> dict[str, Any]:
    """What was deleted, where, and what remains (GDPR Art. 17, 19).

    `by_kind` counts by the kinds' labels; `keys` and `residuals` are sentences: which keys were destroyed, and what is not gone
    yet or cannot be undone. Nothing here says that data cannot be restored while its epoch's key exists.
    """
    return {
        "profile": CERTIFICATE_PROFILE,
        "request": number,
        "scope": scope.to_json(),
        "received_at": instant(received_at),
        "finished_at": instant(finished_at),
        "unreadable_since": instant(unreadable_since),
        "removed": removed,
        "by_kind": dict(by_kind),
        "places": [
            {"name": each.name, "removed": each.removed, "proof": each.proof, "how": each.how, "at": instant(each.at)}
            for each in places
        ],
        "keys": list(keys),
        "residuals": list(residuals),
        "kept": kept,
    }


def deletion_completed(
    *,
    number: str,
    certificate: str,
    scope: ScopeWords,
    unreadable_since: datetime,
    unrecoverable_since: datetime,
    epochs: Sequence[str],
    keystore_backups_until: datetime | None,
    residuals: Sequence[str],
    finished_at: datetime,
) -> dict[str, Any]:
    """What the certificate of this number said is deleted cannot be restored any more (GDPR Art. 17): the keys of its epochs are gone.

    It holds for the database, its replicas and its backups. What remains is a backup of the keystore itself from before: none is kept
    longer than until `keystore_backups_until` (None: nobody has set a limit, and `residuals` must say so).
    """
    if keystore_backups_until is None and not residuals:
        raise ValueError("A completion names what remains, or until when.")
    return {
        "profile": COMPLETION_PROFILE,
        "request": number,
        "certificate": certificate,
        "scope": scope.to_json(),
        "unreadable_since": instant(unreadable_since),
        "unrecoverable_since": instant(unrecoverable_since),
        "epochs": list(epochs),
        "keystore_backups_until": instant(keystore_backups_until) if keystore_backups_until else None,
        "residuals": list(residuals),
        "finished_at": instant(finished_at),
    }


def export_manifest(
    *,
    number: str,
    purpose: str,
    programme: str | None,
    start: datetime,
    end: datetime,
    named: bool,
    approved_by: str | None,
    rows: int,
    files: Mapping[str, str],
    exported_at: datetime,
) -> dict[str, Any]:
    """What an export holds: its predicate, how many rows, and the SHA-256 of each file by name."""
    return {
        "profile": EXPORT_PROFILE,
        "export": number,
        "purpose": purpose,
        "programme": programme,
        "from": instant(start),
        "to": instant(end),
        "named": named,
        "approved_by": approved_by,
        "rows": rows,
        "files": dict(files),
        "exported_at": instant(exported_at),
    }

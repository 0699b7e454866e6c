"""Consent records: what choices passes down, as ISO/IEC TS 27560 in DPV JSON-LD."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class ConsentRecord:
    """One decision with what the notice said: everything that the record must state, and nothing that was captured."""

    decision_id: UUID
    decision_number: int
    state: str
    at: datetime
    channel: str
    person_reference: str
    person_id: UUID
    person_name: str
    programme_slug: str
    programme_name: str
    kind: str
    kind_label: str
    fields: tuple[str, ...]
    sensitivity: int
    notice_number: int
    notice_language: str
    text_sha256: str
    terms_digest: str
    purpose: str
    system_fed: str
    recipients: tuple[dict[str, Any], ...]
    storage_days: int
    lawful_basis: str
    human_review: str
    no_detriment: str
    irreversible: str
    controller_name: str
    controller_address: str
    controller_contact: str
    controller_country: str
    notice_ends_on: date
    dpia_reference: str = ""
    erase_after: datetime | None = None


def consent_record(record: ConsentRecord) -> dict[str, Any]:
    """The body of a receipt that carries one record."""
    return consent_records([record])


def consent_records(records: Sequence[ConsentRecord]) -> dict[str, Any]:
    """The body of a receipt that carries several records, such as one screen of choices."""
    return {"records": [{"decision": str(record.decision_id)} for record in records]}

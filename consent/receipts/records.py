"""Consent records: what choices passes down, as ISO/IEC TS 27560 in DPV JSON-LD (W3C DPVCG guide “consent-27560”)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import rfc8785

from . import addresses
from .instants import instant
from .vocabulary import (
    BY_THE_PERSON,
    CATEGORIES,
    CONTEXT,
    GDPR,
    INVOLVEMENT,
    RECEIPT_PROFILE,
    RECORD_PROFILE,
    RIGHTS,
    STATUS,
    channel_term,
    kind_term,
)

SENSITIVE_FROM = 3
RECORDS_BYTES_MAX = 192 * 1024  # of one receipt; with its wrapper it stays below the 256 KiB that verifiers read


@dataclass(frozen=True)
class ConsentRecord:
    """One decision with what the notice said: everything that the record must state, and nothing that was captured.

    `fields` are the names of the disclosed fields, `recipients` the notice's list of {name, people, outside, country} and for who
    is outside {address, contact}, `text_sha256` and `terms_digest` hexadecimal digests of the notice, countries ISO 3166-1 codes.
    A notice from before the place of storage was asked for has none: the record then states the controller's country, as its
    receipts always did; what it does not say about transfers and software that decides is left out.
    """

    decision_id: UUID
    decision_number: int
    state: str
    at: datetime
    channel: str
    person_reference: str
    programme_slug: str
    programme_name: str
    kind: str
    kind_label: str
    fields: Sequence[str]
    sensitivity: int
    notice_number: int
    notice_language: str
    notice_published_at: datetime
    notice_ends_on: date
    text_sha256: str
    terms_digest: str
    purpose: str
    system_fed: str
    recipients: Sequence[Mapping[str, Any]]
    storage_days: int
    storage_place: str
    storage_countries: Sequence[str]
    human_review: str
    human_review_by: str
    automated_decisions: str
    transfers: str
    no_detriment: str
    irreversible: str
    controller_name: str
    controller_address: str
    controller_contact: str
    controller_country: str
    dpia_reference: str = ""
    erase_after: datetime | None = None


def consent_record(record: ConsentRecord) -> dict[str, Any]:
    """The body of a receipt that carries one record. A “no” has the same fields as a “yes” (P7)."""
    return consent_records([record])


def consent_records(records: Sequence[ConsentRecord]) -> dict[str, Any]:
    """The body of a receipt that carries several records, such as one screen of choices."""
    return {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": RECEIPT_PROFILE,
        "dpv:hasRecordOfActivity": [_record(record) for record in records],
    }


def together(records: Sequence[ConsentRecord]) -> list[list[ConsentRecord]]:
    """The records of one act, in order, in as few receipts as verifiers will read: in practice one.

    A withdrawal never fails because it ends too much at once; what one notice may say is bounded when it is published.
    """
    groups: list[list[ConsentRecord]] = []
    room = 0
    for record in records:
        size = len(rfc8785.dumps(_record(record)))
        if size > room:
            groups.append([])
            room = RECORDS_BYTES_MAX
        groups[-1].append(record)
        room -= size
    return groups


def _record(record: ConsentRecord) -> dict[str, Any]:
    country = _country(record.controller_country)
    return {
        # Header (6.3.3): schema version, record id, data subject.
        "@type": "dpv:ConsentRecord",
        "@id": f"urn:uuid:{record.decision_id}",
        "dct:identifier": str(record.decision_id),
        "dpv:hasIdentifier": str(record.decision_id),
        "dct:conformsTo": RECORD_PROFILE,
        "candor:number": record.decision_number,
        "dpv:hasDataSubject": {"@type": "dpv:Employee", "dct:identifier": record.person_reference},
        # Notice, processing and parties (6.3.4 to 6.3.6).
        "dpv:hasNotice": _notice(record),
        "dpv:hasProcess": _process(record, country),
        "dpv:hasDataController": _controller(record, country),
        "dpv:hasJurisdiction": country,
        "dpv:hasApplicableLaw": GDPR,
        "dpv:hasAuthority": {"@type": "dpv:DataProtectionAuthority", "dpv:hasJurisdiction": country},
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": addresses.choices_page(),
        },
        "dpv:hasRight": [_right(term) for term in RIGHTS],
        # Event (6.3.7).
        "dpv:hasLegalBasis": ["eu-gdpr:A6-1-a", "dpv:ExpressedConsent"],
        "dpv:hasConsentStatus": _event(record),
    }


def _notice(record: ConsentRecord) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentNotice",
        "@id": addresses.notice_page(record.programme_slug, record.notice_number),
        "dct:identifier": f"{record.programme_slug}/{record.notice_number}",
        "dct:language": record.notice_language,
        "dct:date": instant(record.notice_published_at),
        "dct:valid": record.notice_ends_on.isoformat(),
        "candor:textSha256": record.text_sha256,
        "candor:termsSha256": record.terms_digest,
    }


def _process(record: ConsentRecord, country: str) -> dict[str, Any]:
    return {
        "@type": "dpv:Process",
        "dpv:hasService": {
            "@type": "dpv:Service",
            "dct:identifier": record.programme_slug,
            "dct:title": record.programme_name,
        },
        "dpv:hasPurpose": {"@type": "dpv:Purpose", "dct:description": record.purpose},
        "candor:feeds": record.system_fed,
        "dpv:hasPersonalData": _personal_data(record),
        "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
        "dpv:hasProcessingCondition": {"@type": "dpv:ProcessingLocation", "dpv:hasLocation": _places(record)},
        "dpv:hasDataSource": {"@type": "dpv:DataSubjectDataSource", "dpv:hasProcessing": "dpv:Observe"},
        "dpv:hasHumanInvolvement": INVOLVEMENT[record.human_review],
        "candor:humanReview": {"rdf:value": record.human_review, "dct:description": record.human_review_by},
        **_said_since_asked(record),
        "dpv:hasStorageCondition": _storage(record),
        "dpv:hasRecipient": [_recipient(each) for each in record.recipients] or [_as_recipient(record, country)],
        "dpv:hasConsequence": [
            {"@type": ["dpv:Consequence", "candor:OfRefusing"], "dct:description": record.no_detriment},
            {"@type": ["dpv:Consequence", "candor:CannotBeTakenBack"], "dct:description": record.irreversible},
        ],
        "dpv:hasImpactAssessment": {"@type": "dpv:DPIA", "dct:identifier": record.dpia_reference},
    }


def _stored_in(record: ConsentRecord) -> list[str]:
    return [_country(each) for each in record.storage_countries or [record.controller_country]]


def _places(record: ConsentRecord) -> list[str]:
    """Every country in which the data is stored or used (GDPR Art. 13(1)(f))."""
    used_in = [_country(each["country"]) for each in record.recipients if each.get("country")]
    return sorted({*_stored_in(record), *used_in})


def _said_since_asked(record: ConsentRecord) -> dict[str, Any]:
    """What software decides alone, and what protects data outside the EEA (GDPR Art. 13(2)(f), 13(1)(f))."""
    safeguard = {"@type": "dpv:SafeguardForDataTransfer", "dct:description": record.transfers}
    found = {
        "candor:automatedDecisions": record.automated_decisions,
        "dpv:hasTechnicalOrganisationalMeasure": safeguard if record.transfers else None,
    }
    return {name: value for name, value in found.items() if value}


def _personal_data(record: ConsentRecord) -> dict[str, Any]:
    sensitive = record.sensitivity >= SENSITIVE_FROM
    return {
        "@type": "dpv:SensitivePersonalData" if sensitive else "dpv:PersonalData",
        "skos:broader": [kind_term(record.kind), *CATEGORIES.get(record.kind, ())],
        "dct:identifier": record.kind,
        "dct:title": record.kind_label,
        "candor:fields": list(record.fields),
        "dpv:hasSensitivityLevel": {"@type": "dpv:SensitivityLevel", "rdf:value": record.sensitivity},
        "dpv:hasNecessity": "dpv:Optional",
    }


def _storage(record: ConsentRecord) -> list[dict[str, Any]]:
    """Place, period, deletion: the first two are mandatory (6.3.4.11 and 12)."""
    if record.erase_after:
        deletion = {"@type": "dpv:UntilTimeDuration", "rdf:value": instant(record.erase_after)}
    else:
        deletion = {"@type": "dpv:UntilEventDuration", "rdf:value": "end of the storage period"}
    return [
        {
            "@type": "dpv:StorageLocation",
            "dpv:hasLocation": _stored_in(record),
            **({"dct:description": record.storage_place} if record.storage_place else {}),
        },
        {
            "@type": "dpv:StorageDuration",
            "dpv:hasDuration": {"@type": "dpv:TemporalDuration", "rdf:value": f"P{record.storage_days}D"},
        },
        {"@type": "dpv:StorageDeletion", "dpv:hasDuration": deletion},
    ]


def _country(code: str) -> str:
    return f"loc:{code.upper()}"


def _recipient(recipient: Mapping[str, Any]) -> dict[str, Any]:
    """A team of the controller by its name; who is outside with all that a party has (6.3.6)."""
    made = {
        "@type": "dpv:ThirdParty" if recipient.get("outside") else "dpv:Recipient",
        "dpv:hasName": str(recipient["name"]),
        "dct:description": str(recipient.get("people") or ""),
    }
    if recipient.get("country"):
        made["dpv:hasLocation"] = _country(str(recipient["country"]))
    if recipient.get("address"):
        made |= _party(name=recipient["name"], address=recipient["address"], email=recipient["contact"])
    return made


def _party(*, name: str, address: str, email: str, role: str = "") -> dict[str, Any]:
    """Who somebody is and how to reach them (ISO/IEC TS 27560, 6.3.6; DPV guide, 8.4)."""
    return {
        "dpv:hasName": name,
        "dpv:hasIdentifier": name,
        "dpv:hasAddress": address,
        "schema:contactPoint": {
            "@type": "schema:ContactPoint",
            **({"schema:contactType": role} if role else {}),
            "schema:email": email,
            "schema:address": {"@type": "schema:PostalAddress", "schema:streetAddress": address},
        },
    }


def _as_recipient(record: ConsentRecord, country: str) -> dict[str, Any]:
    return {"@type": "dpv:DataController", "dpv:hasName": record.controller_name, "dpv:hasLocation": country}


def _controller(record: ConsentRecord, country: str) -> dict[str, Any]:
    party = _party(
        name=record.controller_name,
        address=record.controller_address,
        email=record.controller_contact,
        role="data protection officer",
    )
    return {"@type": "dpv:DataController", "dpv:hasLocation": country, **party}


def _right(term: str) -> dict[str, Any]:
    right = RIGHTS[term]
    places = {"choices": addresses.choices_page(), "requests": addresses.requests_page()}
    how = {"dpv:isExercisedAt": places[right.at]} if right.at in places else {"dct:description": right.at}
    return {"@type": ["dpv:DataSubjectRight", term], "dct:title": right.title, **how}


def _event(record: ConsentRecord) -> dict[str, Any]:
    """What was decided, when, by whom, and how long it holds; a “no” holds until the person decides otherwise."""
    if record.state == "given":
        duration = {"@type": "dpv:UntilTimeDuration", "rdf:value": record.notice_ends_on.isoformat()}
    else:
        duration = {"@type": "dpv:UntilEventDuration", "rdf:value": "another decision"}
    return {
        "@type": STATUS[record.state],
        "dpv:isIndicatedAtTime": instant(record.at),
        "dpv:isIndicatedBy": "dpv:DataSubject" if record.state in BY_THE_PERSON else "dpv:DataController",
        "dpv:hasIndicationMethod": channel_term(record.channel),
        "dpv:hasDuration": duration,
    }

"""A given consent in the older format of the Kantara Initiative (Consent Receipt Specification 1.1.0), for tools that read it.

An export, not a receipt: it says less, nobody has signed it, and it names the receipt that it was made from. The format knows given
consents alone; a refusal or an end cannot be said in it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from .issuing import canonical
from .models import Receipt, StatementType
from .vocabulary import STATUS

VERSION = "KI-CR-v1.1.0"
EXPLICIT = "EXPLICIT"
_RECORDS = "dpv:hasRecordOfActivity"


class NotExportable(Exception):
    """The receipt is not of given consents alone: Kantara's format has no words for anything else."""

    code = "not_given"


def can_export(receipt: Receipt) -> bool:
    """Whether `export` would pass."""
    return receipt.statement == StatementType.DECISION and receipt.state == "given"


def export(receipt: Receipt) -> bytes:
    """The export as JSON, made of what was signed alone. Raises NotExportable."""
    if not can_export(receipt):
        raise NotExportable(_("Kantara’s format knows given consents alone, and this receipt is not one of those."))
    raw = bytes(receipt.document)
    document = json.loads(raw)
    records = [each for each in document["body"][_RECORDS] if each["dpv:hasConsentStatus"]["@type"] == STATUS["given"]]
    return canonical(_header(document, records) | _services(records) | _origin(document, raw))


def _header(document: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """4.3: who, when, where, how."""
    first = records[0]
    return {
        "version": VERSION,
        "jurisdiction": _country(first["dpv:hasJurisdiction"]),
        "consentTimestamp": _seconds(first["dpv:hasConsentStatus"]["dpv:isIndicatedAtTime"]),
        "collectionMethod": first["dpv:hasConsentStatus"]["dpv:hasIndicationMethod"],
        "consentReceiptID": document["id"].removeprefix("urn:uuid:"),
        "language": first["dpv:hasNotice"]["dct:language"],
        "piiPrincipalId": document["subject"]["reference"],
        "piiControllers": [_controller(first["dpv:hasDataController"])],
        "policyUrl": first["dpv:hasNotice"]["@id"],
    }


def _controller(controller: Mapping[str, Any]) -> dict[str, Any]:
    """The schema wants a telephone number; receipts have none, and it stays empty."""
    return {
        "piiController": controller["dpv:hasName"],
        "contact": controller["schema:contactPoint"]["schema:email"],
        "address": {
            "streetAddress": controller["dpv:hasAddress"],
            "addressCountry": _country(controller["dpv:hasLocation"]),
        },
        "email": controller["schema:contactPoint"]["schema:email"],
        "phone": "",
    }


def _services(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """4.4 and 4.5: one service per programme with a purpose per kind, and which of the data is sensitive."""
    by_service: dict[str, list[dict[str, Any]]] = {}
    sensitive = []
    for record in records:
        process = record["dpv:hasProcess"]
        data = process["dpv:hasPersonalData"]
        by_service.setdefault(process["dpv:hasService"]["dct:title"], []).append(_purpose(record))
        if data["@type"] == "dpv:SensitivePersonalData":
            sensitive.append(data["dct:title"])
    services = [{"service": name, "purposes": purposes} for name, purposes in by_service.items()]
    return {"services": services, "sensitive": bool(sensitive), "spiCat": sensitive}


def _purpose(record: Mapping[str, Any]) -> dict[str, Any]:
    process, until = record["dpv:hasProcess"], record["dpv:hasConsentStatus"]["dpv:hasDuration"]["rdf:value"]
    outside = [each["dpv:hasName"] for each in process["dpv:hasRecipient"] if each["@type"] == "dpv:ThirdParty"]
    return {
        "purpose": process["dpv:hasPurpose"]["dct:description"],
        "purposeCategory": [process["candor:feeds"]],
        "consentType": EXPLICIT,
        "piiCategory": [process["dpv:hasPersonalData"]["dct:title"]],
        "primaryPurpose": False,
        "termination": f"{until}, or a withdrawal at {record['dpv:hasConsentControl']['dpv:isExercisedAt']}",
        "thirdPartyDisclosure": bool(outside),
        **({"thirdPartyName": ", ".join(outside)} if outside else {}),
    }


def _origin(document: Mapping[str, Any], raw: bytes) -> dict[str, Any]:
    """Not part of the format, which allows more: what this was made from, and where that can be checked."""
    return {
        "derivedFrom": {
            "format": document["format"],
            "number": document["number"],
            "sha256": hashlib.sha256(raw).hexdigest(),
            "issuer": document["issuer"]["url"],
            "note": "An unsigned export. The signed receipt of this number is what counts.",
        }
    }


def _country(term: str) -> str:
    return term.removeprefix("loc:")


def _seconds(text: str) -> int:
    """Since 1970, as the format has it (4.3.3)."""
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp())

"""The terms in which records are written: W3C DPV 2.3 (pinned in `vendor/dpv`), and a few of our own that it lacks."""

from dataclasses import dataclass
from typing import Any

RECORD_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
RECEIPT_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"
OWN_NAMESPACE = "https://candor.example/ns#"

_IRI_VALUED = (
    "dct:conformsTo", "dpv:hasApplicableLaw", "dpv:hasHumanInvolvement", "dpv:hasIndicationMethod", "dpv:hasJurisdiction",
    "dpv:hasLegalBasis", "dpv:hasLocation", "dpv:hasNecessity", "dpv:hasProcessing", "dpv:isExercisedAt", "dpv:isIndicatedBy",
    "skos:broader",
)  # fmt: skip

# Stands in every record, so that nobody who reads one has to fetch anything (JSON-LD 1.1, section 3.1). Without "@version", which
# JSON-LD leaves open and is a fraction: a receipt has none, so that its one form can be checked without rules for rounding.
CONTEXT: dict[str, Any] = {
    "candor": OWN_NAMESPACE,
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    **{name: {"@id": name, "@type": "@id"} for name in _IRI_VALUED},
}

STATUS = {
    "given": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "revoked": "dpv:ConsentRevoked",
    "expired": "dpv:ConsentExpired",
    "invalidated": "dpv:ConsentInvalidated",
}
BY_THE_PERSON = frozenset({"given", "refused", "withdrawn"})

INVOLVEMENT = {"none": "dpv:HumanNotInvolved", "sample": "dpv:HumanInvolved", "all": "dpv:HumanInvolved"}

# The nearest categories of DPV; the kind itself is a term of our own.
CATEGORIES = {
    "mouse": ("pd:Behavioural",),
    "click": ("pd:Behavioural",),
    "keystroke_count": ("pd:Behavioural",),
    "input_count": ("pd:Behavioural",),
    "afk": ("pd:Behavioural",),
    "screenshot": ("pd:Picture",),
    "prompt": ("pd:Communication",),
    "window": ("pd:Behavioural", "pd:DeviceApplications"),
}


@dataclass(frozen=True)
class Right:
    """A right of the GDPR and where it is exercised: at the page of `choices`, of `requests`, or as the words say."""

    title: str
    at: str


RIGHTS = {
    "eu-gdpr:A7-3": Right("Right to withdraw consent", "choices"),
    "eu-gdpr:A15": Right("Right of access", "requests"),
    "eu-gdpr:A16": Right("Right to rectification", "requests"),
    "eu-gdpr:A17": Right("Right to erasure", "requests"),
    "eu-gdpr:A18": Right("Right to restriction of processing", "requests"),
    "eu-gdpr:A20": Right("Right to data portability", "requests"),
    "eu-gdpr:A77": Right(
        "Right to lodge a complaint with a supervisory authority",
        "With the authority of the country where you live, where you work, or where you think the law was broken.",
    ),
}

GDPR = "legal-eu:law-GDPR"


def kind_term(kind: str) -> str:
    """The term of our own for a kind of data."""
    return f"candor:kind-{kind.replace('_', '-')}"


def channel_term(channel: str) -> str:
    """The term of our own for how a decision was expressed."""
    return f"candor:channel-{channel}"

"""Issues receipts: a finished statement is wrapped, signed, written to the log and kept, in the caller's transaction."""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import rfc8785
from django.conf import settings

from consent.ledger import entries
from consent.people.models import Person
from consent.seals import signing

from .instants import instant
from .models import Receipt, StatementType, new_number

FORMAT = "candor-receipt/1"
PURPOSE = "receipts"
SIGNATURE = "signature"
ALGORITHM = "Ed25519"


class NotIssuable(Exception):
    """A statement cannot be written as canonical JSON; nothing was signed."""

    code = "not_issuable"


def issue(
    *, person: Person, statement: StatementType, state: str, about: str, body: Mapping[str, Any], at: datetime
) -> Receipt:
    """Signs a finished statement and keeps it; returns the receipt, whose proof follows when the entry is sequenced.

    The document, signature included, is what the ledger entry commits to: one document, one leaf. All of it is in the
    caller's transaction, which must be open (OutsideTransaction) and act for the person. Takes no lock of its own.
    Raises NotIssuable when the body has a value that JSON cannot hold exactly.
    """
    receipt = Receipt(
        id=uuid4(),
        number=new_number(),
        person=person,
        statement=statement,
        state=state,
        about=about[:200],
        issued_at=at,
    )
    # 1. The statement in its wrapper, made canonical (RFC 8785), and signed (RFC 8032).
    receipt.document = signed(_wrapped(receipt, body))
    # 2. The log commits to exactly these bytes.
    entry = entries.append(receipt.document, kind=f"receipt.{statement}", subject=person.pk, at=at)
    # 3. The row.
    receipt.entry = entry.pk
    receipt.save(force_insert=True)
    return receipt


def signed(document: Mapping[str, Any]) -> bytes:
    """The canonical JSON of the document with its signature, which covers the canonical JSON of everything else."""
    message = canonical(document)
    signature = signing.sign(message, purpose=PURPOSE)
    made = {"algorithm": ALGORITHM, "key": signature.key_id, "value": base64.b64encode(signature.value).decode()}
    return canonical({**document, SIGNATURE: made})


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one form of this JSON value (RFC 8785, JSON Canonicalization Scheme). Raises NotIssuable, for a fraction too."""
    if _has_fraction(document):
        raise NotIssuable("The statement has a number that is not whole, which a verifier refuses.")
    try:
        return rfc8785.dumps(dict(document))
    except rfc8785.CanonicalizationError as error:
        raise NotIssuable("The statement has a value that JSON cannot hold exactly.") from error


def _has_fraction(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_fraction, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_fraction, value))
    return isinstance(value, float)


def _wrapped(receipt: Receipt, body: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "id": f"urn:uuid:{receipt.id}",
        "number": receipt.number,
        "issuer": {"name": receipt.person.employer.name, "url": settings.PUBLIC_URL, "log": settings.LEDGER_ORIGIN},
        "subject": {"name": receipt.person.full_name, "reference": receipt.person.reference},
        "issued_at": instant(receipt.issued_at),
        "type": str(receipt.statement),
        "state": receipt.state,
        "body": _headed(body, receipt),
    }


def _headed(body: Mapping[str, Any], receipt: Receipt) -> dict[str, Any]:
    """A consent receipt states its own identifier and time inside the record (ISO/IEC TS 27560, 6.4; DPV guide, 9.1)."""
    if body.get("@type") != "dpv:ConsentReceipt":
        return dict(body)
    own = str(receipt.id)
    return {**body, "dct:identifier": own, "dpv:hasIdentifier": own, "dct:created": instant(receipt.issued_at)}

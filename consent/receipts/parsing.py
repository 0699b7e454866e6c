"""Reads a document that claims to be a receipt, strictly: one document has one form, and nothing in it is unknown."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from django.utils.translation import gettext as _

from consent.ledger.merkle import ProofInvalid
from consent.ledger.notes import decoded

from .issuing import ALGORITHM, FORMAT, SIGNATURE
from .models import StatementType
from .steps import StepFailed

BYTES_MAX = 256 * 1024
DEPTH_MAX = 32
_KEYS = {"format", "id", "number", "issuer", "subject", "issued_at", "type", "state", "body", SIGNATURE}
_NUMBER = re.compile(r"RCP-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


class NotAReceipt(StepFailed):
    """The document is not a receipt in the one form that receipts have; the sentence says what is wrong."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__("form", sentence)
        self.code = code


@dataclass(frozen=True)
class Document:
    """A receipt as read; believe nothing of it before its signature is verified over `message`."""

    number: str
    issuer_name: str
    log: str
    issued_at: datetime
    type: StatementType
    body: Mapping[str, Any]
    key: str
    signature: bytes
    message: bytes
    whole: Mapping[str, Any]


def parsed(raw: bytes) -> Document:
    """Reads a receipt. Raises NotAReceipt: too large, not UTF-8 JSON, a name twice, unknown or missing parts, another form."""
    document = _object(raw)
    _check_shape(document)
    # The one form: any other spelling of the same value, a space or another order of names, is not what was signed.
    if _canonical(document) != raw:
        raise NotAReceipt(_("The file is not in the exact form in which receipts are issued."), code="not_canonical")
    signature = document[SIGNATURE]
    return Document(
        number=document["number"], issuer_name=document["issuer"]["name"], log=document["issuer"]["log"],
        issued_at=datetime.fromisoformat(document["issued_at"]), type=StatementType(document["type"]), body=document["body"],
        key=signature["key"], signature=_signature_bytes(signature["value"]),
        message=_canonical({name: value for name, value in document.items() if name != SIGNATURE}), whole=document,
    )  # fmt: skip


def _object(raw: bytes) -> dict[str, Any]:
    if len(raw) > BYTES_MAX:
        raise NotAReceipt(_("The file is too large to be a receipt."), code="too_large")
    try:
        read = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_doubles,
            parse_constant=_no_constant,
            parse_float=_no_fraction,
        )
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise NotAReceipt(_("The file is not JSON in UTF-8."), code="not_json") from None
    except (ValueError, RecursionError):
        raise NotAReceipt(
            _("The JSON has a number that is too long, or is nested too deeply."), code="not_json"
        ) from None
    if not isinstance(read, dict):
        raise NotAReceipt(_("The file is JSON, but not a receipt."), code="not_a_receipt")
    _check_depth(read, DEPTH_MAX)
    return read


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotAReceipt(
            _("A name stands twice in the file: two readers could understand it differently."), code="duplicate"
        )
    return found


def _no_fraction(_digits: str) -> None:
    """Two readers could round it differently, so no receipt has one."""
    raise NotAReceipt(_("The file has a number that is not whole; no receipt has one."), code="fraction")


def _check_depth(value: object, left: int) -> None:
    if not isinstance(value, dict | list):
        return
    if not left:
        raise NotAReceipt(_("The JSON is nested more deeply than any receipt."), code="too_deep")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, left - 1)


def _no_constant(name: str) -> None:
    raise NotAReceipt(_("The file has a value that JSON does not know: %(name)s.") % {"name": name}, code="not_json")


def _check_shape(document: Mapping[str, Any]) -> None:
    """Every part is there, no other is, and each is of its kind."""
    if document.get("format") != FORMAT:
        raise NotAReceipt(_("The file is JSON, but not a receipt of Candor."), code="not_a_receipt")
    signature, issuer, subject = document.get(SIGNATURE), document.get("issuer"), document.get("subject")
    fits = (
        set(document) == _KEYS
        and _is_of_texts(signature, {"algorithm", "key", "value"})
        and _is_of_texts(issuer, {"name", "url", "log"})
        and _is_of_texts(subject, {"name", "reference"})
        and all(isinstance(document[name], str) for name in ("id", "number", "issued_at", "type", "state"))
        and isinstance(document["body"], dict)
        and document[SIGNATURE]["algorithm"] == ALGORITHM
        and _NUMBER.fullmatch(document["number"]) is not None
        and _is_instant(document["issued_at"])
        and document["type"] in StatementType.values
    )
    if not fits:
        raise NotAReceipt(_("A part of the receipt is missing, unknown or of the wrong kind."), code="wrong_shape")


def _is_of_texts(value: object, names: set[str]) -> bool:
    return isinstance(value, dict) and set(value) == names and all(isinstance(each, str) for each in value.values())


def _is_instant(text: str) -> bool:
    try:
        return _INSTANT.fullmatch(text) is not None and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def _canonical(document: Mapping[str, Any]) -> bytes:
    try:
        return rfc8785.dumps(dict(document))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError):
        raise NotAReceipt(_("The file has a value that no receipt can have."), code="not_canonical") from None


def _signature_bytes(text: str) -> bytes:
    try:
        return decoded(text)
    except ProofInvalid:
        raise NotAReceipt(_("The signature is not in the form of one."), code="wrong_shape") from None

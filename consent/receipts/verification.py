"""Tells anyone whether a receipt is genuine: by its number, or by the file, step by step.

A verdict is “genuine when issued”. It says nothing about now: whoever holds somebody's old receipt must not be able to find out
whether that person has withdrawn since (P7).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.ledger import notes
from consent.ledger.merkle import ProofInvalid
from consent.ledger.proofs import verify_proof
from consent.seals import keystore, signing

from .issuing import PURPOSE
from .models import Receipt
from .parsing import Document, NotAReceipt, parsed

_LOOK_ALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class NumberVerdict:
    """What a number alone reveals: genuine or not, and the date. Nothing about whom or what."""

    genuine: bool
    issued_at: date | None


@dataclass(frozen=True)
class CheckStep:
    """One step of a check. `passed` is None when it could not be made, because nothing was given to check."""

    name: str
    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check with every step; number and time only when the receipt is genuine."""

    genuine: bool
    steps: list[CheckStep]
    number: str | None = None
    issued_at: datetime | None = None


def check_number(number: str) -> NumberVerdict:
    """Whether Candor issued a receipt of this number, and on which day (UTC). Typing mistakes with 0/O and 1/I/L are forgiven."""
    prefix, dash, rest = number.strip().upper().partition("-")
    wanted = f"{prefix}{dash}{rest.translate(_LOOK_ALIKES)}"[:16].replace("\x00", "")
    with acting_for(None, service="verify"):
        issued = Receipt.objects.filter(number=wanted).values_list("issued_at", flat=True).first()
    return NumberVerdict(genuine=issued is not None, issued_at=issued.astimezone(UTC).date() if issued else None)


def verify_document(raw: bytes, proof: str | None) -> Verdict:
    """Checks a receipt's JSON, and its proof if given, against the keys that this portal's keystore vouches for.

    Keeps nothing, fetches nothing, and reads no personal table. Every step that was reached is in the verdict; the first that
    fails is the last.
    """
    # 1. The file is a receipt in the one form that receipts have.
    try:
        document = parsed(raw)
    except NotAReceipt as error:
        return Verdict(genuine=False, steps=[CheckStep("form", False, str(error))])
    steps = [CheckStep("form", True, _("The file is a receipt in its exact form."))]
    for step in _believed(document, raw, proof):
        steps.append(step)
        if step.passed is False:
            return Verdict(genuine=False, steps=steps)
    return Verdict(genuine=True, steps=steps, number=document.number, issued_at=document.issued_at)


def _believed(document: Document, raw: bytes, proof: str | None) -> Iterator[CheckStep]:
    yield _issuer_step(document)
    yield _signature_step(document)
    yield _proof_step(raw, proof)


def _issuer_step(document: Document) -> CheckStep:
    """2. It names this portal and its log as the issuer."""
    if document.log != settings.LEDGER_ORIGIN:
        return CheckStep("issuer", False, _("It names another issuer: %(log)s. Ask there.") % {"log": document.log})
    return CheckStep("issuer", True, _("It names this portal as its issuer."))


def _signature_step(document: Document) -> CheckStep:
    """3. The key that it names is ours, and signed every byte of it (RFC 8032)."""
    named = [key for key in signing.own_public_keys(PURPOSE) if keystore.key_id_of(key) == document.key]
    if not any(signing.is_signed_by(key, message=document.message, value=document.signature) for key in named):
        return CheckStep(
            "signature", False, _("The signature does not fit: something was changed, or we did not sign it.")
        )
    return CheckStep("signature", True, _("We signed it, and nothing was changed since."))


def _proof_step(raw: bytes, proof: str | None) -> CheckStep:
    """4. The log holds exactly this document (RFC 9162)."""
    if proof is None:
        return CheckStep("log", None, _("No proof was given, so its place in the log was not checked."))
    trusted = set(signing.own_public_keys(notes.PURPOSE))
    keys = [key for key in signing.public_keys(notes.PURPOSE) if key.raw in trusted]
    try:
        proven = verify_proof(raw, proof, public_key=keys)
    except ProofInvalid as error:
        return CheckStep("log", False, str(error))
    return CheckStep("log", True, _("It is entry %(position)s of the log.") % {"position": proven.position})

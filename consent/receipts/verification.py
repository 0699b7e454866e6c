"""Tells anyone whether a receipt is genuine: by its number, or by the file, step by step.

A verdict is “genuine when issued”. It says nothing about now: whoever holds somebody's old receipt must not be able to find out
whether that person has withdrawn since (P7).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from consent.database import acting_for
from consent.ledger import notes
from consent.ledger.merkle import ProofInvalid
from consent.ledger.proofs import verify_proof
from consent.seals import certificate, signing
from consent.seals.vouching import VouchedKey

from . import seal_check
from .issuing import PURPOSE
from .models import Receipt
from .parsing import Document, parsed
from .steps import CheckStep, StepFailed

# In the order in which they are made; seal, whole and attachments of PDFs alone.
STEPS = ("form", "seal", "whole", "attachments", "issuer", "signature", "time", "log")
_LOOK_ALIKES = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class NumberVerdict:
    """What a number alone reveals: genuine or not, and the date. Nothing about whom or what."""

    genuine: bool
    issued_at: date | None


@dataclass(frozen=True)
class Verdict:
    """The outcome of a check with every step; number, time and the believed JSON only when the receipt is genuine."""

    genuine: bool
    steps: list[CheckStep]
    number: str | None = None
    issued_at: datetime | None = None
    document: bytes | None = None

    @property
    def failed(self) -> str | None:
        """The step at which it was refused."""
        return next((step.name for step in self.steps if step.passed is False), None)


@dataclass(frozen=True)
class _Held:
    """The receipt that a file holds, its proof if there is one, and what sealed the file, when."""

    document: Document
    raw: bytes
    proof: bytes | None
    sealed: tuple[VouchedKey, datetime] | None = None


def check_number(number: str) -> NumberVerdict:
    """Whether Candor issued a receipt of this number, and on which day (UTC). Typing mistakes with 0/O and 1/I/L are forgiven."""
    prefix, dash, rest = number.strip().upper().partition("-")
    wanted = f"{prefix}{dash}{rest.translate(_LOOK_ALIKES)}"[:16].replace("\x00", "")
    with acting_for(None, service="verify"):
        issued = Receipt.objects.filter(number=wanted).values_list("issued_at", flat=True).first()
    return NumberVerdict(genuine=issued is not None, issued_at=issued.astimezone(UTC).date() if issued else None)


def verify_file(raw: bytes, beside: bytes | None = None) -> Verdict:
    """Checks a receipt, JSON or PDF, against the keys that this portal's keystore vouches for. `beside`: the proof given with it.

    Keeps nothing, fetches nothing, and reads no personal table. Every step that was reached is in the verdict; the first that
    fails is the last. Of a PDF: form, seal, whole, attachments (`seal_check`); of JSON: form. Then issuer, signature, time, log.
    """
    steps: list[CheckStep] = []
    try:
        held = (
            _held_by_pdf(raw, beside, steps) if raw.startswith(seal_check.MAGIC) else _held_by_json(raw, beside, steps)
        )
        _believe(held, steps)
    except StepFailed as failed:
        return Verdict(False, [*steps, CheckStep(failed.step, False, str(failed))])
    return Verdict(True, steps, held.document.number, held.document.issued_at, held.raw)


def _held_by_json(raw: bytes, proof: bytes | None, steps: list[CheckStep]) -> _Held:
    """1. The file is a receipt in the one form that receipts have."""
    document = parsed(raw)
    steps.append(CheckStep("form", True, _("The file is a receipt in its exact form.")))
    return _Held(document, raw, proof)


def _held_by_pdf(raw: bytes, beside: bytes | None, steps: list[CheckStep]) -> _Held:
    """1 to 4. The file is the PDF that was sealed here, and holds the receipt and its proof."""
    vouched = {key.public: key for key in certificate.keys_vouched_for()}
    seal_check.check_form(raw)
    steps.append(CheckStep("form", True, _("The file is a whole PDF, and nothing in it runs by itself.")))
    seal = seal_check.read_seal(raw, trusted=list(vouched))
    steps.append(CheckStep("seal", True, _("It carries our seal.")))
    seal_check.check_whole(raw, seal)
    opened = seal_check.opened(raw, seal)
    steps.append(CheckStep("whole", True, _("The seal covers all of it: nothing was changed, and nothing added.")))
    enclosed = seal_check.enclosed(opened.files, beside=beside)
    steps.append(CheckStep("attachments", True, _("It holds the signed record and its proof, and nothing else.")))
    return _Held(enclosed.document, enclosed.raw, enclosed.proof, (vouched[seal.certificate], opened.sealed_at))


def _believe(held: _Held, steps: list[CheckStep]) -> None:
    """5 to 8. What the receipt itself says, whoever wrapped it in what."""
    _check_issuer(held.document)
    steps.append(CheckStep("issuer", True, _("It names this portal as its issuer.")))
    key = _signing_key(held.document)
    steps.append(CheckStep("signature", True, _("We signed it, and nothing was changed since.")))
    for used, at in [(key, held.document.issued_at), *([held.sealed] if held.sealed else [])]:
        _check_time(used, at)
    steps.append(CheckStep("time", True, _("Each key that signed it was in use at that time.")))
    steps.append(_log_step(held))


def _check_issuer(document: Document) -> None:
    """5. It names this portal and its log as the issuer."""
    if document.log != settings.LEDGER_ORIGIN:
        raise StepFailed("issuer", _("It names another issuer: %(log)s. Ask there.") % {"log": document.log})


def _signing_key(document: Document) -> VouchedKey:
    """6. The key that it names is ours, and signed every byte of it (RFC 8032)."""
    for key in signing.keys_vouched_for(PURPOSE):
        if key.key_id == document.key and signing.is_signed_by(
            key.public, message=document.message, value=document.signature
        ):
            return key
    raise StepFailed("signature", _("The signature does not fit: something was changed, or we did not sign it."))


def _check_time(key: VouchedKey, at: datetime) -> None:
    """7. The key was in use then: who finds an old one can sign nothing new with it."""
    if not key.may_have_signed(at):
        raise StepFailed(
            "time",
            _("It says that it was signed on %(day)s, when that key was out of use.") % {"day": f"{at:%Y-%m-%d}"},
        )


def _log_step(held: _Held) -> CheckStep:
    """8. The log holds exactly this document (RFC 9162)."""
    if held.proof is None:
        return CheckStep("log", None, _("No proof was given, so its place in the log was not checked."))
    try:
        proof = held.proof.decode("utf-8")
        proven = verify_proof(held.raw, proof, public_key=signing.public_keys(notes.PURPOSE))
    except UnicodeDecodeError:
        raise StepFailed("log", _("The proof is not text in UTF-8.")) from None
    except ProofInvalid as error:
        raise StepFailed("log", str(error)) from None
    return CheckStep("log", True, _("It is entry %(position)s of the log.") % {"position": proven.position})

"""Believes the seal of a printed receipt, or refuses it: from the bytes first, so that no hostile file reaches a reader of PDFs.

1. **Form.** One whole PDF, not too large, not encrypted, and nothing in it runs when it is opened. These words only choose the
   sentence of a refusal: what is believed is the seal.
2. **Seal.** Its certificate is one that the keystore vouches for, and signed (CMS, RFC 5652; PAdES, ETSI EN 319 142-1). A
   time-stamp in it (RFC 3161) is of this signature, by an authority that is trusted here; pyHanko judges that, with step 4.
3. **Whole.** `/ByteRange` covers every byte of the file but the signature itself, and their digest is the signed one. A signature
   stays “valid” for readers when something is added behind it (ISO 32000-1, 7.5.6); for us it does not.
4. **Whole, once more.** Only what passed, and so was made here, is read by pyHanko, which must agree: its bottom line, coverage of
   the entire file, certified without changes (DocMDP, P 1).
5. **Attachments.** Exactly two, the receipt and its proof, named by its number; never more of them is unpacked than they can have.
"""

import hashlib
import io
import re
import zlib
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils.translation import gettext as _
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from consent.seals.timestamping import trusted_authorities

from .parsing import BYTES_MAX, Document, NotAReceipt, parsed
from .seal_frame import Frame, NotASeal, read_frame
from .steps import StepFailed

_Found = TypeVar("_Found")

PDF_BYTES_MAX = 5 * 1024 * 1024
MAGIC = b"%PDF-"
FIELD = "Seal"
_BYTE_RANGE = re.compile(rb"/ByteRange \[ ?0 (\d{1,10}) (\d{1,10}) (\d{1,10}) ?\]")
_CONTENTS = re.compile(rb"<((?:[0-9a-f]{2}){1,65536})>")
_RUNS = re.compile(rb"/(?:JavaScript|JS|OpenAction|Launch)\b")


@dataclass(frozen=True)
class Seal:
    """A seal of ours: its certificate, the digest that was signed, and where in the file the signature lies."""

    certificate: bytes
    digest: bytes
    start: int
    end: int
    covered_after: int


@dataclass(frozen=True)
class Opened:
    """What a believed PDF holds: its attachments by name, and when it was sealed: as it says, or as its time-stamp if that is later."""

    files: Mapping[str, bytes]
    sealed_at: datetime


@dataclass(frozen=True)
class Enclosed:
    """The receipt inside a PDF, as read and byte for byte, and its proof."""

    document: Document
    raw: bytes
    proof: bytes


def check_form(raw: bytes) -> None:
    """1. Raises StepFailed for what needs no seal to be refused."""
    if len(raw) > PDF_BYTES_MAX:
        raise StepFailed("form", _("The file is too large to be a receipt."))
    if b"%%EOF" not in raw:
        raise StepFailed("form", _("The PDF was cut off: its end is missing."))
    plain = _without_streams(raw)
    if b"/Encrypt" in plain:
        raise StepFailed("form", _("The PDF is encrypted, or has a password. No receipt has."))
    if _RUNS.search(plain):
        raise StepFailed("form", _("Something in the PDF runs when it is opened. Nothing does in a receipt."))


def read_seal(raw: bytes, *, trusted: Sequence[bytes]) -> Seal:
    """2. The first seal of the file, if one of the trusted certificates (DER) signed it. Raises StepFailed."""
    place = _BYTE_RANGE.search(raw)
    if place is None:
        raise StepFailed("seal", _("The PDF has no seal. Every receipt that was printed here has one."))
    start, end, after = (int(number) for number in place.groups())
    held = _CONTENTS.fullmatch(raw, start, end)
    if held is None or not raw[:start].endswith(b"/Contents "):
        raise _damaged()
    padded = bytes.fromhex(held[1].decode())
    try:
        frame = read_frame(padded)
        if frame.certificate not in trusted:
            raise StepFailed("seal", _("Somebody else sealed the PDF, or it was printed from another portal."))
        # Nothing in it may vary but what is signed, and the signature: not even what no reader looks at.
        if frame.encoded().ljust(len(padded), b"\0") != padded or not _is_signed(frame):
            raise _damaged()
        return Seal(frame.certificate, frame.digest(), start, end, after)
    except NotASeal:
        raise _damaged() from None


def check_whole(raw: bytes, seal: Seal) -> None:
    """3. Raises StepFailed unless every byte is covered, and is as it was when it was sealed."""
    if raw.count(b"/ByteRange") != 1 or seal.end + seal.covered_after != len(raw):
        raise StepFailed(
            "whole",
            _("Something was added to the PDF, or cut off, after it was sealed. The seal covers only a part of it."),
        )
    covered = hashlib.sha256(raw[: seal.start])
    covered.update(raw[seal.end :])
    if covered.digest() != seal.digest:
        raise StepFailed("whole", _("The PDF was changed after it was sealed."))


def opened(raw: bytes, seal: Seal) -> Opened:
    """4 and 5. What pyHanko reads in a PDF that was believed so far. Raises StepFailed."""
    try:
        reader = PdfFileReader(io.BytesIO(raw))
        (signature,) = reader.embedded_signatures
        sealed_at = signature.self_reported_timestamp
        status = _without_waiting(
            async_validate_pdf_signature(
                signature,
                signer_validation_context=_believing([Certificate.load(seal.certificate)]),
                # The certificate of a time-stamp has to be valid when it is made; it may end long before the receipt does.
                ts_validation_context=_believing(trusted_authorities(), moment=sealed_at),
            )
        )
        stamp = status.timestamp_validity
        agrees = (
            status.bottom_line
            and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
            and signature.docmdp_level == MDPPerm.NO_CHANGES
            and signature.field_name == FIELD
        )
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        streams = {str(names[at]): names[at + 1]["/EF"]["/F"] for at in range(0, len(names), 2)}
    except Exception:  # whatever a reader of PDFs stumbles over, the answer is the same, and quotes nothing
        raise StepFailed("whole", _("The PDF is sealed, but not built as receipts are.")) from None
    if stamp is not None and not (stamp.valid and stamp.intact and stamp.trusted):
        raise StepFailed("seal", _("The time-stamp in the seal is not genuine, or its authority is not trusted here."))
    if not agrees or sealed_at is None:
        raise StepFailed("whole", _("The seal permits changes, or does not cover all of the PDF."))
    # Whoever finds an old key can say any time; the authority tells when that was.
    latest = max(sealed_at, stamp.timestamp) if stamp else sealed_at
    return Opened({name: _inflated(stream) for name, stream in streams.items()}, latest)


def enclosed(files: Mapping[str, bytes], *, beside: bytes | None) -> Enclosed:
    """5. The receipt and its proof, which are all that the PDF holds; `beside` must be one of the two. Raises StepFailed."""
    documents = [name for name in files if name.endswith(".json")]
    try:
        (name,) = documents
        document = parsed(files[name])
    except (ValueError, NotAReceipt):
        raise StepFailed("attachments", _("The PDF does not hold one receipt in its exact form.")) from None
    proof = f"{document.number}.tlog-proof"
    if set(files) != {f"{document.number}.json", proof}:
        raise StepFailed("attachments", _("The PDF does not hold exactly the receipt and its proof."))
    if beside is not None and beside not in files.values():
        raise StepFailed("attachments", _("The file given with the PDF is not the one that the PDF holds."))
    return Enclosed(document, files[name], files[proof])


def _believing(roots: Sequence[Certificate], moment: datetime | None = None) -> ValidationContext:
    return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")


def _without_waiting(coroutine: Coroutine[Any, Any, _Found]) -> _Found:
    """What pyHanko finds. It is written to fetch things meanwhile; here it has no event loop, so that it could not."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        found: _Found = done.value
        return found
    raise RuntimeError("it waits for something")


def _inflated(stream: Any) -> bytes:
    inflating = zlib.decompressobj()
    try:
        found = inflating.decompress(stream.encoded_data, BYTES_MAX)
    except zlib.error:
        found = b""
    if stream.get("/Filter") != "/FlateDecode" or not inflating.eof or inflating.unused_data:
        raise StepFailed("attachments", _("An attachment is larger than a receipt can be, or damaged."))
    return found


def _without_streams(raw: bytes) -> bytes:
    """The file without the contents of its streams, in which any bytes may stand by chance; in one pass."""
    kept, at = [], 0
    while (start := raw.find(b"stream", at)) >= 0 and (end := raw.find(b"endstream", start)) >= 0:
        kept.append(raw[at:start])
        at = end + len(b"endstream")
    return b"".join([*kept, raw[at:]])


def _is_signed(frame: Frame) -> bool:
    public = x509.load_der_x509_certificate(frame.certificate).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return False
    try:
        public.verify(frame.signature, frame.message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _damaged() -> StepFailed:
    return StepFailed("seal", _("The seal of the PDF is damaged, or an imitation."))

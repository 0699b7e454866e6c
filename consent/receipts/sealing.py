"""Seals a PDF: one signature in the file as it was first written, over every byte of it, after which nothing may change.

PAdES B-B (ETSI EN 319 142-1): `ETSI.CAdES.detached`, SHA-256, ECDSA P-256 with the certificate of `consent.seals.certificate`.
Where an authority is configured (TSA_URL) it is B-T: a time-stamp (RFC 3161) over the signature travels in the seal, and shows that
the PDF was sealed no later; an authority that does not answer delays nothing, the seal is then B-B. The CMS is pyHanko's, made once for each key, in which digest and signature are replaced. What a
verifier must insist on:

1. One signature field, `Seal`; its certificate is one that the keystore vouches for.
2. It certifies the document, and permits no change (ISO 32000-1, 12.8.2.2: DocMDP, P 1).
3. Its `/ByteRange` is `[0 a b c]` with b + c the length of the file: all of it but the signature itself.

The field is invisible and lies outside the page (ISO 14289-1, 7.18.1 excepts it from what is read aloud; a hidden one would break
ISO 19005-3, 6.3.2). It is not an incremental update: who adds one adds bytes that are not covered.
"""

import asyncio
import hashlib
import io
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import cms, keys, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, String
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent.seals import certificate
from consent.seals.certificate import Seal
from consent.seals.timestamping import TimeAuthority, time_authority

FIELD = "Seal"
DIGEST = "sha256"
ROOM = 4096  # bytes kept free for the CMS; one without a time-stamp has about 1,400
ROOM_WITH_STAMP = 16384  # a time-stamp brings the certificates of its authority along
OUTSIDE = (-9999, -9999, -9999, -9999)
PRINTED, LOCKED = 1 << 2, 1 << 7  # ISO 32000-1, table 165
SIGNED, APPEND_ONLY = 1, 2  # ISO 32000-1, table 219
NO_CHANGES = 1
_UNKNOWN = 9_999_999_999
_RANGE = re.compile(rb"/ByteRange \[ ?0 9{10} 9{10} 9{10} ?\]")
_CONTENTS = re.compile(rb"/Contents (<0{%d,}>)" % (2 * ROOM))

log = logging.getLogger(__name__)


class NotSealed(Exception):
    """The file has no place for a seal, or the seal does not fit into it; nothing was written."""

    code = "not_sealed"


def reserve(pdf: Pdf, *, alternative: str) -> None:
    """Puts the field, and a signature with nothing in it yet, into a finished document. `alternative` says what the field is."""
    page = pdf.pages[0].obj
    signature = pdf.make_indirect(_empty_signature())
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String(FIELD), TU=String(alternative), V=signature, P=page,
            Rect=Array(OUTSIDE), F=PRINTED | LOCKED,
        )
    )  # fmt: skip
    page.Annots = Array([*page.get("/Annots", []), field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=SIGNED | APPEND_ONLY)
    pdf.Root.Perms = Dictionary(DocMDP=signature)


def written(pdf: Pdf) -> bytes:
    """The file in which a place was reserved, ready to be sealed."""
    file = io.BytesIO()
    pdf.save(file, object_stream_mode=ObjectStreamMode.disable, deterministic_id=True, fix_metadata_version=False)
    return file.getvalue()


def sealed(file: bytes, *, at: datetime) -> bytes:
    """The file with `at` as its claimed time of signing, and its seal. Raises NotSealed. Never rewrite it afterwards."""
    contents = _CONTENTS.search(file)
    byte_range = _RANGE.search(file)
    if contents is None or byte_range is None:
        raise NotSealed("This file has no place for a seal.")
    before, after = contents.start(1), contents.end(1)
    ranges = b"/ByteRange [0 %d %d %d]" % (before, after, len(file) - after)
    whole = bytearray(file)
    whole[byte_range.start() : byte_range.end()] = ranges.ljust(len(byte_range[0]))
    moment = _date(at)
    claimed = whole.index(b"/M (D:00000000000000Z)")
    whole[claimed : claimed + len(moment) + 3] = b"/M " + moment
    digest = hashlib.sha256(memoryview(whole)[:before])
    digest.update(memoryview(whole)[after:])
    signature = _cms(digest.digest()).hex().encode()
    room = after - before - len("<>")
    if len(signature) > room:
        raise NotSealed("The seal does not fit into the place that was kept for it.")
    whole[before:after] = b"<" + signature.ljust(room, b"0") + b">"
    return bytes(whole)


def _empty_signature() -> Dictionary:
    reference = Dictionary(
        Type=Name.SigRef, TransformMethod=Name.DocMDP,
        TransformParams=Dictionary(Type=Name.TransformParams, P=NO_CHANGES, V=Name("/1.2")),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), SubFilter=Name("/ETSI.CAdES.detached"),
        ByteRange=Array([0, _UNKNOWN, _UNKNOWN, _UNKNOWN]), Contents=String(bytes(_room())), M=String("D:00000000000000Z"),
        Reference=Array([reference]),
    )  # fmt: skip


def _date(at: datetime) -> bytes:
    return at.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()


def _room() -> int:
    return ROOM if time_authority() is None else ROOM_WITH_STAMP


def _cms(digest: bytes) -> bytes:
    """The signature as CMS (RFC 5652) with the attributes that PAdES asks for, time-stamped where that can be had."""
    seal, authority = certificate.seal(), time_authority()  # one look: the key may be rotated before the next
    if authority is not None:
        try:
            return asyncio.run(_signed(_signer(seal), digest, authority))
        except TimestampRequestError as error:
            log.warning("A PDF was sealed without a time-stamp: %s", error)
    return _pattern(seal).filled(digest, seal)


@dataclass(frozen=True)
class Pattern:
    """A signature that pyHanko made of `digest`, to be made of others: nothing in it but the digest and the signature differs."""

    cms: bytes
    digest: bytes

    def filled(self, digest: bytes, seal: Seal) -> bytes:
        """The signature of another digest, by the seal that the pattern is of: its signed attributes (RFC 5652, 5.4: as a SET) are signed anew."""
        made = cms.ContentInfo.load(self.cms.replace(self.digest, digest))
        (signer,) = made["content"]["signer_infos"]
        attributes = signer["signed_attrs"].untag().dump()
        signer["signature"] = seal.private.sign(attributes, ECDSA(SHA256()))
        return made.dump()


@lru_cache(maxsize=4)
def _pattern(seal: Seal) -> Pattern:
    """Made once for each key: pyHanko takes thirty milliseconds to build what differs in two places."""
    digest = secrets.token_bytes(hashlib.sha256().digest_size)
    made = asyncio.run(_signed(_signer(seal), digest, None))
    if made.count(digest) != 1:
        raise NotSealed("The signature does not name its digest once.")
    return Pattern(made, digest)


async def _signed(signer: SimpleSigner, digest: bytes, authority: TimeAuthority | None) -> bytes:
    made = await signer.async_sign(digest, DIGEST, use_pades=True, timestamper=authority)
    return made.dump()  # here: asyncio describes the result of what it ran, which takes half a second of a parsed CMS


@lru_cache(maxsize=4)
def _signer(seal: Seal) -> SimpleSigner:
    """pyHanko's signer with this seal."""
    private = seal.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SimpleSigner(
        signing_cert=x509.Certificate.load(seal.certificate_der),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )

"""Seals a PDF: one signature in the file as it was first written, over every byte of it, after which nothing may change.

PAdES B-B (ETSI EN 319 142-1): `ETSI.CAdES.detached`, SHA-256, ECDSA P-256 with the certificate of `consent.seals.certificate`.
The CMS is pyHanko's. What a verifier must insist on:

1. One signature field, `Seal`; its certificate is one that the keystore vouches for.
2. It certifies the document, and permits no change (ISO 32000-1, 12.8.2.2: DocMDP, P 1).
3. Its `/ByteRange` is `[0 a b c]` with b + c the length of the file: all of it but the signature itself.

The field is invisible and lies outside the page (ISO 14289-1, 7.18.1 excepts it from what is read aloud; a hidden one would break
ISO 19005-3, 6.3.2). It is not an incremental update: who adds one adds bytes that are not covered.
"""

import asyncio
import hashlib
import io
import re
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import keys, x509
from cryptography.hazmat.primitives import serialization
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, String
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent.seals import certificate

FIELD = "Seal"
DIGEST = "sha256"
ROOM = 4096  # bytes kept free for the CMS; one without a time-stamp has about 1,400
OUTSIDE = (-9999, -9999, -9999, -9999)
PRINTED, LOCKED = 1 << 2, 1 << 7  # ISO 32000-1, table 165
SIGNED, APPEND_ONLY = 1, 2  # ISO 32000-1, table 219
NO_CHANGES = 1
_UNKNOWN = 9_999_999_999
_RANGE = re.compile(rb"/ByteRange \[ ?0 9{10} 9{10} 9{10} ?\]")
_CONTENTS = re.compile(rb"/Contents (<0{%d}>)" % (2 * ROOM))


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
    cms = _cms(digest.digest())
    if len(cms) > ROOM:
        raise NotSealed("The seal does not fit into the place that was kept for it.")
    whole[before:after] = b"<" + cms.hex().encode().ljust(2 * ROOM, b"0") + b">"
    return bytes(whole)


def _empty_signature() -> Dictionary:
    reference = Dictionary(
        Type=Name.SigRef, TransformMethod=Name.DocMDP,
        TransformParams=Dictionary(Type=Name.TransformParams, P=NO_CHANGES, V=Name("/1.2")),
    )  # fmt: skip
    return Dictionary(
        Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), SubFilter=Name("/ETSI.CAdES.detached"),
        ByteRange=Array([0, _UNKNOWN, _UNKNOWN, _UNKNOWN]), Contents=String(bytes(ROOM)), M=String("D:00000000000000Z"),
        Reference=Array([reference]),
    )  # fmt: skip


def _date(at: datetime) -> bytes:
    return at.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()


def _cms(digest: bytes) -> bytes:
    """The signature as CMS (RFC 5652) with the attributes that PAdES asks for."""
    return asyncio.run(_signed(_signer(certificate.seal().key_id), digest))


async def _signed(signer: SimpleSigner, digest: bytes) -> bytes:
    made = await signer.async_sign(digest, DIGEST, use_pades=True)
    return made.dump()  # here: asyncio describes the result of what it ran, which takes half a second of a parsed CMS


@lru_cache(maxsize=4)
def _signer(key_id: str) -> SimpleSigner:
    """pyHanko's signer with the seal of this key, which is the one that seals now."""
    seal = certificate.seal()
    private = seal.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SimpleSigner(
        signing_cert=x509.Certificate.load(seal.certificate_der),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )

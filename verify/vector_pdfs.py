"""The PDFs among the test vectors: small ones, written by hand so that every byte is known, and sealed as Candor seals."""

import asyncio
import hashlib
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

ROOM = 4096
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_UNKNOWN = b"/ByteRange [0 9999999999 9999999999 9999999999]"
_HOLE = b"<" + b"0" * (2 * ROOM) + b">"
_STARTED = '/OpenAction << /S /JavaScript /JS (app.alert("hello")) >>'

Files = Mapping[str, bytes]


class _Deterministic(SimpleSigner):
    """pyHanko's signer, with ECDSA as RFC 6979 has it: the same bytes every time."""

    private: ec.EllipticCurvePrivateKey

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self.private.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))


class Sealer:
    """A P-256 key made from a word, with a certificate of its own."""

    def __init__(self, word: str) -> None:
        seed = int.from_bytes(hashlib.sha256(f"candor test vectors: {word}".encode()).digest(), "big")
        self._private = ec.derive_private_key(seed % (_ORDER - 1) + 1, ec.SECP256R1())
        public = self._private.public_key()
        spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.id = hashlib.sha256(spki).hexdigest()[:32]
        self.public = spki
        self.certificate = self._certified(word)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        pkcs8 = self._private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._signer = _Deterministic(
            signing_cert=asn1_x509.Certificate.load(der), signing_key=keys.PrivateKeyInfo.load(pkcs8),
            cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        )  # fmt: skip
        self._signer.private = self._private

    def cms(self, digest: bytes) -> bytes:
        """The seal over this digest."""
        made = asyncio.run(self._signer.async_sign(digest, "sha256", use_pades=True))
        return bytes(made.dump())

    def _certified(self, word: str) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Candor test vectors: {word}")])
        usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._private.public_key())
            .serial_number(int(self.id, 16))
            .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .sign(self._private, hashes.SHA256(), ecdsa_deterministic=True)
        )


def written(files: Files, *, at: datetime, catalog: str = "", certifies: str = "/P 1", field: str = "Seal") -> bytes:
    """A PDF of one page with these files attached, and a place for its seal. `certifies` empty: a plain signature."""
    shown = b"BT /F1 14 Tf 60 780 Td (Test vector: a receipt) Tj ET"
    reference = f"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams {certifies} /V /1.2 >> >>]"
    moment = at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    specs = [f"({name}) {8 + 2 * number} 0 R" for number, name in enumerate(files)]
    listed = " ".join(spec.rpartition(") ")[2] for spec in specs)
    permits = "/Perms << /DocMDP 6 0 R >>" if certifies else ""
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /SigFlags 3 >> {permits} /AF [{listed}]"
        f" /Names << /EmbeddedFiles << /Names [{' '.join(specs)}] >> >> {catalog}>>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [5 0 R]"
        b" /Resources << /Font << /F1 7 0 R >> >> >>",
        _stream(shown),
        f"<< /Type /Annot /Subtype /Widget /FT /Sig /T ({field}) /V 6 0 R /P 3 0 R /F 132 /Rect [-9999 -9999 -9999 -9999] >>".encode(),
        f"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M ({moment})"
        f" {reference if certifies else ''} ".encode() + _UNKNOWN + b" /Contents " + _HOLE + b" >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]  # fmt: skip
    for name, content in files.items():
        number = len(bodies) + 2
        spec = f"<< /Type /Filespec /F ({name}) /UF ({name}) /AFRelationship /Data /EF << /F {number} 0 R >> >>"
        bodies += [spec.encode(), _stream(content, "/Type /EmbeddedFile ")]
    return _file(bodies)


def _stream(content: bytes, entries: str = "") -> bytes:
    packed = zlib.compress(content, 9)
    return f"<< {entries}/Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream"


def _file(bodies: list[bytes]) -> bytes:
    made, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(bodies, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, start)
    return bytes(made)


def sealed(pdf: bytes, sealer: Sealer, *, cms: Callable[[bytes], bytes] | None = None, skip: int = 0) -> bytes:
    """The PDF with its seal. `cms` makes another one; `skip` leaves that many bytes at the end out of it."""
    start = pdf.index(_HOLE)
    end, whole = start + len(_HOLE), bytearray(pdf)
    length = len(pdf) - end - skip
    at = pdf.index(_UNKNOWN)
    ranges = b"/ByteRange [0 %d %d %d]" % (start, end, length)
    whole[at : at + len(_UNKNOWN)] = ranges.ljust(len(_UNKNOWN))
    digest = hashlib.sha256(whole[:start] + whole[end : end + length]).digest()
    seal = (cms or sealer.cms)(digest)
    whole[start:end] = b"<" + seal.hex().encode().ljust(2 * ROOM, b"0") + b">"
    return bytes(whole)


def updated(pdf: bytes, number: int, body: bytes) -> bytes:
    """An incremental update: object `number` again, with another body; the bytes before it stay as they are."""
    before = pdf.rindex(b"startxref\n") + len(b"startxref\n")
    previous = int(pdf[before : pdf.index(b"\n", before)])
    place = len(pdf)
    added = b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = b"xref\n%d 1\n%010d 00000 n \n" % (number, place)
    end = b"trailer\n<< /Size 100 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (previous, place + len(added))
    return pdf + added + xref + end


def pdf_vectors(
    add: Callable[..., Any], mine: tuple[bytes, bytes], other: tuple[bytes, bytes], *, at: datetime, rotated: datetime
) -> tuple[Sealer, Sealer]:
    """Adds them; `mine` and `other` are receipts with their proofs. Returns the sealers: the one of now, the one of before."""
    now, before, stranger = Sealer("seal"), Sealer("seal, before the rotation"), Sealer("stranger's seal")
    names = ("RCP-7QK2-0001.json", "RCP-7QK2-0001.tlog-proof")
    files = dict(zip(names, mine, strict=True))
    plain = written(files, at=at)
    good = sealed(plain, now)

    def pdf(name: str, content: bytes, because: str, step: str | None = None, beside: bytes | None = None) -> None:
        add(f"pdf-{name}", content, suffix=".pdf", step=step, beside=beside, because=because)

    pdf("good", good, "a receipt as it is printed")
    pdf("good-with-proof", good, "its own proof beside it", beside=mine[1])
    pdf("good-with-json", good, "its own JSON beside it", beside=mine[0])
    pdf("before-rotation", sealed(written(files, at=rotated), before), "a seal whose key was replaced later")

    pdf("cut", good[: len(good) // 2], "cut off", "form")
    pdf("encrypted", good.replace(b"/Size ", b"/Encrypt 99 0 R /Size "), "encrypted", "form")
    pdf("script", written(files, at=at, catalog=_STARTED), "a script that runs when it is opened", "form")
    scripted = plain[plain.index(b"<< /Type /Catalog") : plain.index(b"\nendobj")].replace(
        b"<<", b"<< " + _STARTED.encode(), 1
    )
    pdf("script-added", updated(good, 1, scripted), "a script added after sealing", "form")

    pdf("unsealed", plain.replace(_UNKNOWN, b""), "no seal", "seal")
    pdf("empty-seal", plain.replace(_UNKNOWN, b"/ByteRange [0 1 2 3]"), "a place for a seal, and nothing in it", "seal")
    pdf("stranger", sealed(plain, stranger), "a genuine receipt inside a PDF that somebody else sealed", "seal")
    hole = good.index(b"/Contents <") + len(b"/Contents <")
    cms = bytes.fromhex(good[hole : good.index(b">", hole)].decode()).rstrip(b"\0")
    swapped = now.certificate.public_bytes(serialization.Encoding.DER)
    foreign = stranger.cms(b"\0" * 32).replace(stranger.certificate.public_bytes(serialization.Encoding.DER), swapped)
    pdf(
        "stranger-claims",
        sealed(plain, now, cms=lambda _digest: foreign),
        "our certificate around somebody else's signature",
        "seal",
    )
    pdf(
        "capitals",
        good[:hole] + cms.hex().upper().encode() + good[hole + 2 * len(cms) :],
        "the seal in capital letters",
        "seal",
    )
    end = good.index(b">", hole)
    pdf("padding", good[: end - 1] + b"1" + good[end:], "something in the empty room behind the seal", "seal")
    length_at = hole + 2 * (cms.index(bytes.fromhex("06092a864886f70d010903")) - 1)  # of the first attribute
    pdf(
        "attributes",
        good[:length_at] + b"ff" + good[length_at + 2 :],
        "an attribute that is longer than what holds it",
        "seal",
    )
    signature_at = hole + 2 * len(cms) - 2
    flipped = b"0" if good[signature_at : signature_at + 1] != b"0" else b"1"
    pdf(
        "signature",
        good[:signature_at] + flipped + good[signature_at + 1 :],
        "one digit of the signature changed",
        "seal",
    )

    pdf(
        "page",
        good.replace(b"/MediaBox [0 0 595 842]", b"/MediaBox [0 0 595 841]"),
        "one digit of the page changed",
        "whole",
    )
    pdf("last-byte", good[:-1] + b" ", "the last byte changed", "whole")
    pdf("comment", good + b"% and so on\n", "a comment added behind the end", "whole")
    pdf(
        "update",
        updated(good, 4, _stream(b"BT /F1 14 Tf 60 780 Td (Another text) Tj ET")),
        "another page by an incremental update",
        "whole",
    )
    again = written(files, at=at)
    signature = again[again.index(b"<< /Type /Sig ") : again.index(b"\nendobj\n7 0 obj")]
    pdf(
        "update-sealed",
        sealed(updated(good, 6, signature), stranger),
        "the same, sealed once more by somebody else",
        "whole",
    )
    pdf(
        "update-sealed-by-us",
        sealed(updated(good, 6, signature), now),
        "the same, sealed once more with our own key",
        "whole",
    )
    pdf("short", sealed(plain, now, skip=7), "a seal that leaves the end out", "whole")
    pdf(
        "changes-allowed",
        sealed(written(files, at=at, certifies="/P 2"), now),
        "a seal that permits to fill in forms",
        "whole",
    )
    pdf("not-certified", sealed(written(files, at=at, certifies=""), now), "a seal that permits any change", "whole")
    pdf("field", sealed(written(files, at=at, field="Seal2"), now), "a seal in another field", "whole")

    def enclosing(name: str, enclosed: Files, because: str, step: str = "attachments") -> None:
        pdf(name, sealed(written(enclosed, at=at), now), because, step)

    enclosing("nothing-inside", {}, "no file inside")
    enclosing("without-proof", {names[0]: mine[0]}, "no proof inside")
    enclosing("one-more", {**files, "more.txt": b"more"}, "a third file inside")
    enclosing("other-names", {"a.json": mine[0], "a.tlog-proof": mine[1]}, "other names than the number of the receipt")
    enclosing("other-number", dict(zip(names, other, strict=True)), "the receipt of another number inside")
    enclosing("not-a-receipt", {names[0]: b"{}", names[1]: mine[1]}, "JSON inside that is no receipt")
    bomb = mine[1] + b" " * 20_000_000
    enclosing("bomb", {names[0]: mine[0], names[1]: bomb}, "20 MB inside, packed into 20 KB")
    enclosing("other-proof", {names[0]: mine[0], names[1]: other[1]}, "the proof of another receipt inside", "log")
    altered = mine[0].replace(b'"state":"given"', b'"state":"refused"')
    enclosing(
        "altered-inside", {names[0]: altered, names[1]: mine[1]}, "an altered receipt under a genuine seal", "signature"
    )
    pdf("other-beside", good, "the proof of another receipt beside it", "attachments", beside=other[1])
    late = written(files, at=rotated + timedelta(seconds=61))
    pdf("after-rotation", sealed(late, before), "sealed by a key after it went out of use", "time")
    return now, before

#!/usr/bin/env python3
"""Checks a Candor receipt without Candor: one file, to be read before it is believed.

    python verify_receipt.py RECEIPT.json --proof RECEIPT.tlog-proof --keys keys.json --origin portal.example/ledger
    python verify_receipt.py RECEIPT.pdf --keys keys.json

It needs Python 3.11 or later and the package `cryptography`; for PDFs also `pyHanko`. It fetches nothing. Save `/api/v1/keys` of
the portal as keys.json, and compare it with what somebody else saved (the works council, a court): whoever runs the portal also
runs that page.

What is believed, in this order. The first step that fails is the last.

 Of a PDF:
  1 form         It is one whole PDF of at most 5 MB, is not encrypted, and starts nothing when it is opened.
  2 seal         One of the given certificates signed it (CMS, SHA-256, ECDSA P-256). Judged from the bytes: no hostile file reaches
                 a reader of PDFs. If the seal carries a time-stamp (RFC 3161), it is one over this signature, by an authority of
                 whom you gave the certificates (`--authority`); pyHanko judges that, together with step 3.
  3 whole        The seal covers every byte of the file but itself: nothing was changed, and nothing added. pyHanko, which reads the
                 PDF only now, must agree, and find that the seal permits no change.
  4 attachments  The PDF holds exactly two files: the receipt, NUMBER.json, and its proof, NUMBER.tlog-proof. A proof that is given
                 beside the PDF is that one, byte for byte. Steps 5 to 9 are then made with these two.
 Of the receipt:
  5 form         It is JSON in the one form that receipts have (RFC 8785), with the parts that receipts have and no others.
                 (Of a receipt inside a PDF this belongs to step 4.)
  6 issuer       It names the log that you expect, if you say which (`--origin`).
  7 signature    A key of the keys file signed every byte of it (Ed25519, RFC 8032).
  8 time         That key was in use at the time that the receipt gives, and the seal's when it sealed: as the PDF says, or as its
                 time-stamp says if that is later. A minute is allowed.
  9 log          The log holds it: SHA-256(0x00, nonce, receipt) is a leaf (RFC 9162), a path of hashes leads from the leaf to a
                 root, and a key of the log signed that root (C2SP tlog-checkpoint). Not made without a proof.

The verdict is “genuine when issued”. It says nothing about what holds now.

Exit codes: 0 every file is genuine; 1 one is not; 2 wrong usage, or a file that cannot be read; 3 one could not be judged, because
no keys were given, pyHanko is not installed, or the authority of a time-stamp is not known.
"""

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate, load_pem_x509_certificates

try:
    import asn1crypto.x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import MDPPerm
    from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    PYHANKO = True
except ImportError:
    PYHANKO = False

JSON_MAX, PROOF_MAX, PDF_MAX = 256 * 1024, 64 * 1024, 5 * 1024 * 1024
DEPTH_MAX, INTEGER_MAX, PATH_MAX, SIGNATURES_MAX = 32, 2**53 - 1, 63, 64
ALLOWANCE = timedelta(minutes=1)

FORMAT = "candor-receipt/1"
PARTS = {"format", "id", "number", "issuer", "subject", "issued_at", "type", "state", "body", "signature"}
TYPES = {"decision", "request", "certificate", "completion", "hold", "export"}
NUMBER = re.compile(r"RCP-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
PROOF_FORMAT = "c2sp.org/tlog-proof@v1"

BYTE_RANGE = re.compile(rb"/ByteRange \[ ?0 (\d{1,10}) (\d{1,10}) (\d{1,10}) ?\]")
# DER of what every seal says: version 1, signed data, data, SHA-256, ECDSA with SHA-256; how the digest's attribute begins; the name of
# the attribute that holds a time-stamp.
VERSION_1 = bytes.fromhex("020101")
SIGNED_DATA, DATA = bytes.fromhex("06092a864886f70d010702"), bytes.fromhex("06092a864886f70d010701")
SHA256, ECDSA_SHA256 = bytes.fromhex("300d06096086480165030402010500"), bytes.fromhex("300a06082a8648ce3d040302")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d01090431220420")
TIME_STAMP = bytes.fromhex("060b2a864886f70d010910020e")

HEXADECIMAL = re.compile(rb"<((?:[0-9a-f]{2}){1,65536})>")
STARTS_SOMETHING = re.compile(rb"/(?:JavaScript|JS|OpenAction|Launch)\b")


@dataclass(frozen=True)
class Step:
    """One step: passed, failed, or not made (None)."""

    name: str
    passed: bool | None
    sentence: str


@dataclass(frozen=True)
class Key:
    """A public key (32 bytes of Ed25519, or a certificate in DER), and when it went out of use."""

    public: bytes
    retired_at: datetime | None = None

    @property
    def id(self) -> str:
        """The first 128 bits of its SHA-256, in hexadecimal."""
        return hashlib.sha256(self.public).hexdigest()[:32]

    def was_in_use(self, at: datetime) -> bool:
        """Whether it may have signed at this time."""
        return self.retired_at is None or at <= self.retired_at + ALLOWANCE


@dataclass(frozen=True)
class Keys:
    """The keys that you trust, by what they sign. `authorities`: certificates (DER) that a time-stamp must lead to."""

    receipts: Sequence[Key]
    ledger: Sequence[Key]
    seals: Sequence[Key]
    authorities: Sequence[bytes] = ()


@dataclass(frozen=True)
class Seal:
    """What the seal says, believed for its signature: the digest of the sealed bytes, and where in the file they are not."""

    key: Key
    digest: bytes
    start: int
    end: int
    length: int
    stamped: bool


class Refused(Exception):
    """A step failed."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step


class Unjudged(Refused):
    """A step could not be made, and without it there is no verdict."""


def verdict(
    raw: bytes, beside: bytes | None = None, *, keys: Keys | None = None, origin: str | None = None
) -> tuple[bool | None, list[Step]]:
    """Whether a file was genuine when issued (None: that could not be judged), and every step that was reached.

    `beside` is what was given with it: the proof of a JSON file, which a PDF holds itself.
    """
    steps: list[Step] = []
    try:
        for step in _steps(raw, beside, keys, origin):
            steps.append(step)
    except Unjudged as error:
        return None, [*steps, Step(error.step, None, str(error))]
    except Refused as error:
        return False, [*steps, Step(error.step, False, str(error))]
    return True, steps


def _steps(raw: bytes, beside: bytes | None, keys: Keys | None, origin: str | None) -> Iterator[Step]:
    sealed_by = sealed_at = None
    if raw.startswith(b"%PDF-"):
        check_pdf(raw)
        yield Step("form", True, "It is a whole PDF that starts nothing.")
        seal = read_seal(raw, _given(keys, "seal").seals)
        yield Step("seal", True, "It carries the seal of one of the given certificates.")
        check_whole(raw, seal)
        sealed_by, sealed_at, files = read_with_pyhanko(raw, seal, _given(keys, "seal").authorities)
        yield Step("whole", True, "The seal covers all of it: nothing was changed, and nothing added.")
        raw, beside, receipt = enclosed(files, beside)
        yield Step("attachments", True, "It holds the receipt and its proof, and nothing else.")
    else:
        receipt = read_receipt(raw)
        yield Step("form", True, "It is a receipt in the one form that receipts have.")
    yield check_issuer(receipt, origin)
    key = check_signature(receipt, _given(keys, "signature").receipts)
    yield Step("signature", True, "The portal signed it, and nothing was changed since.")
    check_time(key, datetime.fromisoformat(receipt["issued_at"]), "it says it was issued")
    if sealed_by and sealed_at:
        check_time(sealed_by, sealed_at, "it says it was sealed")
    yield Step("time", True, "Every key was in use at its time.")
    yield check_log(raw, beside, receipt["issuer"]["log"], _given(keys, "log").ledger)


def _given(keys: Keys | None, step: str) -> Keys:
    if keys is None:
        raise Unjudged(step, "Not checked, nor anything after it: no public keys were given (--keys).")
    return keys


# --- 5 to 8: the receipt ---


def read_receipt(raw: bytes) -> dict[str, Any]:
    """5. The receipt, if it is one in exact form."""
    if len(raw) > JSON_MAX:
        raise Refused("form", "The file is too large to be a receipt.")
    try:
        receipt = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_doubles,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
        exact = canonical(receipt)
    except (ValueError, RecursionError):  # what json raises, and what is not UTF-8
        raise Refused("form", "The file is not JSON in UTF-8 as receipts are.") from None
    if not isinstance(receipt, dict) or not _is_shaped(receipt):
        raise Refused("form", "It is not a receipt: a part is missing, unknown or of the wrong kind.")
    if exact != raw:
        raise Refused("form", "It is not in the exact form in which receipts are issued.")
    return receipt


def canonical(value: Any) -> bytes:
    """The one form of a JSON value (RFC 8785). Raises ValueError for what no receipt can hold."""
    return _written(value, DEPTH_MAX).encode("utf-8")


def _written(value: Any, depth: int) -> str:
    if isinstance(value, dict | list) and not depth:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_written(name, 0)}:{_written(value[name], depth - 1)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(each, depth - 1) for each in value) + "]"
    if isinstance(value, int) and abs(value) > INTEGER_MAX:
        raise ValueError("a number that not every reader can hold")
    return json.dumps(value, ensure_ascii=False)  # text, whole numbers, true, false, null: as RFC 8785 writes them


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise Refused("form", "A name stands twice: two readers could understand it differently.")
    return dict(pairs)


def _refuse_number(_digits: str) -> NoReturn:
    raise Refused("form", "It has a number that is not whole. No receipt has one.")


def _is_shaped(receipt: dict[str, Any]) -> bool:
    return (
        set(receipt) == PARTS
        and receipt["format"] == FORMAT
        and _is_of_texts(receipt["issuer"], {"name", "url", "log"})
        and _is_of_texts(receipt["subject"], {"name", "reference"})
        and _is_of_texts(receipt["signature"], {"algorithm", "key", "value"})
        and all(isinstance(receipt[name], str) for name in ("id", "number", "issued_at", "type", "state"))
        and isinstance(receipt["body"], dict)
        and receipt["signature"]["algorithm"] == "Ed25519"
        and _base64(receipt["signature"]["value"]) is not None
        and NUMBER.fullmatch(receipt["number"]) is not None
        and receipt["type"] in TYPES
        and _is_instant(receipt["issued_at"])
    )


def _is_of_texts(value: Any, names: set[str]) -> bool:
    return isinstance(value, dict) and set(value) == names and all(isinstance(each, str) for each in value.values())


def _is_instant(text: str) -> bool:
    try:
        return INSTANT.fullmatch(text) is not None and datetime.fromisoformat(text) is not None
    except ValueError:
        return False


def check_issuer(receipt: dict[str, Any], origin: str | None) -> Step:
    """6. The log that it names is the expected one."""
    log = receipt["issuer"]["log"]
    if origin is None:
        return Step("issuer", None, f"It names {log!r} as its log. Is that the one you expect? (--origin compares it.)")
    if log != origin:
        raise Refused("issuer", f"It names another issuer, with the log {log!r}. Ask there.")
    return Step("issuer", True, "It names the expected issuer.")


def check_signature(receipt: dict[str, Any], keys: Sequence[Key]) -> Key:
    """7. The key that it names is a trusted one, and signed everything but the signature itself."""
    signature = receipt["signature"]
    message = canonical({name: value for name, value in receipt.items() if name != "signature"})
    for key in keys:
        if key.id == signature["key"] and _signed_by(key, message, _base64(signature["value"]) or b""):
            return key
    raise Refused(
        "signature", "The signature does not fit: something was changed, or none of the given keys signed it."
    )


def check_time(key: Key, at: datetime, what: str) -> None:
    """8. The key was in use then."""
    if not key.was_in_use(at):
        raise Refused("time", f"The key went out of use on {key.retired_at}, before {what}: {at}.")


# --- 9: the log ---


def check_log(raw: bytes, proof: bytes | None, origin: str, keys: Sequence[Key]) -> Step:
    """9. The log of this name holds the receipt."""
    if proof is None:
        return Step("log", None, "Not checked: no proof was given (--proof).")
    # a. The text is exactly of the format (c2sp.org/tlog-proof@v1): nonce, position, path; then the checkpoint.
    try:
        head, _, note = proof.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise _not_a_proof() from None
    lines = head.split("\n")
    if len(proof) > PROOF_MAX or not 3 <= len(lines) <= 3 + PATH_MAX or lines[0] != PROOF_FORMAT:
        raise _not_a_proof()
    nonce, position = _hash(_after("extra ", lines[1])), _whole_number(_after("index ", lines[2]))
    path = [_hash(line) for line in lines[3:]]
    # b. The checkpoint is of this log, and signed by one of its keys.
    size, root = read_checkpoint(note, origin, keys)
    # c. The nonce and the receipt are the leaf, and the path leads from there to the root.
    if _root(hashlib.sha256(b"\x00" + nonce + raw).digest(), position, size, path) != root:
        raise Refused("log", "The path does not lead to the checkpoint: this is not that entry of the log.")
    return Step("log", True, f"It is entry {position} of the log {origin!r}.")


def read_checkpoint(note: str, origin: str, keys: Sequence[Key]) -> tuple[int, bytes]:
    """Size and root of the log, believed for the signature of a key (C2SP signed-note, tlog-checkpoint).

    A line of an unknown key is passed over (witnesses sign too). A wrong signature of a known one spoils the whole.
    """
    text, blank, rest = note.rpartition("\n\n")
    lines, signatures = text.split("\n"), rest.removesuffix("\n").split("\n")
    if not blank or not rest.endswith("\n") or len(lines) < 3 or not all(lines) or len(signatures) > SIGNATURES_MAX:
        raise _not_a_checkpoint()
    if any(ord(char) < 32 and char != "\n" for char in note):
        raise _not_a_checkpoint()
    size, root = _whole_number(lines[1]), _hash(lines[2])
    if lines[0] != origin:
        raise Refused("log", f"The checkpoint is of another log: {lines[0]!r}.")
    believed = False
    for line in signatures:
        dash, name, value = (line.split(" ", 2) + ["", ""])[:3]
        signed = _base64(value)
        if dash != "\N{EM DASH}" or not name or "+" in name or signed is None or len(signed) < 5:
            raise _not_a_checkpoint()
        for key in keys:
            named = hashlib.sha256(name.encode() + b"\n\x01" + key.public).digest()[:4]
            if name == origin and signed[:4] == named:
                if not _signed_by(key, f"{text}\n".encode(), signed[4:]):
                    raise Refused("log", "The signature on the checkpoint is not genuine.")
                believed = True
    if not believed:
        raise Refused("log", "None of the given keys signed the checkpoint.")
    return size, root


def _root(leaf: bytes, position: int, size: int, path: list[bytes]) -> bytes:
    """Where the path leads (RFC 9162, 2.1.3.2), if it is as long as one in a log of this size."""
    if position >= size:
        raise Refused("log", f"There is no entry {position} in a log of {size}.")
    at, last, found = position, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Refused("log", "The path is too long for the size of the log.")
        if at % 2 or at == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        at, last = at // 2, last // 2
    if last != 0:
        raise Refused("log", "The path is too short for the size of the log.")
    return found


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise _not_a_proof()
    return line.removeprefix(word)


def _hash(text: str) -> bytes:
    """32 bytes, and no others."""
    found = _base64(text)
    if found is None or len(found) != 32:
        raise Refused("log", "A hash of the proof is not 32 bytes in base64.")
    return found


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18 and (text == "0" or text[0] != "0")):
        raise Refused("log", "A number of the proof is not in the form of one.")
    return int(text)


def _base64(text: str) -> bytes | None:
    """The bytes of base64 in its one form (RFC 4648, section 4); None for any other text."""
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    return found if base64.b64encode(found).decode() == text else None


def _signed_by(key: Key, message: bytes, value: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _not_a_proof() -> Refused:
    return Refused("log", "The proof is not one of an entry in the log (c2sp.org/tlog-proof@v1).")


def _not_a_checkpoint() -> Refused:
    return Refused("log", "The proof does not end with a signed checkpoint (C2SP tlog-checkpoint).")


# --- 1 to 4: the PDF ---


def check_pdf(raw: bytes) -> None:
    """1. It looks like a PDF of ours. These words only choose the sentence of a refusal: what is believed is the seal."""
    plain = without_streams(raw)
    if len(raw) > PDF_MAX:
        raise Refused("form", "The file is too large to be a receipt.")
    if b"%%EOF" not in raw:
        raise Refused("form", "The PDF was cut off.")
    if b"/Encrypt" in plain:
        raise Refused("form", "The PDF is encrypted. No receipt is.")
    if STARTS_SOMETHING.search(plain):
        raise Refused("form", "The PDF runs a program when it is opened. No receipt does.")


def without_streams(raw: bytes) -> bytes:
    """The file without the contents of its streams, in which any bytes may stand."""
    kept, at = [], 0
    while (start := raw.find(b"stream", at)) >= 0 and (end := raw.find(b"endstream", start)) >= 0:
        kept.append(raw[at:start])
        at = end + len(b"endstream")
    return b"".join([*kept, raw[at:]])


def read_seal(raw: bytes, seals: Sequence[Key]) -> Seal:
    """2. The first seal in the file, believed only as the work of a given certificate."""
    ranges = BYTE_RANGE.search(raw)
    if ranges is None:
        raise Refused("seal", "The PDF carries no seal.")
    start, end, length = (int(number) for number in ranges.groups())
    held = HEXADECIMAL.fullmatch(raw, start, end)
    if held is None or not raw[:start].endswith(b"/Contents "):
        raise Refused("seal", "The seal is damaged.")
    try:
        key, digest, stamped = _read_cms(bytes.fromhex(held[1].decode()), seals)
    except (ValueError, IndexError):
        raise Refused("seal", "The seal is damaged.") from None
    return Seal(key, digest, start, end, length, stamped)


def _read_cms(padded: bytes, seals: Sequence[Key]) -> tuple[Key, bytes, bool]:
    """The key that sealed, the digest that it signed (RFC 5652; ETSI EN 319 122-1), and whether there is a time-stamp.

    Four parts may be anything: the certificate, the signed attributes, the signature, the time-stamp. They are taken out, and put
    into the frame that every seal has: what comes out must be what was given, so that nothing else in it can vary. Raises
    ValueError, IndexError.
    """
    content, _room = _opened(padded)
    _type, tagged = _values(content)
    (signed,) = _values(tagged)
    _version, _digests, _data, certificate, infos = _values(signed)
    (info,) = _values(infos)
    _version, _signer, _digest, attributes, _algorithm, signature, *unsigned = _values(info)
    stamp = b""
    if unsigned:
        (attribute,) = _values(*unsigned)
        _name, stamp = _values(attribute)
    key = next((key for key in seals if key.public == certificate), None)
    if key is None:
        raise Refused("seal", "Somebody else sealed it: its certificate is none of those given.")
    if _framed(certificate, attributes, signature, stamp).ljust(len(padded), b"\0") != padded:
        raise Refused("seal", "The seal is damaged.")
    public = load_der_x509_certificate(certificate).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise Refused("seal", "The given certificate is not one of a seal.")
    try:
        public.verify(signature, _der(0x31, attributes), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused("seal", "The seal is damaged, or an imitation.") from None
    (digest,) = (each.removeprefix(MESSAGE_DIGEST) for each in _values(attributes) if each.startswith(MESSAGE_DIGEST))
    return key, digest, bool(stamp)


def _framed(certificate: bytes, attributes: bytes, signature: bytes, stamp: bytes) -> bytes:
    """The CMS of every seal, around what varies."""
    read = load_der_x509_certificate(certificate)
    serial = read.serial_number.to_bytes(read.serial_number.bit_length() // 8 + 1, "big")
    signer = _der(0x30, read.issuer.public_bytes(), _der(0x02, serial))
    stamped = _der(0xA1, _der(0x30, TIME_STAMP, _der(0x31, stamp))) if stamp else b""
    info = _der(0x30, VERSION_1, signer, SHA256, _der(0xA0, attributes), ECDSA_SHA256, _der(0x04, signature), stamped)
    signed = _der(0x30, VERSION_1, _der(0x31, SHA256), _der(0x30, DATA), _der(0xA0, certificate), _der(0x31, info))
    return _der(0x30, SIGNED_DATA, _der(0xA0, signed))


def _der(tag: int, *contents: bytes) -> bytes:
    """A value in DER (X.690)."""
    content = b"".join(contents)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 128 + size]) + length.to_bytes(size, "big") + content


def _opened(der: bytes) -> tuple[bytes, bytes]:
    """The content of the first value, and what stands behind that value. Raises IndexError, ValueError."""
    start, length = 2, der[1]
    if length >= 128:
        start += length - 128
        length = int.from_bytes(der[2:start], "big")
    if len(der) < start + length:
        raise ValueError("cut off")
    return der[start : start + length], der[start + length :]


def _values(der: bytes) -> list[bytes]:
    """The contents of the values that stand one behind the other."""
    found = []
    while der:
        content, der = _opened(der)
        found.append(content)
    return found


def check_whole(raw: bytes, seal: Seal) -> None:
    """3. What was sealed is all that there is."""
    if raw.count(b"/ByteRange") != 1 or seal.end + seal.length != len(raw):
        raise Refused("whole", "The file is not the one that was sealed: something was added or cut off afterwards.")
    covered = hashlib.sha256(raw[: seal.start])
    covered.update(raw[seal.end :])
    if covered.digest() != seal.digest:
        raise Refused("whole", "The file was changed after it had been sealed.")


def read_with_pyhanko(raw: bytes, seal: Seal, authorities: Sequence[bytes]) -> tuple[Key, datetime, dict[str, bytes]]:
    """3, again, by pyHanko; then when it was sealed, and the files that it holds."""
    if not PYHANKO:
        raise Unjudged(
            "whole", "The seal covers every byte. What the PDF holds can be read only where pyHanko is installed."
        )
    if seal.stamped and not authorities:
        raise Unjudged("seal", "The seal has a time-stamp: give the certificates of its authority (--authority).")
    try:
        reader = PdfFileReader(BytesIO(raw))
        (signature,) = reader.embedded_signatures
        sealed_at = signature.self_reported_timestamp
        status = validate_pdf_signature(
            signature, _believing([seal.key.public]), ts_validation_context=_believing(authorities, sealed_at)
        )
        stamp = status.timestamp_validity
        agrees = (
            status.bottom_line
            and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
            and signature.docmdp_level == MDPPerm.NO_CHANGES
            and signature.field_name == "Seal"
        )
        names = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]
        files = {str(names[at]): _inflated(names[at + 1]["/EF"]["/F"]) for at in range(0, len(names), 2)}
    except Refused:
        raise
    except Exception as error:
        raise Refused("whole", f"pyHanko cannot read it: {type(error).__name__}.") from None
    if stamp is not None and not (stamp.valid and stamp.intact and stamp.trusted):
        raise Refused("seal", "The time-stamp in the seal is not genuine, or of another authority than those given.")
    if not agrees or sealed_at is None:
        raise Refused("whole", "pyHanko does not find that the seal covers all of it and permits no change.")
    return seal.key, max(sealed_at, stamp.timestamp) if stamp else sealed_at, files


def _believing(certificates: Sequence[bytes], moment: datetime | None = None) -> "ValidationContext":
    """These certificates (DER), at that moment (default: now), and nothing from elsewhere."""
    roots = [asn1crypto.x509.Certificate.load(each) for each in certificates]
    return ValidationContext(trust_roots=roots, moment=moment, allow_fetching=False, revocation_mode="soft-fail")


def _inflated(stream: Any) -> bytes:
    """A file of the PDF, never more of it than a receipt can have."""
    inflating = zlib.decompressobj()
    found = inflating.decompress(stream.encoded_data, JSON_MAX)
    if not inflating.eof or inflating.unused_data or stream["/Filter"] != "/FlateDecode":
        raise Refused("attachments", "A file in the PDF is larger than a receipt can be, or damaged.")
    return found


def enclosed(files: dict[str, bytes], beside: bytes | None) -> tuple[bytes, bytes, dict[str, Any]]:
    """4. The receipt and the proof that the PDF holds, and nothing else."""
    try:
        (raw,) = (content for name, content in files.items() if name.endswith(".json"))
        receipt = read_receipt(raw)
    except (ValueError, Refused):
        raise Refused("attachments", "The PDF does not hold one receipt in the form that receipts have.") from None
    number = receipt["number"]
    if set(files) != {f"{number}.json", f"{number}.tlog-proof"}:
        raise Refused("attachments", "The PDF does not hold exactly the receipt and its proof.")
    if beside is not None and beside not in files.values():
        raise Refused("attachments", "What was given beside the PDF is not what the PDF holds.")
    return raw, files[f"{number}.tlog-proof"], receipt


# --- the command ---

# What reading a file of keys raises when it is another file: a verdict on the receipt must not come of that.
NOT_KEYS = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def read_keys(text: bytes, authorities: bytes = b"") -> Keys:
    """The keys of a file that was saved from /api/v1/keys, and the certificates (PEM) of time-stamping authorities.

    Raises one of NOT_KEYS for another file.
    """
    found: dict[str, list[Key]] = {"receipts": [], "ledger": [], "seal": []}
    for row in json.loads(text)["keys"]:
        if row["purpose"] not in found:
            continue  # of a later portal
        retired_at = datetime.fromisoformat(row["retired_at"]) if row["retired_at"] else None
        if retired_at and retired_at.tzinfo is None:
            raise ValueError("a time without its zone")
        if row["purpose"] == "seal":
            public = load_pem_x509_certificate(row["certificate"].encode()).public_bytes(Encoding.DER)
        else:
            public = base64.b64decode(row["public"], validate=True)
        found[row["purpose"]].append(Key(public, retired_at))
    stamping = load_pem_x509_certificates(authorities) if authorities else []
    return Keys(
        found["receipts"], found["ledger"], found["seal"], [each.public_bytes(Encoding.DER) for each in stamping]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Checks the files and says every step. Returns the exit code."""
    parser = argparse.ArgumentParser(
        description="Checks Candor receipts. It fetches nothing.", epilog="See the head of this file."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a receipt: JSON, or PDF")
    parser.add_argument("--proof", type=Path, help="its .tlog-proof (default: the one of the same name beside it)")
    parser.add_argument("--keys", type=Path, help="the public keys: /api/v1/keys of the portal, saved")
    parser.add_argument("--authority", type=Path, help="certificates (PEM) of the authority that time-stamped a seal")
    parser.add_argument("--origin", help="the log that the receipt must name, such as portal.example/ledger")
    given = parser.parse_args(arguments)
    if given.proof and len(given.files) > 1:
        parser.error("--proof goes with one file")
    try:
        stamping = given.authority.read_bytes() if given.authority else b""
        keys = read_keys(given.keys.read_bytes(), stamping) if given.keys else None
        read = [(file, _start_of(file), _beside(file, given.proof)) for file in given.files]
    except OSError as error:
        parser.error(f"{error.filename} cannot be read: {error.strerror}")
    except NOT_KEYS:
        parser.error("that is not a file of keys as /api/v1/keys gives it, or not one of certificates in PEM")
    found = [_say(file, *verdict(raw, beside, keys=keys, origin=given.origin)) for file, raw, beside in read]
    return 1 if False in found else 3 if None in found else 0


def _start_of(file: Path) -> bytes:
    """A file, but never more of it than decides."""
    with file.open("rb") as opened:
        return opened.read(PDF_MAX + 1)


def _beside(file: Path, proof: Path | None) -> bytes | None:
    lies_there = file.with_suffix(".tlog-proof")
    proof = proof or (lies_there if lies_there.is_file() else None)
    return _start_of(proof) if proof else None


def _say(file: Path, genuine: bool | None, steps: list[Step]) -> bool | None:
    print("".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(file)))
    for step in steps:
        print(f"  { {True: 'yes', False: 'NO', None: '-'}[step.passed]:3} {step.name}: {step.sentence}")
    said = {True: "Genuine when issued.", False: "Not genuine: do not rely on it.", None: "Not judged."}
    print(f"  {said[genuine]}")
    return genuine


if __name__ == "__main__":
    sys.exit(main())

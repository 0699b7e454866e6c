#!/usr/bin/env python3
"""Makes the test vectors in `vectors/` anew: receipts, proofs and PDFs, good and bad, each with the verdict that it must get.

    python -m verify.make_vectors [FOLDER]

Every run makes the same bytes: keys, nonces and times are fixed, and ECDSA is deterministic (RFC 6979). The keys are made from the
words below and are worth nothing. Needs `cryptography` and `pyHanko`; nothing of Candor's.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from verify.vector_pdfs import Sealer, pdf_vectors
from verify.verify_receipt import canonical

ORIGIN = "candor.example/ledger"
AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
ROTATED = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
HEADER = "c2sp.org/tlog-proof@v1"
STATES = ("given", "refused", "withdrawn", "revoked", "expired", "invalidated")
EXACT_LIMIT = 2**53 - 1
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


@dataclass(frozen=True)
class Vector:
    """A file, what is given beside it, and the verdict; `step` is the one that fails."""

    name: str
    file: str
    beside: str | None
    step: str | None
    because: str


@dataclass
class Vectors:
    """What is written: files by name, each content once, and the index."""

    files: dict[str, bytes] = field(default_factory=dict)
    index: list[Vector] = field(default_factory=list)

    def add(
        self,
        name: str,
        raw: bytes,
        *,
        suffix: str = ".json",
        beside: bytes | None = None,
        step: str | None = None,
        because: str,
    ) -> None:
        """One vector. Its files carry its name, or that of an earlier vector that has the same content."""
        file = self._kept(f"{name}{suffix}", raw)
        given = None if beside is None else self._kept(f"{name}.tlog-proof", beside)
        self.index.append(Vector(name, file, given, step, because))

    def _kept(self, name: str, content: bytes) -> str:
        known = next((known for known, held in self.files.items() if held == content), None)
        if known is None:
            self.files[known := name] = content
        return known


def hashed(*parts: str | bytes) -> bytes:
    """SHA-256, here also a source of fixed bytes."""
    return hashlib.sha256(b"".join(part.encode() if isinstance(part, str) else part for part in parts)).digest()


def b64(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


class Signer:
    """An Ed25519 key made from a word."""

    def __init__(self, word: str) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashed(f"candor test vectors: {word}"))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(self.public).hexdigest()[:32]


RECEIPTS, RECEIPTS_BEFORE = Signer("receipts"), Signer("receipts, before the rotation")
LEDGER, LEDGER_BEFORE = Signer("ledger"), Signer("ledger, before the rotation")
STRANGER = Signer("stranger")


# --- receipts ---


def statement(
    number: int = 1, *, type: str = "decision", state: str = "given", at: datetime = AT, **parts: Any
) -> dict[str, Any]:
    """A receipt without its signature, in the shape that Candor gives it; bodies are shortened, verifiers do not look into them."""
    return {
        "format": "candor-receipt/1",
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "number": f"RCP-7QK2-{number:04d}",
        "issuer": {"name": "Example Works", "url": "https://candor.example", "log": ORIGIN},
        "subject": {"name": "Alice Demo", "reference": "E-3M8D-71WX"},
        "issued_at": instant(at),
        "type": type,
        "state": state,
        "body": BODIES[type](state, at),
        **parts,
    }


def instant(at: datetime) -> str:
    """A time as receipts write it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _decision(state: str, at: datetime) -> dict[str, Any]:
    return {"@type": "dpv:ConsentReceipt", "dpv:hasRecordOfActivity": [_record(state, at, "mouse", "Mouse movement")]}


def _record(state: str, at: datetime, kind: str, label: str) -> dict[str, Any]:
    return {
        "@type": "dpv:ConsentRecord",
        "dpv:hasConsentStatus": {"@type": f"dpv:Consent{state.capitalize()}", "dpv:isIndicatedAtTime": instant(at)},
        "dpv:hasProcess": {"dpv:hasPersonalData": {"dct:identifier": kind, "dct:title": label}},
    }


BODIES: dict[str, Callable[[str, datetime], dict[str, Any]]] = {
    "decision": _decision,
    "request": lambda state, at: {
        "profile": "candor-request/1",
        "request": "DEL-7QK2-94TM",
        "received_at": instant(at),
    },
    "hold": lambda state, at: {"profile": "candor-hold/1", "request": "DEL-7QK2-94TM", "why": "A court asked for it."},
    "certificate": lambda state, at: {"profile": "candor-certificate/1", "request": "DEL-7QK2-94TM", "removed": 14044},
    "completion": lambda state, at: {
        "profile": "candor-completion/1",
        "request": "DEL-7QK2-94TM",
        "finished_at": instant(at),
    },
    "export": lambda state, at: {"profile": "candor-export/1", "export": "EXP-7QK2-94TM", "rows": 1204, "named": False},
}


def signed(document: Mapping[str, Any], signer: Signer = RECEIPTS, **changed: str) -> bytes:
    """The receipt: canonical JSON with its signature, parts of which can be `changed`."""
    value = b64(signer.private.sign(canonical(dict(document))))
    return canonical({**document, "signature": {"algorithm": "Ed25519", "key": signer.id, "value": value, **changed}})


def _written(document: Mapping[str, Any]) -> bytes:
    """Canonical JSON of plain letters and small numbers, however deep."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


# --- the log ---


def leaf_of(document: bytes, nonce: bytes) -> bytes:
    """What the log keeps of a receipt."""
    return hashed(b"\x00", nonce, document)


def nonce_of(document: bytes) -> bytes:
    """A fixed nonce; the real one is random."""
    return hashed("nonce", document)


@dataclass(frozen=True)
class Log:
    """A log in which a receipt is entry `position` of `size`; all other hashes are made up, and lead to a root all the same."""

    position: int
    size: int

    def path(self, leaf: bytes) -> tuple[list[bytes], bytes]:
        """The path of the leaf and the root (RFC 9162, 2.1.3)."""
        path: list[bytes] = []
        found, at, last = leaf, self.position, self.size - 1
        while last:
            if at % 2 or at < last:  # at the right edge a level without a sibling is passed over
                sibling = hashed("sibling", bytes([len(path)]))
                path.append(sibling)
                found = hashed(b"\x01", sibling, found) if at % 2 else hashed(b"\x01", found, sibling)
            at, last = at // 2, last // 2
        return path, found


def checkpoint(
    size: int | str, root: bytes, *, origin: str = ORIGIN, signer: Signer = LEDGER, name: str | None = None
) -> str:
    """A signed note (C2SP tlog-checkpoint)."""
    text = f"{origin}\n{size}\n{b64(root)}\n"
    return f"{text}\n{signature_line(text, name or origin, signer)}\n"


def signature_line(text: str, name: str, signer: Signer) -> str:
    """A line of a signed note (C2SP signed-note)."""
    key = hashed(name, b"\n\x01", signer.public)[:4]
    return f"— {name} {b64(key + signer.private.sign(text.encode()))}"


def proof(document: bytes, log: Log, *, nonce: bytes | None = None, note: str | None = None, **signing: Any) -> bytes:
    """The proof of a receipt (c2sp.org/tlog-proof@v1)."""
    nonce = nonce or nonce_of(document)
    path, root = log.path(leaf_of(document, nonce))
    return assembled(nonce, log.position, path, note or checkpoint(log.size, root, **signing))


def assembled(nonce: bytes, position: int | str, path: Sequence[bytes], note: str, header: str = HEADER) -> bytes:
    """The text of a proof."""
    lines = [header, f"extra {b64(nonce)}", f"index {position}", *map(b64, path)]
    return ("\n".join(lines) + "\n\n" + note).encode()


# --- the vectors ---


def good_receipts(made: Vectors) -> None:
    """Every state, every type, and what JSON may look like."""
    for state in STATES:
        made.add(f"decision-{state}", signed(statement(state=state)), because=f"a choice: {state}")
    others = {
        "request": "received",
        "hold": "held",
        "certificate": "done",
        "completion": "done",
        "export": "exported",
    }
    for type, state in others.items():
        made.add(type, signed(statement(type=type, state=state)), because=f"a statement: {type}")
    several = [_record("given", AT, "mouse", "Mouse movement"), _record("refused", AT, "click", "Clicks")]
    body: dict[str, Any] = {"@type": "dpv:ConsentReceipt", "dpv:hasRecordOfActivity": several}
    made.add("several-records", signed(statement(body=body)), because="one receipt for a screen of choices")
    letters = {"name": "Zoë Çelik-Ωμέγα 王 عمر 😀", "reference": "E-3M8D-71WX"}
    made.add("letters", signed(statement(subject=letters)), because="a name in many alphabets")
    body = {"\ue000": 1, "😀": 2, "z": 3, "Z": 4, "": 5, "é": 6}
    made.add(
        "order-of-names", signed(statement(body=body)), because="names are ordered by UTF-16 units: 😀 before U+E000"
    )
    body = {"text": '\x00\x01\x08\t\n\x0b\x0c\r\x1f \x7f\x80 \u2028\u2029 \\ / " <&>'}
    made.add(
        "escapes", signed(statement(body=body)), because="what is escaped, how, and what is not (RFC 8785, 3.2.2.2)"
    )
    body = {
        "numbers": [0, -1, EXACT_LIMIT, -EXACT_LIMIT],
        "true": True,
        "false": False,
        "null": None,
        "empty": [{}, [], ""],
    }
    made.add(
        "values", signed(statement(body=body)), because="the largest whole numbers that every reader holds exactly"
    )
    made.add("nested", signed(statement(body=nested(31))), because="nested as deeply as a receipt may be: 32 levels")


def nested(levels: int) -> dict[str, Any]:
    """An object inside an object, so many levels of it."""
    return {"in": nested(levels - 1)} if levels > 1 else {}


def bad_form(made: Vectors) -> None:
    """What is not JSON, not in the one form, or not a receipt."""
    document = statement()
    raw = signed(document)

    def bad(name: str, content: bytes, because: str) -> None:
        made.add(f"form-{name}", content, step="form", because=because)

    bad("empty", b"", "nothing")
    bad("null", b"null", "JSON, but no object")
    bad("array", b"[]", "JSON, but no object")
    bad("number", b"1", "JSON, but no object")
    bad("object", b"{}", "an object without parts")
    bad("other-format", canonical({**json.loads(raw), "format": "candor-receipt/2"}), "a format of another time")
    bad("bom", b"\xef\xbb\xbf" + raw, "a byte order mark")
    text = raw.decode()
    bad("utf-16-le", text.encode("utf-16-le"), "UTF-16")
    bad("utf-16", b"\xfe\xff" + text.encode("utf-16-be"), "UTF-16 with a byte order mark")
    bad("utf-32", text.encode("utf-32-be"), "UTF-32")
    accented = signed(statement(subject={"name": "Zoë", "reference": "E-3M8D-71WX"})).decode()
    bad("latin-1", accented.encode("latin-1"), "Latin-1")
    bad("surrogates", accented.replace("ë", "X").encode().replace(b"X", b"\xed\xa0\x80"), "a surrogate as UTF-8")
    bad("lone-surrogate", raw.replace(b"Alice", b"\\ud800"), "half a character, escaped")
    bad("overlong", raw.replace(b"/", b"\xc0\xaf", 1), "a slash in two bytes")
    bad("space-before", b" " + raw, "a space before")
    bad("newline-after", raw + b"\n", "a line feed after, as editors write")
    bad("pretty", json.dumps(json.loads(raw), indent=2).encode(), "the same value, set out for reading")
    bad(
        "order",
        json.dumps(dict(reversed(json.loads(raw).items())), separators=(",", ":")).encode(),
        "names in another order",
    )
    names = signed(statement(body={"\ue000": 1, "😀": 2})).decode()
    by_code_point = names.replace('"😀":2,"\ue000":1', '"\ue000":1,"😀":2').encode()
    bad("order-by-code-point", by_code_point, "names ordered by code point, not by UTF-16 unit")
    bad("escaped-slash", raw.replace(b"/", b"\\/", 1), "a slash escaped")
    bad("escaped-letter", raw.replace(b"Alice", b"\\u0041lice"), "a letter escaped")
    control = signed(statement(state="a\x1fb")).replace(b"\\u001f", b"\\u001F")
    bad("escape-in-capitals", control, "an escape in capital letters")
    bad("doubled", raw[:-1] + b',"state":"refused"}', "a name twice")
    bad("doubled-inside", raw.replace(b'"log":', b'"log":"x","log":'), "a name twice, inside")
    bad("doubled-escaped", raw[:-1] + b',"\\u0073tate":"refused"}', "a name twice, once with an escape")
    bad("unknown", signed({**document, "valid": True}), "a part that receipts do not have, signed all the same")
    bad("unknown-inside", signed({**document, "issuer": {**document["issuer"], "mail": "x"}}), "the same inside a part")
    for part in ("id", "issuer", "subject", "body"):
        less = {name: value for name, value in document.items() if name != part}
        bad(f"without-{part}", signed(less), f"no {part}")
    bad("without-signature", canonical(document), "no signature")
    wrong = {
        "number": 12, "issued_at": 1794301200, "body": [], "subject": "Alice Demo", "issuer": None, "state": ["given"], "type": True,
        "id": {},
    }  # fmt: skip
    for part, value in wrong.items():
        bad(f"wrong-type-{part}", signed({**document, part: value}), f"{part} of a wrong type")
    bad("type", signed({**document, "type": "wish"}), "a statement of an unknown type")
    for name, number in {"letter": "RCP-7QK2-000I", "short": "RCP-7QK2-001", "other": "DEL-7QK2-0001"}.items():
        bad(f"number-{name}", signed({**document, "number": number}), "a number that is none of a receipt")
    times = {
        "no-fraction": "2026-11-10T09:00:00Z", "offset": "2026-11-10T09:00:00.000000+00:00", "month": "2026-13-10T09:00:00.000000Z",
        "digits": "２０２６-11-10T09:00:00.000000Z", "word": "yesterday",
    }  # fmt: skip
    for name, time in times.items():
        bad(f"time-{name}", signed({**document, "issued_at": time}), "a time in another form")
    bad("algorithm", signed(document, algorithm="none"), "another algorithm")
    bad("signature-base64", signed(document, value="*" * 88), "a signature that is not base64")
    loose = json.loads(raw)["signature"]["value"]
    bad(
        "signature-padding",
        signed(document, value=f"{loose[:-3]}{chr(ord(loose[-3]) + 1)}=="),
        "base64 with bits left over",
    )
    for name, broken in {"float": 1.5, "float-whole": 1.0}.items():
        fraction: dict[str, Any] = {**document, "body": {"a": broken}}
        value = b64(RECEIPTS.private.sign(_written(fraction)))
        fraction["signature"] = {"algorithm": "Ed25519", "key": RECEIPTS.id, "value": value}
        bad(name, _written(fraction), f"the fraction {broken}, signed all the same")
    bad("exponent", raw.replace(b'"body":{', b'"body":{"a":1e3,'), "an exponent")
    bad("minus-zero", raw.replace(b'"body":{', b'"body":{"#":-0,'), "minus zero")
    bad("nan", raw.replace(b'"body":{', b'"body":{"a":NaN,'), "no number")
    bad("infinity", raw.replace(b'"body":{', b'"body":{"a":-Infinity,'), "no number")
    bad(
        "integer",
        raw.replace(b'"body":{', b'"body":{"#":%d,' % (EXACT_LIMIT + 1)),
        "a number that not every reader holds",
    )
    bad(
        "integer-huge",
        raw.replace(b'"body":{', b'"body":{"#":%s,' % (b"9" * 10_000)),
        "a number of ten thousand digits",
    )
    deep = {**document, "body": nested(32)}
    value = b64(RECEIPTS.private.sign(_written(deep)))
    deep["signature"] = {"algorithm": "Ed25519", "key": RECEIPTS.id, "value": value}
    bad("deep", _written(deep), "nested one level too deeply, signed all the same")
    bad("deep-objects", b'{"a":' * 30_000, "nested thirty thousand times")
    bad("deep-arrays", b"[" * 30_000 + b"]" * 30_000, "nested thirty thousand times")
    bad("cut", raw[:-1], "cut off")
    bad("twice", raw + raw, "twice one after the other")
    large = {**document, "body": {"text": "x" * (256 * 1024)}}
    bad("large", signed(large), "more than 256 KiB, signed all the same")


def bad_signature(made: Vectors) -> None:
    """What is a receipt in form, and was not signed so."""
    document = statement()
    raw = signed(document)

    def bad(name: str, content: bytes, because: str, step: str = "signature") -> None:
        made.add(f"{step}-{name}", content, step=step, because=because)

    elsewhere = {**document["issuer"], "log": "elsewhere.example/ledger"}
    bad("elsewhere", signed({**document, "issuer": elsewhere}), "a receipt of another issuer", step="issuer")
    for part, value in {
        "state": "refused",
        "number": "RCP-7QK2-0009",
        "issued_at": instant(AT + timedelta(days=1)),
    }.items():
        bad(f"changed-{part}", canonical({**json.loads(raw), part: value}), f"{part} changed afterwards")
    bad("changed-name", raw.replace(b"Alice Demo", b"Mallory Demo"), "another name")
    bad("changed-inside", raw.replace(b"dpv:ConsentGiven", b"dpv:ConsentRefused"), "another status inside the record")
    other = json.loads(signed(statement(2)))["signature"]
    bad("of-another", canonical({**document, "signature": other}), "the signature of another receipt")
    bad("stranger", signed(document, STRANGER), "signed by a key that is not trusted")
    bad("stranger-claims", signed(document, STRANGER, key=RECEIPTS.id), "signed by another key than the one it names")
    bad("key-of-the-log", signed(document, LEDGER), "signed by the key of the log")
    bad("key-capitals", signed(document, key=RECEIPTS.id.upper()), "the key's name in capital letters")
    made_by_us = base64.b64decode(json.loads(raw)["signature"]["value"])
    bad("short", signed(document, value=b64(made_by_us[:-1])), "a signature of 63 bytes")
    bad("none", signed(document, value=""), "an empty signature")
    bad("zero", signed(document, value=b64(bytes(64))), "a signature of zeroes")
    scalar = int.from_bytes(made_by_us[32:], "little") + ED25519_ORDER
    malleable = made_by_us[:32] + scalar.to_bytes(32, "little")
    bad(
        "malleable", signed(document, value=b64(malleable)), "the same signature with a larger scalar (RFC 8032, 5.1.7)"
    )


def rotation(made: Vectors) -> None:
    """A key signs until it is retired, and no longer."""

    def by_old_key(name: str, at: datetime, because: str, step: str | None = None) -> None:
        made.add(f"time-{name}", signed(statement(at=at), RECEIPTS_BEFORE), step=step, because=because)

    by_old_key("before-rotation", ROTATED - timedelta(days=30), "signed by a key that was replaced later")
    by_old_key("at-rotation", ROTATED + timedelta(seconds=59), "a minute is allowed for clocks and running processes")
    by_old_key("after-rotation", ROTATED + timedelta(seconds=61), "signed by a key after it went out of use", "time")


def good_proofs(made: Vectors) -> None:
    """Logs of all sorts of sizes."""
    raw = signed(statement())
    sizes = {
        "alone": (0, 1), "first-of-two": (0, 2), "second-of-two": (1, 2), "last-of-seven": (6, 7), "fifth-of-seven": (4, 7),
        "big": (123_456, 1_000_003), "last-of-big": (2**20, 2**20 + 1), "huge": (10**15, 10**17 + 1),
    }  # fmt: skip
    for name, (position, size) in sizes.items():
        log = Log(position, size)
        made.add(f"log-{name}", raw, beside=proof(raw, log), because=f"entry {position} of a log of {size}")
    early = signed(statement(at=ROTATED - timedelta(days=30)), RECEIPTS_BEFORE)
    made.add(
        "log-before-rotation", early, beside=proof(early, Log(2, 5), signer=LEDGER_BEFORE),
        because="receipt and checkpoint are signed by keys that were replaced later",
    )  # fmt: skip
    whole = proof(raw, Log(2, 5)).decode()
    text = whole.partition("\n\n")[2].partition("\n\n")[0] + "\n"
    witnessed = whole + signature_line(text, "witness.example/w1", STRANGER) + "\n"
    made.add(
        "log-witnessed",
        raw,
        beside=witnessed.encode(),
        because="a witness that you do not know signed the checkpoint too",
    )
    path, root = Log(2, 5).path(leaf_of(raw, nonce_of(raw)))
    text = f"{ORIGIN}\n5\n{b64(root)}\nextension line\n"
    note = f"{text}\n{signature_line(text, ORIGIN, LEDGER)}\n"
    extended = assembled(nonce_of(raw), 2, path, note)
    made.add(
        "log-extended",
        raw,
        beside=extended,
        because="a checkpoint with a further line, which is signed like the others",
    )


def bad_proofs(made: Vectors) -> None:
    """Proofs that prove nothing."""
    raw, other = signed(statement()), signed(statement(2))
    log, nonce = Log(5, 11), nonce_of(raw)
    path, root = log.path(leaf_of(raw, nonce))
    note = checkpoint(log.size, root)
    text = note.partition("\n\n")[0] + "\n"
    whole = assembled(nonce, log.position, path, note)

    def bad(name: str, given: bytes, because: str) -> None:
        made.add(f"log-{name}", raw, beside=given, step="log", because=because)

    def with_path(name: str, hashes: Sequence[bytes], because: str) -> None:
        bad(name, assembled(nonce, log.position, hashes, note), because)

    def with_note(name: str, other_note: str, because: str) -> None:
        bad(name, assembled(nonce, log.position, path, other_note), because)

    bad("of-another", proof(other, log), "the proof of another receipt")
    bad("elsewhere", proof(raw, log, origin="elsewhere.example/ledger"), "a proof from another log")
    bad(
        "elsewhere-our-key",
        proof(raw, log, origin="elsewhere.example/ledger", name=ORIGIN),
        "another log, our name in the signature",
    )
    bad("stranger", proof(raw, log, signer=STRANGER), "a checkpoint signed by a key that is not trusted")
    bad("key-of-receipts", proof(raw, log, signer=RECEIPTS), "a checkpoint signed by the key of receipts")
    forged = signature_line(text, ORIGIN, LEDGER)
    forged = forged[:-6] + ("A" if forged[-6] != "A" else "B") + forged[-5:]
    with_note("forged", f"{text}\n{forged}\n", "a signature that does not fit")
    with_note("forged-beside-good", f"{note}{forged}\n", "a good signature, and a wrong one of the same key")
    with_note("unsigned", f"{text}\n", "a checkpoint without a signature")
    with_note("other-size", note.replace("\n11\n", "\n12\n", 1), "another size than the signed one")
    with_note("other-root", note.replace(b64(root), b64(hashed("root"))), "another root than the signed one")
    with_path("reversed", path[::-1], "the path in reverse order")
    with_path("swapped", [path[1], path[0], *path[2:]], "two hashes swapped")
    with_path("short", path[:-1], "a hash too few")
    with_path("long", [*path, hashed("more")], "a hash too many")
    with_path("empty", [], "no path")
    shortened, found = path[0][:31], leaf_of(raw, nonce)
    bad(
        "hash-31-fits",
        assembled(nonce, 1, [shortened], checkpoint(2, hashed(b"\x01", shortened, found))),
        "a hash of 31 bytes that leads to the root",
    )
    with_path("hash-31", [path[0][:31], *path[1:]], "a hash of 31 bytes")
    with_path("hash-33", [path[0] + b"\x00", *path[1:]], "a hash of 33 bytes")
    with_path("hash-empty", [*path, b""], "a hash of no bytes")
    with_path("path-64", [hashed("more")] * 64, "64 hashes: more than any log has levels")
    bad("nonce", assembled(hashed("nonce"), log.position, path, note), "another nonce")
    bad("nonce-31-fits", proof(raw, log, nonce=nonce[:31]), "a nonce of 31 bytes that leads to the root")
    bad("nonce-31", assembled(nonce[:31], log.position, path, note), "a nonce of 31 bytes")
    bad("position", assembled(nonce, 4, path, note), "the position of its sibling")
    positions: dict[str, int | str] = {
        "beyond": 11,
        "negative": -1,
        "zeroes": "05",
        "plus": "+5",
        "hex": "0x5",
        "digits": "５",
        "none": "",
    }
    for name, index in positions.items():
        bad(f"position-{name}", assembled(nonce, index, path, note), f"the position {index!r} in a log of 11")
    bad("position-huge", assembled(nonce, 10**18, path, note), "a position of 19 digits")
    alone = leaf_of(raw, nonce)
    bad(
        "position-is-size",
        assembled(nonce, 1, [], checkpoint(1, alone)),
        "position 1 in a log of 1, whose root is this entry",
    )
    bad("size-zero", assembled(nonce, 0, [], checkpoint(0, alone)), "an entry in a log of none")
    bad("size-zeroes", assembled(nonce, 0, [], checkpoint("01", alone)), "a size with a zero before it")
    bad("size-negative", assembled(nonce, 0, [], checkpoint("-1", alone)), "a size below zero")
    bad("root-31", assembled(nonce, 0, [], checkpoint(1, alone[:31])), "a root of 31 bytes")
    empty = hashlib.sha256(b"").digest()
    bad("empty-log", assembled(nonce, 0, [], checkpoint(0, empty)), "the checkpoint of an empty log")
    bad(
        "other-format", assembled(nonce, log.position, path, note, "c2sp.org/tlog-proof@v2"), "a format of another time"
    )
    bad("nothing", b"", "an empty file")
    bad("checkpoint-alone", note.encode(), "a checkpoint, but no proof")
    bad("cut", whole[:-1], "cut off")
    bad("line-more", whole + b"x\n", "a line that is no signature")
    bad("windows", whole.replace(b"\n", b"\r\n"), "line ends of Windows")
    bad("tab", whole.replace(b"index ", b"index\t"), "a tab for a space")
    bad("utf-16", whole.decode().encode("utf-16"), "UTF-16")
    bad("latin-1", whole.decode().replace("—", "-").encode("latin-1"), "another dash, as Latin-1 has it")
    bad("bom", b"\xef\xbb\xbf" + whole, "a byte order mark")
    bad("json", raw, "the receipt itself as its proof")
    bad("large", whole + b"x" * (64 * 1024), "more than 64 KiB")
    loose = b64(path[0])
    loose = f"{loose[:-2]}{chr(ord(loose[-2]) + 1)}="
    bad("base64", whole.replace(b64(path[0]).encode(), loose.encode()), "base64 with bits left over")


def key_rows(sealers: Sequence[tuple[Sealer, datetime, datetime | None]]) -> list[dict[str, Any]]:
    """The keys, as /api/v1/keys gives them."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [
        {
            "id": signer.id, "purpose": purpose, "algorithm": "Ed25519", "public": b64(signer.public), "certificate": None,
            "created_at": instant(created), "retired_at": instant(retired) if retired else None,
        }
        for purpose, signer, created, retired in (
            ("ledger", LEDGER_BEFORE, since, ROTATED), ("ledger", LEDGER, ROTATED, None),
            ("receipts", RECEIPTS_BEFORE, since, ROTATED), ("receipts", RECEIPTS, ROTATED, None),
        )
    ]  # fmt: skip
    return rows + [
        {
            "id": sealer.id, "purpose": "seal", "algorithm": "ECDSA P-256", "public": b64(sealer.public), "certificate": sealer.pem,
            "created_at": instant(created), "retired_at": instant(retired) if retired else None,
        }
        for sealer, created, retired in sealers
    ]  # fmt: skip


def make() -> dict[str, bytes]:
    """All files of the vectors by name, index and keys included."""
    made = Vectors()
    for part in (good_receipts, bad_form, bad_signature, rotation, good_proofs, bad_proofs):
        part(made)
    one, other = signed(statement()), signed(statement(2))
    sealers = pdf_vectors(
        made.add, (one, proof(one, Log(5, 11))), (other, proof(other, Log(6, 11))), at=AT, rotated=ROTATED
    )
    keys = {"keys": key_rows([(sealers[1], datetime(2026, 1, 1, tzinfo=UTC), ROTATED), (sealers[0], ROTATED, None)])}
    index = {
        "origin": ORIGIN,
        "keys": "keys.json",
        "vectors": [
            {"name": each.name, "file": each.file, "beside": each.beside, "genuine": each.step is None, "step": each.step, "because": each.because}
            for each in made.index
        ],
    }  # fmt: skip
    written = {
        name: json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"
        for name, value in (("keys.json", keys), ("index.json", index))
    }
    return {**made.files, **written}


def main() -> None:
    """Writes them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "vectors"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    files = make()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    print(f"{len(json.loads(files['index.json'])['vectors'])} vectors in {folder}")


if __name__ == "__main__":
    main()

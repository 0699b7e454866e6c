"""P6: what was decided, deleted, held and handed out can be proven to a stranger, and nobody can change it unseen.

The stranger is two: a function below that anybody can write from the published formats in an afternoon, and `verify/verify_receipt.py`
with the keys that the portal publishes.
"""

import base64
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import connections, transaction
from django.test import Client
from django.utils import timezone

from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.database import acting_for
from consent.ledger.audit import verify_ledger
from consent.ledger.entries import append, document_of, erase_records
from consent.ledger.models import Leaf, Record
from consent.ledger.proofs import proof_of
from consent.ledger.sequencer import sequence_once
from consent.programmes.scopes import Scope
from consent.receipts import printing
from consent.receipts.models import Receipt, StatementType
from consent.receipts.verification import check_number, verify_file
from consent.records import exporting
from consent.records.streaming import stream
from consent.retention.holds import place
from consent.rights import fulfilment
from consent.rights.lodging import lodge
from consent.rights.models import RequestType
from consent.rights.sweeping import due_steps, sweep
from consent.seals.signing import signing_public_key
from tests.captured import allow, capture
from verify import verify_receipt

pytestmark = pytest.mark.own_database

ALICE, MALLORY = uuid4(), uuid4()


@pytest.fixture
def decided(own_database, at):
    """Alice refused, others decided before and after; the sequencer has been round."""

    def decide(person, state):
        with transaction.atomic():
            return append({"state": state, "kind": "mouse"}, kind="receipt.decision", subject=person, at=at)

    for _each in range(5):
        decide(uuid4(), "given")
    hers = decide(ALICE, "refused")
    for _each in range(3):
        decide(MALLORY, "given")
    sequence_once(at=at)
    return hers


def stranger_believes(document: bytes, proof: str, public: bytes) -> bool:
    """What anybody can write from the published formats in an afternoon; uses nothing of Candor."""
    head, note = proof.split("\n\n", 1)
    header, extra, index, *path = head.split("\n")
    text, signature = note.split("\n\n", 1)
    _origin, size, root = text.split("\n")
    Ed25519PublicKey.from_public_bytes(public).verify(
        base64.b64decode(signature.split(" ")[2])[4:], (text + "\n").encode()
    )
    at, last = int(index.removeprefix("index ")), int(size) - 1
    found = hashlib.sha256(b"\x00" + base64.b64decode(extra.removeprefix("extra ")) + document).digest()
    for line in path:
        sibling = base64.b64decode(line)
        if at % 2 or at == last:
            found = hashlib.sha256(b"\x01" + sibling + found).digest()
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            found = hashlib.sha256(b"\x01" + found + sibling).digest()
        at, last = at // 2, last // 2
    return header == "c2sp.org/tlog-proof@v1" and last == 0 and found == base64.b64decode(root)


def test_a_stranger_with_the_public_key_believes_what_alice_holds_and_no_other_document(decided):
    with acting_for(ALICE):
        document = document_of(decided.id)
    proof, public = proof_of(decided.id), signing_public_key("ledger").raw
    assert stranger_believes(document, proof, public)
    assert not stranger_believes(document.replace(b"refused", b"given"), proof, public)


def test_an_administrator_who_turns_her_no_into_a_yes_is_found(decided):
    position = Leaf.objects.get(entry_id=decided.id).position
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_record DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE ledger_record DISABLE ROW LEVEL SECURITY")
        cursor.execute(
            "UPDATE ledger_record SET document = replace(convert_from(document, 'UTF8'), 'refused', 'given')::bytea WHERE entry_id = %s",
            [decided.id],
        )
        assert cursor.rowcount == 1
    problems = verify_ledger().problems
    assert [(problem.code, problem.position) for problem in problems] == [("record_altered", position)]


def test_nobody_but_alice_reads_her_record(decided):
    with acting_for(MALLORY):
        assert document_of(decided.id) is None


def test_after_her_records_were_erased_everything_else_is_proven_as_before(decided, at):
    with acting_for(ALICE):
        kept = document_of(decided.id), proof_of(decided.id)
    erase_records([decided.id], reason="storage period ended", at=at)
    sequence_once(at=at)
    with acting_for(ALICE):
        assert document_of(decided.id) is None
    findings = verify_ledger()
    assert (findings.problems, findings.erased) == ((), 1)
    assert stranger_believes(*kept, signing_public_key("ledger").raw)


# --- what people hold: the receipt of each thing that was done to them, judged by Candor and by a stranger ---


@pytest.fixture
def now():
    return timezone.now()


def decision(cast, programmes, now) -> str:
    """She says no."""
    with acting_for(cast.alice.pk):
        decide(
            person=cast.alice, programme=programmes["interface-learning"], kind="click", state=State.REFUSED, notice_version=2,
            channel=Channel.PORTAL, recorded_by=cast.alice.pk,
        )  # fmt: skip
    return StatementType.DECISION


def deletion(cast, programmes, now) -> str:
    """She has everything deleted, and gets a certificate."""
    allow(cast.alice, programmes["interface-learning"], "mouse", since=now - timedelta(days=1))
    first, minute = now - timedelta(hours=3), timedelta(minutes=1)
    capture(cast.alice, programmes["interface-learning"], "mouse", first=first, count=60, every=minute, at=now)
    with acting_for(cast.alice.pk):
        lodge(person=cast.alice, type=RequestType.DELETION, scope=Scope(), at=now)
    sweep(at=now)
    while steps := due_steps(at=now):
        for step in steps:
            fulfilment.fulfil(step_id=step, now=lambda: now)
    return StatementType.CERTIFICATE


def hold(cast, programmes, now) -> str:
    """A court has her deletion wait, and she is told."""
    place(person=cast.alice, scope=Scope(), matter="M 1", told_why="A court asked.", placed_by=cast.dan.pk, at=now)
    deletion(cast, programmes, now)
    return StatementType.HOLD


@pytest.fixture(params=[decision, deletion, hold], ids=lambda act: act.__name__)
def held(request, own_database, cast, programmes, now) -> dict[str, bytes]:
    """What she took home: record, proof, print; and the keys that the portal published that day."""
    statement = request.param(cast, programmes, now)
    while sequence_once(at=now):
        pass
    with acting_for(cast.alice.pk):
        receipt = Receipt.objects.filter(person=cast.alice, statement=statement).latest("issued_at")
        files = {"json": bytes(receipt.document), "proof": proof_of(receipt.entry).encode()}
        return files | {"pdf": printing.render(receipt, at=now), "keys": Client().get("/api/v1/keys").content}


def judged(held, raw: bytes, beside: bytes | None = None) -> tuple[bool | None, str | None]:
    """The verdict and the step that failed; Candor and the stranger agree on both."""
    ours = verify_file(raw, beside)
    keys = verify_receipt.read_keys(held["keys"])
    genuine, steps = verify_receipt.verdict(raw, beside, keys=keys, origin=settings.LEDGER_ORIGIN)
    assert (genuine, None if genuine else steps[-1].name) == (ours.genuine, ours.failed)
    return ours.genuine, ours.failed


def test_what_she_holds_is_proven_on_paper_and_as_a_record(held):
    assert judged(held, held["pdf"]) == (True, None)
    assert judged(held, held["json"], held["proof"]) == (True, None)


def test_nothing_in_it_can_be_changed_unseen(held):
    """Each line is held by a check of its own: without that check this test fails."""
    record = json.loads(held["json"])
    other = {**record, "state": "other"}
    by_nobody = rfc8785.dumps(other)
    elsewhere = rfc8785.dumps({**record, "issuer": {**record["issuer"], "log": "elsewhere.example/ledger"}})
    head, _blank, checkpoint = held["proof"].decode().partition("\n\n")
    another_place = f"{head.replace('index ', 'index 1')}\n\n{checkpoint}".encode()
    pdf, page = held["pdf"], held["pdf"].index(b"/MediaBox")
    caught = {
        "form": [
            (held["json"] + b"\n", None),
            (held["json"][:-1] + b',"state":"x"}', None),
            (pdf[: len(pdf) // 2], None),
        ],
        "issuer": [(elsewhere, None)],
        "signature": [(by_nobody, None)],
        "log": [(held["json"], another_place), (held["json"], held["proof"][:-1])],
        "seal": [(pdf.replace(b"/ByteRange", b"/BytesRange"), None)],
        "whole": [(pdf[:page] + b"/MediaBux" + pdf[page + 9 :], None), (pdf + b"% more\n", None)],
        "attachments": [(pdf, another_place)],
    }
    for step, files in caught.items():
        for raw, beside in files:
            assert judged(held, raw, beside) == (False, step)


def test_the_number_on_it_tells_only_that_it_is_genuine_and_the_day(held):
    number = json.loads(held["json"])["number"]
    verdict = check_number(number)
    assert (verdict.genuine, set(vars(verdict))) == (True, {"genuine", "issued_at"})
    assert not check_number(f"{number[:-1]}{'1' if number[-1] == '0' else '0'}").genuine


def test_an_export_is_signed_and_the_log_knows_its_digest(own_database, cast, programmes, now):
    """Who gets an export can prove what was in it, and that it was made; and who made it cannot swap it."""
    decision(cast, programmes, now)
    later = timezone.now() + timedelta(minutes=1)
    export = exporting.request_export(
        actor=cast.dan, purpose="Evidence for case 12", programme=None, start=now - timedelta(days=1), end=later, named=False,
        at=later,
    )  # fmt: skip
    raw = b"".join(stream(actor=cast.dan, export=export, at=later))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    signature = manifest.pop("signature")
    public = signing_public_key("receipts").raw
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature["value"]), rfc8785.dumps(manifest))
    sequence_once(at=later)
    digest = hashlib.sha256(rfc8785.dumps({**manifest, "signature": signature})).hexdigest()
    with acting_for(None, service="ledger"):
        entry = Record.objects.get(entry__kind="export")
    assert json.loads(bytes(entry.document))["manifest_sha256"] == digest
    assert stranger_believes(bytes(entry.document), proof_of(entry.pk), signing_public_key("ledger").raw)

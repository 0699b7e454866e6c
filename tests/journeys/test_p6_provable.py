"""P6, the ledger's part: what was decided can be proven to a stranger, and nobody can change it unseen."""

import base64
import hashlib
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connections, transaction

from consent.database import acting_for
from consent.ledger.audit import verify_ledger
from consent.ledger.entries import append, document_of, erase_records
from consent.ledger.models import Leaf
from consent.ledger.proofs import proof_of
from consent.ledger.sequencer import sequence_once
from consent.seals.signing import signing_public_key

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

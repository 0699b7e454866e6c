"""The JSON of a receipt and its proof: every byte flipped, parts of two receipts exchanged."""

import json
from collections import Counter

import pytest
import rfc8785

from consent.choices.models import State
from consent.ledger.proofs import proof_of
from consent.ledger.sequencer import sequence_once
from consent.receipts.verification import verify_file

FLIPS = (0x01, 0x20, 0x80)  # another letter, another case, no letter at all


@pytest.fixture
def two(say, cast, at) -> list[tuple[bytes, bytes]]:
    """Alice's “no” and Mallory's “yes”, each with its proof."""
    made = [say(cast.alice, state=State.REFUSED), say(cast.mallory)]
    sequence_once(at=at)
    return [(bytes(each.document), proof_of(each.entry).encode()) for each in made]


def flipped(content: bytes, position: int) -> bytes:
    changed = bytearray(content)
    changed[position] ^= FLIPS[position % 3]
    return bytes(changed)


@pytest.mark.usefixtures("keys_read_once")
def test_every_byte_of_a_receipt_counts(two):
    document, proof = two[0]
    steps = Counter(verify_file(flipped(document, at), proof).failed for at in range(len(document)))
    assert None not in steps
    assert set(steps) == {"form", "issuer", "signature"}
    # What stands in the texts of the record reads on as a receipt: only its signature tells.
    assert steps["signature"] > len(document) / 4


@pytest.mark.usefixtures("keys_read_once")
def test_every_byte_of_a_proof_counts(two):
    document, proof = two[0]
    assert {verify_file(document, flipped(proof, at)).failed for at in range(len(proof))} == {"log"}


@pytest.mark.usefixtures("keys_read_once")
def test_no_byte_can_be_put_in_or_taken_out(two):
    document, proof = two[0]
    for at in range(0, len(document), 23):
        assert verify_file(document[:at] + document[at + 1 :], proof).failed, at
        assert verify_file(document[:at] + b" " + document[at:], proof).failed, at
    for at in range(len(proof)):
        assert verify_file(document, proof[:at] + proof[at + 1 :]).failed == "log", at


def test_the_proofs_of_two_receipts_do_not_fit_each_other(two):
    (hers, her_proof), (his, his_proof) = two
    assert verify_file(hers, her_proof).genuine
    assert (verify_file(hers, his_proof).failed, verify_file(his, her_proof).failed) == ("log", "log")


@pytest.mark.parametrize("part", ["body", "subject", "number", "id", "issued_at", "state", "signature"])
def test_no_part_of_another_receipt_fits_in(two, part):
    """Each part is genuine, and was signed: but not together."""
    hers, his = (json.loads(document) for document, _proof in two)
    mixed = rfc8785.dumps({**hers, part: his[part]})
    assert verify_file(mixed, two[0][1]).failed == "signature"

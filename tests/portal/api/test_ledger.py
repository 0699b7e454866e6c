"""The log's public side: anyone can take away checkpoints and keys, and check that the log only grew."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from consent.choices.models import State
from consent.ledger.merkle import ProofInvalid, check_consistency
from consent.ledger.notes import parsed_checkpoint
from consent.ledger.proofs import verify_proof
from consent.ledger.rotation import rotate_key
from consent.ledger.sequencer import sequence_once
from consent.ledger.witnesses.time_stamps import stamp_checkpoints
from consent.seals.certificate import seal
from consent.seals.signing import PublicKey
from consent.seals.timestamping import check_token

from .conftest import code_of


@pytest.fixture
def grown(choose, cast, now) -> tuple[int, int]:
    """Two sizes of the log, one entry after the other."""
    choose(cast.alice)
    sequence_once(at=now)
    choose(cast.alice, state=State.WITHDRAWN)
    sequence_once(at=now)
    return parsed_sizes()


def parsed_sizes() -> tuple[int, int]:
    from consent.ledger.models import Checkpoint

    sizes = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    return sizes[-2], sizes[-1]


def test_without_entries_there_is_no_checkpoint(db, anyone):
    assert code_of(anyone.get("/api/v1/ledger/checkpoint"), 404) == "no_checkpoint"


def test_the_newest_checkpoint_is_a_signed_note(anyone, grown):
    answer = anyone.get("/api/v1/ledger/checkpoint")
    assert answer["Content-Type"].startswith("text/plain")
    assert parsed_checkpoint(answer.content.decode()).size == grown[1]


def test_an_older_checkpoint_is_kept_and_never_changes(anyone, grown):
    answer = anyone.get(f"/api/v1/ledger/checkpoint/{grown[0]}")
    assert parsed_checkpoint(answer.content.decode()).size == grown[0]
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize("size", ["999999", "9" * 30, "0"])
def test_a_size_that_never_was_is_not_found(anyone, grown, size):
    assert code_of(anyone.get(f"/api/v1/ledger/checkpoint/{size}"), 404) == "no_checkpoint"


def test_a_checkpoint_that_an_authority_stamped_has_its_token_for_anyone_to_take(anyone, grown, authority, now):
    stamp_checkpoints(at=now)
    note = anyone.get(f"/api/v1/ledger/checkpoint/{grown[0]}").content
    answer = anyone.get(f"/api/v1/ledger/checkpoint/{grown[0]}/time-stamp")
    assert answer["Content-Type"] == "application/octet-stream"
    assert check_token(answer.content, message=note)


@pytest.mark.parametrize("size", ["1", "999999", "9" * 30])
def test_a_checkpoint_without_a_time_stamp_says_so(anyone, grown, size):
    assert code_of(anyone.get(f"/api/v1/ledger/checkpoint/{size}/time-stamp"), 404) == "no_time_stamp"


def test_it_is_proven_that_the_log_only_grew(anyone, grown):
    first, second = (
        parsed_checkpoint(anyone.get(f"/api/v1/ledger/checkpoint/{size}").content.decode()) for size in grown
    )
    proof = anyone.get(f"/api/v1/ledger/consistency?from={grown[0]}&to={grown[1]}").json()["proof"]
    path = [base64.b64decode(each) for each in proof]
    check_consistency(first=first.size, first_root=first.root, second=second.size, second_root=second.root, path=path)
    with pytest.raises(ProofInvalid):
        check_consistency(
            first=first.size, first_root=second.root, second=second.size, second_root=second.root, path=path
        )


@pytest.mark.parametrize("query", ["", "from=1", "to=1", "from=0&to=1", "from=-1&to=1", "from=x&to=y", "from=1&to=2&size=3", "from=1.5&to=2", "from=%00&to=1", f"from=1&to={'9' * 400}"])  # fmt: skip
def test_sizes_that_are_none_are_refused(anyone, grown, query):
    assert code_of(anyone.get(f"/api/v1/ledger/consistency?{query}"), 400) == "invalid"


@pytest.mark.parametrize("query", ["from=1&to=99999", "from=5&to=2", f"from=1&to={2**62}"])
def test_sizes_that_never_were_are_not_found(anyone, grown, query):
    assert code_of(anyone.get(f"/api/v1/ledger/consistency?{query}"), 404) == "size"


def test_with_keys_and_proof_from_here_a_stranger_verifies_a_receipt(anyone, alice, choose, cast, now):
    receipt = choose(cast.alice).receipt
    sequence_once(at=now)
    document = alice.get(f"/api/v1/receipts/{receipt.pk}.json").content
    proof = alice.get(f"/api/v1/receipts/{receipt.pk}.proof").content.decode()
    rows = [row for row in anyone.get("/api/v1/keys").json()["keys"] if row["purpose"] == "ledger"]
    keys = [PublicKey(row["id"], row["algorithm"], base64.b64decode(row["public"]), now) for row in rows]
    assert verify_proof(document, proof, public_key=keys).size >= 1


def test_the_keys_of_every_purpose_are_published_for_anyone_to_keep(anyone, grown):
    answer = anyone.get("/api/v1/keys")
    rows = answer.json()["keys"]
    assert [row["purpose"] for row in rows] == ["ledger", "receipts", "seal"]
    assert [row["algorithm"] for row in rows] == ["Ed25519", "Ed25519", "ECDSA P-256"]
    assert [len(base64.b64decode(row["public"])) for row in rows[:2]] == [32, 32]
    assert "public" in answer["Cache-Control"]


def test_the_seal_comes_with_its_certificate_of_the_same_key(anyone, db):
    (row,) = [row for row in anyone.get("/api/v1/keys").json()["keys"] if row["purpose"] == "seal"]
    certificate = x509.load_pem_x509_certificate(row["certificate"].encode())
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert base64.b64decode(row["public"]) == spki
    assert certificate.public_bytes(Encoding.DER) == seal().certificate_der


@pytest.mark.parametrize("purpose", ["ledger", "receipts", "seal"])
def test_a_retired_key_stays_published_with_its_end(anyone, grown, now, purpose):
    def rows():
        return [row for row in anyone.get("/api/v1/keys").json()["keys"] if row["purpose"] == purpose]

    (before,) = rows()
    rotate_key(purpose, at=now)
    old, new = rows()
    assert old == before | {"retired_at": new["created_at"]}
    assert new["retired_at"] is None


def test_nothing_public_names_a_person(anyone, grown, cast):
    shown = anyone.get("/api/v1/ledger/checkpoint").content + anyone.get("/api/v1/keys").content
    assert str(cast.alice.pk).encode() not in shown
    assert b"alice" not in shown.lower()

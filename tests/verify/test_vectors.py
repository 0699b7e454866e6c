"""The test vectors: Candor's own verifier and the stranger's agree on each, in the verdict and in the step that fails."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from consent.receipts.models import StatementType
from consent.receipts.verification import verify_file
from consent.receipts.vocabulary import STATUS
from consent.seals import certificate, vouching
from verify import make_vectors, verify_receipt

FOLDER = Path(make_vectors.__file__).parent / "vectors"
INDEX = json.loads((FOLDER / "index.json").read_text())
VECTORS = {each["name"]: each for each in INDEX["vectors"]}
KEYS = verify_receipt.read_keys((FOLDER / INDEX["keys"]).read_bytes())


@pytest.fixture
def trusting(settings, monkeypatch):
    """A portal whose keystore vouches for the keys of the vectors."""
    rows = json.loads((FOLDER / INDEX["keys"]).read_text())["keys"]
    held = {"receipts": KEYS.receipts, "ledger": KEYS.ledger, "seal": KEYS.seals}
    made = {
        purpose: [
            vouching.VouchedKey(key.id, key.public, datetime.fromisoformat(row["created_at"]), key.retired_at)
            for key, row in zip(keys, (row for row in rows if row["purpose"] == purpose), strict=True)
        ]
        for purpose, keys in held.items()
    }
    settings.LEDGER_ORIGIN = INDEX["origin"]
    monkeypatch.setattr("consent.seals.signing.keys_vouched_for", lambda purpose: made[purpose])
    monkeypatch.setattr(certificate, "keys_vouched_for", lambda: made["seal"])


def files_of(name: str) -> tuple[bytes, bytes | None]:
    vector = VECTORS[name]
    return (FOLDER / vector["file"]).read_bytes(), (FOLDER / vector["beside"]).read_bytes() if vector[
        "beside"
    ] else None


def expected(name: str) -> tuple[bool, str | None]:
    return VECTORS[name]["genuine"], VECTORS[name]["step"]


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("name", VECTORS)
def test_candor_gives_the_verdict_that_the_vector_asks_for(name):
    verdict = verify_file(*files_of(name))
    assert (verdict.genuine, verdict.failed) == expected(name), verdict.steps


@pytest.mark.parametrize("name", VECTORS)
def test_the_strangers_verifier_gives_the_same_verdict(name):
    genuine, steps = verify_receipt.verdict(*files_of(name), keys=KEYS, origin=INDEX["origin"])
    assert (genuine, None if genuine else steps[-1].name) == expected(name), steps


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("name", VECTORS)
def test_both_make_the_same_steps_in_the_same_order(name):
    _genuine, steps = verify_receipt.verdict(*files_of(name), keys=KEYS, origin=INDEX["origin"])
    ours = [(step.name, step.passed) for step in verify_file(*files_of(name)).steps]
    assert [(step.name, step.passed) for step in steps] == ours


def test_the_vectors_are_those_that_their_script_makes():
    made = make_vectors.make()
    kept = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    assert sorted(made) == sorted(kept)
    assert [name for name in made if made[name] != kept[name]] == []


def test_there_is_a_vector_for_every_state_and_every_statement():
    genuine = [files_of(name)[0] for name in VECTORS if name.startswith(("decision-", *StatementType.values))]
    receipts = [json.loads(raw) for raw in genuine]
    assert {each["type"] for each in receipts} == set(StatementType.values) == verify_receipt.TYPES
    assert {each["state"] for each in receipts if each["type"] == "decision"} == set(STATUS)


def test_every_step_fails_in_some_vector():
    assert {each["step"] for each in VECTORS.values()} - {None} == {
        "form", "seal", "whole", "attachments", "issuer", "signature", "time", "log"
    }  # fmt: skip

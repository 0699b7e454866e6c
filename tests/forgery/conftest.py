"""A log with real receipts in it, what Alice kept of them, and an administrator with all rights on the database."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.database import acting_for
from consent.ledger.models import Checkpoint, Leaf
from consent.ledger.proofs import proof_of
from consent.ledger.sequencer import sequence_once
from consent.programmes.notices import in_force
from consent.receipts.models import Receipt
from consent.seals import certificate, signing
from tests.consent.ledger.conftest import altering  # noqa: F401  (the administrator)


@dataclass(frozen=True)
class World:
    """Alice's “no”, its place in the log, and the files that she took home on that day."""

    receipt: Receipt
    position: int
    document: bytes
    proof: bytes
    other: Receipt
    keystore: Path


@pytest.fixture
def say(cast, programmes) -> Callable[..., Receipt]:
    """Lets somebody choose, as they would on the page."""

    def choose(person, kind: str = "mouse", state: State = State.GIVEN) -> Receipt:
        programme = programmes["interface-learning"]
        with acting_for(person.pk):
            made = decide(
                person=person,
                programme=programme,
                kind=kind,
                state=state,
                notice_version=in_force(programme).number,
                channel=Channel.PORTAL,
                recorded_by=person.pk,
            )
        return made.receipt

    return choose


@pytest.fixture
def world(say, cast, at) -> World:
    """Others chose before and after her; two checkpoints were signed meanwhile."""
    other = say(cast.mallory)
    say(cast.carol)
    sequence_once(at=at)
    hers = say(cast.alice, state=State.REFUSED)
    say(cast.dan)
    say(cast.erin)
    sequence_once(at=at)
    proof = proof_of(hers.entry)
    assert proof is not None
    assert Checkpoint.objects.count() == 2
    position = Leaf.objects.get(entry_id=hers.entry).position
    return World(hers, position, bytes(hers.document), proof.encode(), other, Path(django_settings.KEYSTORE_DIR))


@pytest.fixture
def keys_read_once(monkeypatch) -> None:
    """The keystore is read at each check, and would be most of the work of a test that checks thousands of files."""
    monkeypatch.setattr(signing, "keys_vouched_for", cache(signing.keys_vouched_for))
    monkeypatch.setattr(certificate, "keys_vouched_for", cache(certificate.keys_vouched_for))

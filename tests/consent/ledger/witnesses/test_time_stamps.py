"""Checkpoints stamped by an authority outside: each gets its token; one that is down or lies stops nothing."""

import pytest
from django.db import DatabaseError

from consent.ledger.models import Checkpoint, TimeStamp, Witness
from consent.ledger.sequencer import sequence_once
from consent.ledger.witnesses import time_stamps
from consent.ledger.witnesses.time_stamps import stamp_checkpoints
from consent.seals.timestamping import check_token
from tests.authority import REPLY
from tests.consent.ledger.log import AT, appended, sequenced

pytestmark = pytest.mark.django_db


def witness():
    return Witness.objects.get(name="timestamps")


def test_every_checkpoint_gets_its_time_stamp_over_its_exact_note(authority):
    for _each in range(3):
        sequenced(1)
    stamp_checkpoints(at=AT)
    assert TimeStamp.objects.count() == 3
    for row in TimeStamp.objects.select_related("checkpoint"):
        assert check_token(bytes(row.token), message=row.checkpoint.note.encode()) == row.at
    assert (witness().size, witness().trouble) == (3, "")


def test_the_newest_is_stamped_first(authority, monkeypatch):
    monkeypatch.setattr(time_stamps, "AT_ONCE", 1)
    for _each in range(3):
        sequenced(1)
    stamped = []
    for _each in range(3):
        stamp_checkpoints(at=AT)
        stamped.append(set(TimeStamp.objects.values_list("checkpoint", flat=True)))
    assert stamped == [{3}, {3, 2}, {3, 2, 1}]
    assert witness().size == 3


def test_where_no_authority_is_configured_nothing_happens(settings):
    settings.TSA_URL = ""
    sequenced(1)
    stamp_checkpoints(at=AT)
    assert not Witness.objects.exists()


def test_an_authority_that_is_down_or_lies_stops_nothing_and_gets_another_chance(authority, settings):
    sequenced(1)
    honest, authority.answer = authority.answer, lambda *_: (200, REPLY, b"junk")
    stamp_checkpoints(at=AT)
    assert (TimeStamp.objects.count(), witness().size) == (0, 0)
    assert "no time-stamp" in witness().trouble
    appended(1)
    assert sequence_once(at=AT) == 1
    authority.answer = honest
    stamp_checkpoints(at=AT)
    assert TimeStamp.objects.count() == Checkpoint.objects.count() == 2
    assert witness().trouble == ""


def test_a_time_stamp_can_be_neither_changed_nor_removed(authority):
    sequenced(1)
    stamp_checkpoints(at=AT)
    with pytest.raises(DatabaseError, match="append-only|permission denied"):
        TimeStamp.objects.all().delete()

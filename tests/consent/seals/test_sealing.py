"""Sealing and opening: one live key per person and programme, and nothing opens that was moved, altered or destroyed."""

from uuid import uuid4

import pytest
from django.db import connection

from consent.database import acting_for
from consent.seals import keystore
from consent.seals.destruction import destroy, destroy_key, retire, retire_live
from consent.seals.models import DataKey, Epoch
from consent.seals.opening import Unreadable, open_sealed
from consent.seals.sealing import Unsealable, live_epoch, live_key, seal

pytestmark = pytest.mark.django_db

ALICE, MALLORY, PROGRAMME, OTHER = uuid4(), uuid4(), uuid4(), uuid4()


@pytest.fixture(autouse=True)
def _acting_for_alice(db):
    with acting_for(ALICE):
        yield


def alices_key():
    return live_key(person=ALICE, programme=PROGRAMME)


def assert_unreadable(sealed, key, *, code, associated=b"row 1"):
    with pytest.raises(Unreadable) as refused:
        open_sealed(sealed, key_id=key.id, associated=associated)
    assert refused.value.code == code


def test_what_was_sealed_opens_to_the_same_bytes():
    key = alices_key()
    sealed = seal(b"x=1 y=2", key=key, associated=b"row 1")
    assert b"x=1" not in sealed
    assert open_sealed(sealed, key_id=key.id, associated=b"row 1") == b"x=1 y=2"


def test_two_seals_of_the_same_bytes_differ():
    key = alices_key()
    assert seal(b"same", key=key, associated=b"") != seal(b"same", key=key, associated=b"")


def test_a_person_has_one_live_key_per_programme():
    assert alices_key().id == alices_key().id
    assert alices_key().id != live_key(person=ALICE, programme=OTHER).id


@pytest.mark.parametrize("place", [0, 11, 12, -1])
def test_a_flipped_byte_anywhere_is_found(place):
    key = alices_key()
    sealed = bytearray(seal(b"x=1 y=2", key=key, associated=b"row 1"))
    sealed[place] ^= 1
    assert_unreadable(bytes(sealed), key, code="altered")


@pytest.mark.parametrize("sealed", [b"", b"short", b"\x00" * 12])
def test_too_few_bytes_are_unreadable(sealed):
    assert_unreadable(sealed, alices_key(), code="altered")


def test_sealed_bytes_moved_to_another_row_do_not_open():
    key = alices_key()
    assert_unreadable(seal(b"x", key=key, associated=b"row 1"), key, code="altered", associated=b"row 2")


def test_sealed_bytes_do_not_open_under_another_key_of_the_same_person():
    sealed = seal(b"x", key=alices_key(), associated=b"row 1")
    assert_unreadable(sealed, live_key(person=ALICE, programme=OTHER), code="altered")


def test_a_wrapped_key_moved_to_another_person_does_not_unwrap():
    sealed, key = seal(b"x", key=alices_key(), associated=b"row 1"), alices_key()
    wrapped = bytes(DataKey.objects.get(id=key.id).wrapped)
    with acting_for(MALLORY):
        hers = live_key(person=MALLORY, programme=PROGRAMME)
        DataKey.objects.filter(id=hers.id).update(wrapped=wrapped)
        assert_unreadable(sealed, hers, code="altered")
        with pytest.raises(Unsealable):
            live_key(person=MALLORY, programme=PROGRAMME)


def test_a_wrapped_key_moved_to_another_programme_does_not_unwrap():
    sealed, key = seal(b"x", key=alices_key(), associated=b"row 1"), alices_key()
    other = live_key(person=ALICE, programme=OTHER)
    DataKey.objects.filter(id=other.id).update(wrapped=bytes(DataKey.objects.get(id=key.id).wrapped))
    assert_unreadable(sealed, other, code="altered")


def test_a_retired_key_still_opens_and_the_next_seal_has_a_fresh_one(at):
    key = alices_key()
    sealed = seal(b"x", key=key, associated=b"row 1")
    retire(key=key.id, at=at)
    assert alices_key().id != key.id
    assert open_sealed(sealed, key_id=key.id, associated=b"row 1") == b"x"


def test_retiring_the_live_key_leaves_other_programmes_alone(at):
    here, there = alices_key(), live_key(person=ALICE, programme=OTHER)
    retire_live(person=ALICE, programme=PROGRAMME, at=at)
    assert alices_key().id != here.id
    assert live_key(person=ALICE, programme=OTHER).id == there.id


def test_destruction_takes_live_and_retired_keys_and_nothing_opens_any_more(at):
    old = alices_key()
    sealed = seal(b"x", key=old, associated=b"row 1")
    retire(key=old.id, at=at)
    new = alices_key()
    assert set(destroy(person=ALICE, programme=PROGRAMME, at=at)) == {old.id, new.id}
    assert_unreadable(sealed, old, code="key_destroyed")
    assert destroy(person=ALICE, programme=PROGRAMME, at=at) == []


def test_destruction_leaves_other_programmes_and_a_fresh_key_can_be_made(at):
    other = live_key(person=ALICE, programme=OTHER)
    sealed = seal(b"x", key=other, associated=b"row 1")
    before = alices_key()
    destroy(person=ALICE, programme=PROGRAMME, at=at)
    assert open_sealed(sealed, key_id=other.id, associated=b"row 1") == b"x"
    assert alices_key().id != before.id


def test_one_key_can_be_destroyed_after_what_survives_was_sealed_again(at):
    old = alices_key()
    retire(key=old.id, at=at)
    new = alices_key()
    assert destroy_key(key=old.id, at=at) == [old.id]
    assert alices_key().id == new.id


def test_a_destruction_makes_its_epoch_owe_a_rotation_since_the_first(at):
    alices_key()
    destroy(person=ALICE, programme=PROGRAMME, at=at)
    assert Epoch.objects.get().owes_rotation_since == at


def test_without_its_epochs_key_nothing_opens_though_the_row_is_there():
    key = alices_key()
    sealed = seal(b"x", key=key, associated=b"row 1")
    keystore.destroy_epoch_key(live_epoch())
    assert_unreadable(sealed, key, code="key_destroyed")


def test_a_session_acting_for_somebody_else_neither_sees_nor_uses_nor_destroys_the_key(at):
    key = alices_key()
    sealed = seal(b"x", key=key, associated=b"row 1")
    with acting_for(MALLORY):
        assert_unreadable(sealed, key, code="key_destroyed")
        assert destroy(person=ALICE, programme=PROGRAMME, at=at) == []
    assert open_sealed(sealed, key_id=key.id, associated=b"row 1") == b"x"


def test_a_key_does_not_show_itself_when_printed():
    assert "cipher" not in repr(alices_key())


def test_there_is_one_live_epoch():
    assert live_epoch() == live_epoch()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM seals_epoch WHERE retired_at IS NULL")
        assert cursor.fetchone() == (1,)

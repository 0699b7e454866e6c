"""Signatures of the portal: over exact bytes, for one purpose, verifiable after the key was replaced."""

import dataclasses

import pytest

from consent.seals import signing
from consent.seals.models import SigningKey

pytestmark = pytest.mark.django_db


def test_a_signature_verifies_over_the_same_bytes_only():
    made = signing.sign(b"given", purpose="receipts")
    assert signing.verify(b"given", made, purpose="receipts")
    assert not signing.verify(b"Given", made, purpose="receipts")


def test_a_signature_for_one_purpose_is_none_for_another():
    made = signing.sign(b"given", purpose="receipts")
    assert not signing.verify(b"given", made, purpose="ledger")


def test_a_signature_of_an_unknown_key_does_not_verify():
    made = signing.sign(b"given", purpose="receipts")
    assert not signing.verify(b"given", dataclasses.replace(made, key_id="0" * 32), purpose="receipts")


@pytest.mark.parametrize("value", [b"", b"short", b"\x00" * 64, b"\xff" * 65])
def test_what_is_no_signature_does_not_verify(value):
    made = signing.sign(b"given", purpose="receipts")
    assert not signing.verify(b"given", dataclasses.replace(made, value=value), purpose="receipts")


def test_the_public_half_is_on_record_once_however_often_it_signs():
    for _each in range(3):
        made = signing.sign(b"given", purpose="receipts")
    (key,) = signing.public_keys("receipts")
    assert (key.key_id, key.algorithm, len(key.raw)) == (made.key_id, "Ed25519", 32)
    assert signing.signing_public_key("receipts") == key


def test_an_old_signature_verifies_after_its_key_was_retired(at):
    made = signing.sign(b"given", purpose="receipts")
    SigningKey.objects.filter(id=made.key_id).update(retired_at=at)
    assert signing.verify(b"given", made, purpose="receipts")
    assert signing.public_keys("receipts")[0].retired_at == at


def test_a_key_put_into_the_table_is_not_one_that_the_keystore_vouches_for():
    signing.sign(b"given", purpose="ledger")
    SigningKey.objects.create(id="f" * 32, purpose="ledger", public=b"f" * 32)
    assert len(signing.public_keys("ledger")) == 2
    assert b"f" * 32 not in signing.own_public_keys("ledger")

"""Signatures of the portal: over exact bytes, for one purpose, with keys that the keystore alone vouches for."""

import pytest

from consent.seals import signing
from consent.seals.directory import DirectoryKeystore


def signed_by(purpose, message, value):
    return any(signing.is_signed_by(key, message=message, value=value) for key in signing.own_public_keys(purpose))


def test_a_signature_verifies_over_the_same_bytes_only():
    made = signing.sign(b"given", purpose="receipts")
    assert signed_by("receipts", b"given", made.value)
    assert not signed_by("receipts", b"Given", made.value)


def test_a_signature_for_one_purpose_is_none_for_another():
    made = signing.sign(b"given", purpose="receipts")
    assert not signed_by("ledger", b"given", made.value)


@pytest.mark.parametrize("value", [b"", b"short", b"\x00" * 64, b"\xff" * 65])
def test_what_is_no_signature_does_not_verify(value):
    signing.sign(b"given", purpose="receipts")
    assert not signed_by("receipts", b"given", value)


@pytest.mark.parametrize("public", [b"", b"short", b"\x00" * 33])
def test_what_is_no_key_believes_nothing(public):
    made = signing.sign(b"given", purpose="receipts")
    assert not signing.is_signed_by(public, message=b"given", value=made.value)


def test_the_public_half_is_on_record_once_however_often_it_signs():
    for _each in range(3):
        made = signing.sign(b"given", purpose="receipts")
    (key,) = signing.public_keys("receipts")
    assert (key.key_id, key.algorithm, key.raw, key.retired_at) == (made.key_id, "Ed25519", made.public, None)
    assert signing.signing_public_key("receipts") == key


def test_without_its_public_half_on_record_no_signature_leaves(monkeypatch):
    def full(*_args):
        raise OSError("no space left")

    monkeypatch.setattr(DirectoryKeystore, "file", full)
    with pytest.raises(OSError, match="no space"):
        signing.sign(b"given", purpose="receipts")


def test_signing_and_verifying_ask_no_database():
    """No `db` in this file: a query would fail. What the keystore vouches for cannot be added to with rights on the database."""
    assert signing.sign(b"given", purpose="ledger").public == signing.own_public_keys("ledger")[0]

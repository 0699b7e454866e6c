"""Rotation of keys as the log sees it: it goes on, tells of it, and takes no checkpoint of a key after its end."""

import base64
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, transaction

from consent.ledger import rotation
from consent.ledger.audit import verify_ledger
from consent.ledger.entries import document_of
from consent.ledger.models import Checkpoint, Entry
from consent.ledger.notes import signed_checkpoint
from consent.ledger.proofs import proof_of, verify_proof
from consent.ledger.rotation import KEY_ROTATED, rotate_key
from consent.seals.signing import keys_vouched_for, own_public_keys, public_keys

from .log import AT, document, sequenced


@pytest.mark.django_db
def test_the_log_goes_on_under_the_new_key_and_all_of_it_verifies(settings):
    entries = sequenced(3)
    rotate_key("ledger", at=AT)
    entries += sequenced(3, start=4)
    assert verify_ledger().problems == ()
    for number, entry in enumerate(entries):
        told = document(number if number < 3 else number + 1)
        verify_proof(told, proof_of(entry.id), public_key=public_keys("ledger"))


@pytest.mark.django_db
@pytest.mark.parametrize("purpose", rotation.PURPOSES)
def test_a_rotation_is_an_entry_that_lists_every_key_of_the_purpose(purpose):
    rotate_key(purpose, at=AT)
    rotate_key(purpose, at=AT)
    told = [json.loads(document_of(entry.pk)) for entry in Entry.objects.filter(kind=KEY_ROTATED)]
    last = max(told, key=lambda each: len(each["keys"]))
    assert [each["purpose"] for each in told] == [purpose, purpose]
    assert [key["retired_at"] is None for key in last["keys"]] == [False, False, True]
    if purpose != "seal":
        assert [base64.b64decode(key["public"]) for key in last["keys"]] == own_public_keys(purpose)


@pytest.mark.django_db
def test_without_a_database_nothing_is_rotated(monkeypatch):
    (before,) = own_public_keys("ledger")

    def lost():
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(transaction, "atomic", lost)
        with pytest.raises(OperationalError):
            rotate_key("ledger", at=AT)
    assert own_public_keys("ledger") == [before]


@pytest.mark.own_database
def test_who_stole_a_key_before_its_end_signs_no_checkpoint_after_it(altering, settings, tmp_path):
    sequenced(2)
    stolen = (Path(settings.KEYSTORE_DIR) / "signing-ledger").read_bytes()
    rotate_key("ledger", at=AT)
    sequenced(2, start=2)
    sequenced(2, start=5)
    assert verify_ledger().problems == ()
    newest = Checkpoint.objects.order_by("-size")[0]
    ours, settings.KEYSTORE_DIR = settings.KEYSTORE_DIR, tmp_path / "thief"
    assert own_public_keys("ledger")
    (tmp_path / "thief" / "signing-ledger").write_bytes(stolen)
    forged = signed_checkpoint(origin=settings.LEDGER_ORIGIN, size=newest.size, root=bytes(newest.root))
    settings.KEYSTORE_DIR = ours
    altering("UPDATE ledger_checkpoint SET note = %s WHERE size = %s", forged, newest.size)
    assert [problem.code for problem in verify_ledger().problems] == ["retired_key"]


@pytest.mark.django_db
def test_the_command_says_which_key_signs_now_and_what_to_do_next(capsys):
    call_command("rotate_signing_key", purpose="receipts")
    old, new = keys_vouched_for("receipts")
    said = capsys.readouterr().out
    assert f"Key {new.key_id} signs receipts from now on" in said
    assert old.key_id in said
    assert "Back up the keystore now" in said


@pytest.mark.django_db
def test_the_command_knows_no_other_purpose():
    with pytest.raises(CommandError, match="invalid choice"):
        call_command("rotate_signing_key", "--purpose", "epoch")


@pytest.mark.django_db
def test_the_command_says_in_a_sentence_why_a_keystore_is_refused(settings):
    own_public_keys("ledger")
    Path(settings.KEYSTORE_DIR).chmod(0o755)
    with pytest.raises(CommandError, match="chmod go-rwx"):
        call_command("rotate_signing_key", "--purpose", "ledger")
    Path(settings.KEYSTORE_DIR).chmod(0o700)

"""The keystore directory: private, atomic, and gone when destroyed."""

import os
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from consent.seals import keystore
from consent.seals.directory import DirectoryKeystore, KeyMissing, KeystoreRefused


def test_a_key_is_256_bits_in_a_file_that_nobody_else_may_read(settings):
    epoch = uuid4()
    keystore.create_epoch_key(epoch)
    assert len(keystore.epoch_key(epoch)) == 32
    directory = Path(settings.KEYSTORE_DIR)
    assert oct(directory.stat().st_mode & 0o777) == "0o700"
    assert [oct(path.stat().st_mode & 0o777) for path in directory.iterdir()] == ["0o600"]


def test_creating_a_key_twice_keeps_the_first():
    epoch = uuid4()
    keystore.create_epoch_key(epoch)
    first = keystore.epoch_key(epoch)
    keystore.create_epoch_key(epoch)
    assert keystore.epoch_key(epoch) == first


def test_of_many_makers_at_once_one_wins_and_all_use_its_key(tmp_path):
    start, made = threading.Barrier(12), []

    def make() -> None:
        start.wait()
        made.append(DirectoryKeystore(tmp_path / "keys").create("epoch"))

    threads = [threading.Thread(target=make) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 12
    assert len(set(made)) == 1
    assert os.listdir(tmp_path / "keys") == ["epoch"]


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o770])
def test_a_directory_that_others_may_enter_is_refused_with_the_line_to_type(settings, mode):
    epoch = uuid4()
    keystore.create_epoch_key(epoch)
    Path(settings.KEYSTORE_DIR).chmod(mode)
    with pytest.raises(KeystoreRefused, match="chmod go-rwx"):
        keystore.epoch_key(epoch)
    with pytest.raises(KeystoreRefused, match="chmod go-rwx"):
        keystore.check_keystore()


def test_a_key_file_that_others_may_read_is_refused(settings):
    epoch = uuid4()
    keystore.create_epoch_key(epoch)
    (Path(settings.KEYSTORE_DIR) / f"epoch-{epoch}").chmod(0o640)
    with pytest.raises(KeystoreRefused, match="open to other users"):
        keystore.epoch_key(epoch)


def test_a_link_in_place_of_a_key_is_refused(settings, tmp_path):
    keystore.create_epoch_key(uuid4())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"k" * 32)
    epoch = uuid4()
    (Path(settings.KEYSTORE_DIR) / f"epoch-{epoch}").symlink_to(elsewhere)
    with pytest.raises(KeystoreRefused, match="a link or another kind of file"):
        keystore.epoch_key(epoch)


def test_a_directory_of_another_user_is_refused(settings, monkeypatch):
    keystore.create_epoch_key(uuid4())
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(KeystoreRefused, match="belongs to another user"):
        keystore.check_keystore()


def test_half_a_key_is_refused(settings):
    epoch = uuid4()
    keystore.create_epoch_key(epoch)
    (Path(settings.KEYSTORE_DIR) / f"epoch-{epoch}").write_bytes(b"short")
    with pytest.raises(KeystoreRefused, match="damaged"):
        keystore.epoch_key(epoch)


def test_a_destroyed_key_is_gone_for_a_process_that_held_it(tmp_path):
    ours, theirs = DirectoryKeystore(tmp_path / "keys"), DirectoryKeystore(tmp_path / "keys")
    ours.create("epoch")
    assert theirs.read("epoch")
    ours.destroy("epoch")
    with pytest.raises(KeyMissing):
        theirs.read("epoch")


def test_destroying_what_is_gone_is_done(tmp_path):
    keys = DirectoryKeystore(tmp_path / "keys")
    keys.create("epoch")
    keys.destroy("epoch")
    keys.destroy("epoch")


def test_the_signing_key_of_a_purpose_stays_and_those_of_two_purposes_differ():
    ledger, receipts = keystore.signing_key("ledger"), keystore.signing_key("receipts")
    assert keystore.signing_key("ledger").key_id == ledger.key_id
    assert ledger.key_id != receipts.key_id
    assert ledger.key_id == keystore.key_id_of(ledger.private.public_key().public_bytes_raw())


def test_a_signing_key_does_not_show_itself_when_printed():
    assert "private" not in repr(keystore.signing_key("ledger"))

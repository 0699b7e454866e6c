"""A signing key is rotated: the new one signs, the old one is gone, and what it signed is believed at its time and at no other."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from consent.seals import certificate, keystore, rotation, signing, vouching
from consent.seals.directory import DirectoryKeystore
from consent.seals.rotation import KEYS, rotate
from consent.seals.signing import is_signed_by, keys_vouched_for, own_public_keys, sign

PURPOSES = sorted(KEYS)


def seed_file(settings, purpose):
    return Path(settings.KEYSTORE_DIR) / f"signing-{purpose}"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_another_key_signs_from_now_on_and_the_old_one_is_told_with_its_end(purpose):
    (before,) = KEYS[purpose]()
    done = rotate(purpose)
    old, new = KEYS[purpose]()
    assert (done.retired, done.now) == (old, new)
    assert (old.key_id, old.public, old.retired_at) == (before.key_id, before.public, new.created_at)
    assert (new.key_id != old.key_id, new.retired_at) == (True, None)


def test_an_old_signature_verifies_after_its_key_was_retired():
    made = sign(b"given", purpose="receipts")
    rotate("receipts")
    assert made.public in own_public_keys("receipts")
    assert is_signed_by(made.public, message=b"given", value=made.value)
    assert sign(b"given", purpose="receipts").key_id != made.key_id


def test_a_retired_key_may_not_have_signed_what_came_later_but_for_the_minute_that_processes_need():
    rotate("receipts")
    old, new = keys_vouched_for("receipts")
    end = old.retired_at
    assert old.may_have_signed(end - timedelta(days=1))
    assert old.may_have_signed(end + vouching.ALLOWANCE)
    assert not old.may_have_signed(end + vouching.ALLOWANCE + timedelta(microseconds=1))
    assert new.may_have_signed(end + timedelta(days=10_000))


def test_the_private_half_is_destroyed(settings):
    sign(b"", purpose="receipts")
    file = seed_file(settings, "receipts")
    kept, secret = file.open("rb"), file.read_bytes()  # as a process, or a tool that undeletes, would hold it
    rotate("receipts")
    assert kept.read() != secret
    for path in Path(settings.KEYSTORE_DIR).iterdir():
        assert secret not in path.read_bytes()


def test_the_other_purposes_keep_their_keys():
    ledger, seal = own_public_keys("ledger"), certificate.own_certificates()
    rotate("receipts")
    assert (own_public_keys("ledger"), certificate.own_certificates()) == (ledger, seal)


def test_the_seal_has_another_certificate_and_vouches_for_both():
    first = certificate.seal().certificate_der
    rotate("seal")
    second = certificate.seal().certificate_der
    assert first != second
    assert certificate.own_certificates() == [first, second]


def test_many_rotations_keep_their_order_even_when_the_clock_stands_still_or_runs_back(monkeypatch):
    made = DirectoryKeystore.made_at
    monkeypatch.setattr(
        DirectoryKeystore, "made_at", lambda self, name: made(self, name).replace(year=2020, microsecond=0)
    )
    ids = [sign(b"", purpose="ledger").key_id]
    for _each in range(4):
        ids.append(rotate("ledger").now.key_id)
    keys = keys_vouched_for("ledger")
    assert [key.key_id for key in keys] == ids
    assert [key.retired_at for key in keys] == [key.created_at for key in keys[1:]] + [None]


class Crashed(Exception):
    """The process is gone."""


def crash(*_args, **_kwargs):
    raise Crashed


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (DirectoryKeystore, "replace"),
        (Path, "replace"),
        (DirectoryKeystore, "_sync"),
    ],
)
def test_a_crash_at_any_step_leaves_a_keystore_that_signs_and_a_rerun_finishes(owner, step, settings, monkeypatch):
    before = sign(b"given", purpose="receipts")
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, crash)
        with pytest.raises(Crashed):
            rotate("receipts")
    between = sign(b"given", purpose="receipts")
    done = rotate("receipts")
    after = sign(b"given", purpose="receipts")
    assert (done.retired.key_id, done.now.key_id) == (between.key_id, after.key_id)
    vouched = own_public_keys("receipts")
    assert vouched == list(dict.fromkeys([before.public, between.public, after.public]))
    assert not [path.name for path in Path(settings.KEYSTORE_DIR).iterdir() if path.name.startswith(".signing")]


def test_a_crash_between_the_new_seed_and_its_record_is_mended_by_the_next_signature(monkeypatch):
    before = sign(b"given", purpose="receipts")
    keystore.place().replace("signing-receipts")  # and the process is gone
    after = sign(b"given", purpose="receipts")
    old, new = keys_vouched_for("receipts")
    assert (old.key_id, new.key_id, old.retired_at) == (before.key_id, after.key_id, new.created_at)


def test_whoever_signs_or_verifies_meanwhile_has_the_old_key_or_the_new_and_every_signature_is_believed(
    settings, monkeypatch
):
    """Each thread has a keystore of its own, as a process has, and no thread's key is ever the noise that overwrote an old one."""
    local = threading.local()

    def place():
        if not hasattr(local, "keystore"):
            local.keystore = DirectoryKeystore(Path(settings.KEYSTORE_DIR))
        return local.keystore

    monkeypatch.setattr(keystore, "place", place)
    stop, raised, signed = threading.Event(), [], []

    def work() -> None:
        try:
            while not stop.is_set():
                made = sign(b"given", purpose="receipts")
                assert made.public in own_public_keys("receipts")
                signed.append(made)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _each in range(40):
        rotate("receipts")
    stop.set()
    for thread in threads:
        thread.join(30)
    assert raised == []
    vouched = {key.key_id: key.public for key in keys_vouched_for("receipts")}
    assert len(vouched) >= 41
    assert len({made.key_id for made in signed}) > 5
    assert all(is_signed_by(vouched[made.key_id], message=b"given", value=made.value) for made in signed)


def test_a_key_replaced_while_it_is_being_read_is_read_anew_and_never_taken_for_the_noise_that_overwrote_it(settings):
    class Slow(DirectoryKeystore):
        def _contents(self, name):
            with (self._path / name).open("rb") as file:
                if not replaced:
                    replaced.append(DirectoryKeystore(self._path).replace(name))
                return file.read()

    replaced = []
    sign(b"", purpose="ledger")
    assert Slow(Path(settings.KEYSTORE_DIR)).read("signing-ledger") == replaced[0]


def test_of_two_rotations_at_once_one_waits_for_the_other_and_no_key_is_left_without_an_end():
    sign(b"", purpose="ledger")
    start = threading.Barrier(4)
    threads = [threading.Thread(target=lambda: (start.wait(), rotation.rotate("ledger"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    keys = keys_vouched_for("ledger")
    assert [key.retired_at is None for key in keys] == [False] * 4 + [True]
    assert keys[-1].key_id == signing.signing_public_key("ledger").key_id

"""Signing keys rotated under load: receipts are issued and sequenced meanwhile, and each verifies at its time."""

import json
import subprocess
import sys
import threading
import time

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from consent.database import acting_for
from consent.ledger.audit import verify_ledger
from consent.ledger.models import Checkpoint, Waiting
from consent.receipts.models import Receipt
from consent.receipts.reading import proof_of
from consent.receipts.verification import verify_file
from consent.seals.signing import keys_vouched_for
from tests.consent.ledger.test_sequencer import ROOT, environment

ROTATIONS = 4
pytestmark = pytest.mark.own_database


def test_signing_key_rotated_under_load_old_receipts_verify_at_their_time(own_database, cast, decided, settings):
    stop, raised = threading.Event(), []
    decided(at=timezone.now())

    def issue() -> None:
        try:
            while not stop.is_set():
                decided(at=timezone.now())
                stop.wait(0.02)
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    sequencer = subprocess.Popen([sys.executable, "manage.py", "sequence_ledger"], cwd=ROOT, env=environment(settings))
    writers = [threading.Thread(target=issue) for _ in range(2)]
    try:
        for thread in writers:
            thread.start()
        for _each in range(ROTATIONS):
            for purpose in ("receipts", "ledger"):
                seen = Checkpoint.objects.count()
                call_command("rotate_signing_key", purpose=purpose, verbosity=0)
                wait_until(lambda seen=seen: Checkpoint.objects.count() > seen)
        stop.set()
        for thread in writers:
            thread.join(30)
        wait_until(lambda: not Waiting.objects.exists())
    finally:
        stop.set()
        sequencer.terminate()
        assert sequencer.wait(20) == 0
    assert raised == []
    assert_all_verify(cast)


def wait_until(reached) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_all_verify(cast) -> None:
    assert verify_ledger().problems == ()
    keys = {key.key_id: key for key in keys_vouched_for("receipts")}
    used = set()
    with acting_for(cast.alice.pk):
        receipts = list(Receipt.objects.filter(person=cast.alice))
        for receipt in receipts:
            raw = bytes(receipt.document)
            assert verify_file(raw, proof_of(receipt).encode()).genuine
            key = keys[json.loads(raw)["signature"]["key"]]
            assert key.may_have_signed(receipt.issued_at)
            used.add(key.key_id)
    assert len(keys) == ROTATIONS + 1
    assert len(used) > ROTATIONS / 2
    assert len(keys_vouched_for("ledger")) == ROTATIONS + 1

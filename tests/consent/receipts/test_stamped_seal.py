"""Where an authority is configured, a seal carries its time-stamp (PAdES B-T): genuine, or the PDF is refused; absent, when it is silent."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts.printing import render
from consent.receipts.seal_frame import read_frame
from consent.receipts.verification import verify_file
from consent.seals import certificate
from consent.seals.certificate import seal
from consent.seals.timestamping import check_token
from verify import verify_receipt as stranger

CONTENTS = re.compile(rb"/Contents <([0-9a-f]+)>")


@pytest.fixture(autouse=True)
def _acting(cast):
    with acting_for(cast.alice.pk):
        yield


@pytest.fixture
def now() -> datetime:
    """The certificate of the authority is valid in these days, and no others."""
    return timezone.now()


@pytest.fixture
def printed(decided, now):
    """Prints a receipt, whatever the settings say then."""
    made = decided()
    sequence_once(at=now)
    return lambda: render(made, at=now)


@pytest.fixture
def stamped(authority, printed) -> bytes:
    return printed()


def cms_of(pdf: bytes) -> bytes:
    return bytes.fromhex(CONTENTS.search(pdf)[1].decode())


def altered(pdf: bytes, part: bytes) -> bytes:
    """The PDF with the last byte of this part of its seal changed."""
    before = part.hex().encode()
    assert pdf.count(before) == 1
    return pdf.replace(before, (part[:-1] + bytes([part[-1] ^ 1])).hex().encode())


def failed(pdf: bytes) -> tuple[str, bool | None]:
    step = verify_file(pdf).steps[-1]
    return step.name, step.passed


def test_the_seal_carries_a_time_stamp_over_its_signature(stamped, authority, now):
    frame = read_frame(cms_of(stamped))
    assert abs(check_token(frame.stamp, message=frame.signature) - now) < timedelta(minutes=1)
    assert len(authority.queries) == 1


def test_both_verifiers_believe_it(stamped, settings):
    assert verify_file(stamped).genuine
    pem = seal().certificate.public_bytes(Encoding.PEM).decode()
    row = {"purpose": "seal", "certificate": pem, "retired_at": None}
    keys = stranger.read_keys(json.dumps({"keys": [row]}).encode(), Path(settings.TSA_CERTIFICATES).read_bytes())
    _genuine, steps = stranger.verdict(stamped, keys=keys)
    assert [(step.name, step.passed) for step in steps[:4]] == [
        ("form", True), ("seal", True), ("whole", True), ("attachments", True)]  # fmt: skip


def test_a_stranger_who_knows_no_authority_is_told_to_name_one(stamped):
    pem = seal().certificate.public_bytes(Encoding.PEM).decode()
    keys = stranger.read_keys(
        json.dumps({"keys": [{"purpose": "seal", "certificate": pem, "retired_at": None}]}).encode()
    )
    genuine, steps = stranger.verdict(stamped, keys=keys)
    assert genuine is None
    assert (steps[-1].name, "--authority" in steps[-1].sentence) == ("seal", True)


def test_an_altered_time_stamp_is_refused(stamped):
    assert failed(altered(stamped, read_frame(cms_of(stamped)).stamp)) == ("seal", False)


def test_a_time_stamp_of_another_signature_is_refused(stamped, printed):
    """The token of one PDF, put into another: both are genuine, and do not belong together."""
    mine, foreign = read_frame(cms_of(stamped)), read_frame(cms_of(printed()))
    room = CONTENTS.search(stamped)[1]
    swapped = replace(mine, stamp=foreign.stamp).encoded().hex().encode().ljust(len(room), b"0")
    assert failed(stamped.replace(room, swapped)) == ("seal", False)


def test_a_time_stamp_by_an_authority_that_is_not_trusted_is_refused(stamped, settings):
    settings.TSA_CERTIFICATES = ""
    assert failed(stamped) == ("seal", False)


def test_a_time_stamp_is_believed_after_the_certificate_of_its_authority_has_ended(
    authority, printed, now, monkeypatch
):
    """What counts is that it was valid when the PDF was sealed."""
    authority.certify(start=now - timedelta(hours=1), end=now + timedelta(seconds=5))
    pdf = printed()

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return now.astimezone(tz) + timedelta(days=400)

    monkeypatch.setattr("pyhanko_certvalidator.context.datetime", Later)
    assert verify_file(pdf).genuine


def test_what_a_retired_key_sealed_is_held_to_the_time_of_its_stamp_not_to_the_one_it_says(
    authority, decided, client, now, monkeypatch, settings
):
    """Whoever finds an old key can say any time, and have it stamped by the authority, which tells when that was."""
    authority.certify(start=now - timedelta(days=100), end=now + timedelta(days=1))
    made = decided()
    sequence_once(at=now)
    pdf = render(made, at=now - timedelta(days=30))
    assert verify_file(pdf).genuine
    ended = now - timedelta(days=10)
    listed = json.loads(client.get("/api/v1/keys").content)
    for row in listed["keys"]:
        if row["purpose"] == "seal":
            row["retired_at"] = ended.isoformat()
    keys = stranger.read_keys(json.dumps(listed).encode(), Path(settings.TSA_CERTIFICATES).read_bytes())
    retired = [replace(key, retired_at=ended) for key in certificate.keys_vouched_for()]
    monkeypatch.setattr(certificate, "keys_vouched_for", lambda: retired)
    assert failed(pdf) == ("time", False)
    genuine, steps = stranger.verdict(pdf, keys=keys)
    assert (genuine, steps[-1].name) == (False, "time")


@pytest.mark.parametrize("answer", [lambda *_: (500, "text/plain", b""), lambda *_: (200, "text/plain", b"hello")])
def test_an_authority_that_does_not_answer_delays_nothing(authority, printed, answer, caplog):
    authority.answer = answer
    pdf = printed()
    assert verify_file(pdf).genuine
    assert read_frame(cms_of(pdf)).stamp == b""
    assert "sealed without a time-stamp" in caplog.text


def test_where_no_authority_is_configured_nobody_is_asked(printed, settings):
    assert settings.TSA_URL == ""
    assert read_frame(cms_of(printed())).stamp == b""

"""Time-stamps (RFC 3161) by `openssl ts`: believed when every check passes, and refused in a sentence otherwise."""

import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from consent.seals import timestamping
from consent.seals.timestamping import TimeStampRefused, check_token, stamp, time_authority
from tests.authority import OPENSSL, REPLY

MESSAGE = b"candor.example/ledger\n3\n"


def refused(code, act):
    with pytest.raises(TimeStampRefused) as raised:
        act()
    assert raised.value.code == code
    assert str(raised.value).endswith(".")


def stamped():
    return stamp(MESSAGE, authority=time_authority())


def test_a_time_stamp_says_when_the_authority_saw_these_bytes(authority):
    made = stamped()
    assert abs(made.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert check_token(made.token, message=MESSAGE) == made.at


def test_openssl_believes_it_too(authority, tmp_path):
    (tmp_path / "token").write_bytes(stamped().token)
    (tmp_path / "message").write_bytes(MESSAGE)
    command = [
        OPENSSL,
        "ts",
        "-verify",
        "-token_in",
        "-in",
        "token",
        "-data",
        "message",
        "-CAfile",
        authority.certificates,
    ]
    verified = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "Verification: OK" in verified.stdout + verified.stderr


def test_the_authority_sees_a_digest_and_a_nonce_and_nothing_of_the_message(authority):
    stamped()
    stamped()
    assert all(MESSAGE not in query for query in authority.queries)
    one, two = (tsp.TimeStampReq.load(query)["nonce"].native for query in authority.queries)
    assert one != two


def test_without_an_address_there_is_no_authority(settings):
    settings.TSA_URL = ""
    assert time_authority() is None


def test_a_token_of_other_bytes_is_refused(authority):
    refused("not_genuine", lambda: check_token(stamped().token, message=MESSAGE + b"\n"))


def test_no_byte_of_a_token_can_be_changed(authority):
    """But for the certificates that travel with it, of which only the signer's counts."""
    token = stamped().token
    for at in range(0, len(token), 7):
        altered = bytes([*token[:at], token[at] ^ 1, *token[at + 1 :]])
        try:
            assert check_token(altered, message=MESSAGE) == check_token(token, message=MESSAGE)
        except TimeStampRefused:
            continue


def test_a_token_of_an_authority_that_we_do_not_trust_is_refused(authority):
    made = stamped()
    now = datetime.now(UTC)
    authority.certify(start=now - timedelta(days=1), end=now + timedelta(days=1))  # another root in the trusted file
    timestamping._trusted.cache_clear()
    refused("untrusted", lambda: check_token(made.token, message=MESSAGE))


def test_a_token_is_believed_after_its_certificate_expired(authority):
    now = datetime.now(UTC)
    end = now + timedelta(seconds=6)
    authority.certify(start=now - timedelta(days=1), end=end)
    timestamping._trusted.cache_clear()
    made = stamped()
    time.sleep((end - datetime.now(UTC)).total_seconds() + 1)
    assert check_token(made.token, message=MESSAGE) == made.at
    refused("untrusted", stamped)


@pytest.mark.parametrize("usage", [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CODE_SIGNING])
def test_a_certificate_that_is_for_something_else_is_refused(authority, usage):
    """(`openssl ts` itself would not sign with it: the honest reply is signed anew.)"""
    now = datetime.now(UTC)
    authority.certify(start=now - timedelta(days=1), end=now + timedelta(days=1), usage=usage)
    timestamping._trusted.cache_clear()
    with pytest.raises((TimeStampRefused, subprocess.CalledProcessError)):
        stamped()


def other_digest(authority, query):
    asked = tsp.TimeStampReq.load(query)
    asked["message_imprint"]["hashed_message"] = b"\x00" * 32
    return 200, REPLY, authority.reply(asked.dump(force=True))


def other_nonce(authority, query):
    asked = tsp.TimeStampReq.load(query)
    asked["nonce"] = 7
    return 200, REPLY, authority.reply(asked.dump(force=True))


def no_nonce(authority, query):
    asked = tsp.TimeStampReq.load(query)
    del asked["nonce"]
    return 200, REPLY, authority.reply(asked.dump(force=True))


def refusal(authority, query):
    asked = tsp.TimeStampReq.load(query)
    asked["message_imprint"]["hash_algorithm"] = {"algorithm": "md5"}
    asked["message_imprint"]["hashed_message"] = b"\x00" * 16
    return 200, REPLY, authority.reply(asked.dump(force=True))


LIES = {
    "another digest": (other_digest, "not_genuine"),
    "another nonce": (other_nonce, "nonce"),
    "no nonce": (no_nonce, "nonce"),
    "a refusal": (refusal, "refused"),
    "junk": (lambda *_: (200, REPLY, b"\x30\x03\x02\x01"), "not_a_time_stamp"),
    "nothing": (lambda *_: (200, REPLY, b""), "not_a_time_stamp"),
    "a page": (lambda *_: (200, "text/html", b"<p>hello"), "no_reply"),
    "a fault": (lambda *_: (500, REPLY, b""), "no_reply"),
    "a redirect": (lambda *_: (302, REPLY, b""), "no_reply"),
    "very much": (lambda *_: (200, REPLY, b"\x30" * 200_000), "too_long"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_authority_that_lies_or_talks_nonsense_is_refused(authority, lie):
    authority.answer, code = LIES[lie]
    refused(code, stamped)


def test_the_answer_to_an_earlier_request_is_refused(authority):
    kept = []

    def replay(self, query):
        kept.append(self.reply(query))
        return 200, REPLY, kept[0]

    authority.answer = replay
    stamped()
    refused("nonce", stamped)


def test_a_time_that_is_not_now_is_refused(authority, monkeypatch):
    monkeypatch.setattr(timestamping, "CLOCKS_APART", timedelta(seconds=-1))
    refused("clock", stamped)


def test_an_authority_that_is_down_is_refused_at_once(settings, authority):
    settings.TSA_URL = "http://127.0.0.1:1/"
    refused("unreachable", stamped)


def test_an_authority_that_never_ends_is_not_waited_for_longer_than_the_limit(authority, monkeypatch):
    monkeypatch.setattr(timestamping, "SECONDS_MAX", 0.3)
    gone = threading.Event()
    authority.answer = lambda *_: gone.wait(10) and (200, REPLY, b"") or (200, REPLY, b"")
    begun = time.monotonic()
    refused("unreachable", stamped)
    assert time.monotonic() - begun < 5
    gone.set()

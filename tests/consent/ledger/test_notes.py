"""Checkpoints as signed notes: exactly the public formats, and nothing that only looks like them."""

import base64

import pytest
from django.test import override_settings

from consent.ledger.merkle import ProofInvalid
from consent.ledger.notes import check_signed, decoded, key_hash, parsed_checkpoint, signed_checkpoint, whole_number
from consent.seals.signing import is_signed_by, own_public_keys

ORIGIN = "candor.example/ledger"
ROOT = bytes(range(32))


@pytest.fixture
def note(db):
    return signed_checkpoint(origin=ORIGIN, size=42, root=ROOT)


@pytest.fixture
def keys():
    return own_public_keys("ledger")


def assert_refused(code, note, keys, origin=ORIGIN):
    with pytest.raises(ProofInvalid) as refused:
        check_signed(parsed_checkpoint(note), origin=origin, public_keys=keys)
    assert refused.value.code == code


def test_the_published_example_of_signed_notes_verifies():
    """The key and note of the Go implementation's documentation, which the C2SP format comes from."""
    name, hexadecimal, encoded = ["PeterNeumann", "c74f20a3", "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]
    public = base64.b64decode(encoded)[1:]
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = decoded("x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=")
    assert key_hash(name, public).hex() == hexadecimal
    assert line[:4].hex() == hexadecimal
    assert is_signed_by(public, message=text.encode(), value=line[4:])


def test_a_checkpoint_is_three_lines_a_blank_one_and_a_signature(note, keys):
    lines = note.split("\n")
    assert lines[:4] == [ORIGIN, "42", base64.b64encode(ROOT).decode(), ""]
    dash, name, signature = lines[4].split(" ")
    assert (dash, name, lines[5:]) == ("—", ORIGIN, [""])
    assert base64.b64decode(signature)[:4] == key_hash(ORIGIN, keys[0])
    assert len(base64.b64decode(signature)) == 4 + 64


def test_a_checkpoint_reads_back(note, keys):
    read = parsed_checkpoint(note)
    check_signed(read, origin=ORIGIN, public_keys=keys)
    assert (read.origin, read.size, read.root) == (ORIGIN, 42, ROOT)


def test_no_byte_of_a_checkpoint_can_be_changed(note, keys):
    raw = note.encode()
    for at in range(len(raw)):
        for bit in (0x01, 0x20):
            altered = bytes([*raw[:at], raw[at] ^ bit, *raw[at + 1 :]])
            with pytest.raises((ProofInvalid, UnicodeDecodeError)):
                check_signed(parsed_checkpoint(altered.decode()), origin=ORIGIN, public_keys=keys)


def test_a_checkpoint_of_another_log_is_refused(note, keys):
    assert_refused("origin", note, keys, origin="other.example/ledger")


def test_a_checkpoint_that_only_strangers_signed_is_refused(note):
    assert_refused("unsigned", note, [b"\x07" * 32])


def test_lines_of_unknown_witnesses_are_ignored(note, keys):
    cosigned = base64.b64encode(b"wxyz" + bytes(64)).decode()
    check_signed(parsed_checkpoint(note + f"— witness.example {cosigned}\n"), origin=ORIGIN, public_keys=keys)


def test_a_genuine_note_that_somebody_made_enormous_is_refused(note):
    assert_refused("not_a_note", note + f"— witness.example {base64.b64encode(bytes(60_000)).decode()}\n", [])


def test_a_false_line_of_a_known_key_spoils_a_note_with_a_true_one(note, keys):
    false = base64.b64encode(key_hash(ORIGIN, keys[0]) + bytes(64)).decode()
    assert_refused("signature", note + f"— {ORIGIN} {false}\n", keys)


def test_a_second_key_of_the_log_may_sign_too_as_during_a_change_of_keys(note, keys, tmp_path):
    with override_settings(KEYSTORE_DIR=tmp_path / "next"):
        line = signed_checkpoint(origin=ORIGIN, size=42, root=ROOT).rpartition("\n\n")[2]
        later = own_public_keys("ledger")
    check_signed(parsed_checkpoint(note + line), origin=ORIGIN, public_keys=keys)
    check_signed(parsed_checkpoint(note + line), origin=ORIGIN, public_keys=later)
    check_signed(parsed_checkpoint(note + line), origin=ORIGIN, public_keys=keys + later)


WRONG = {
    "empty": "",
    "no signature": "{body}",
    "no blank line": "{body}{signature}",
    "no final newline": "{body}\n— name AAAAAAA=",
    "carriage returns": "{body}\r\n{signature}",
    "a tab": "candor.example/ledger\t\n42\n{root}\n\n{signature}",
    "two lines": "candor.example/ledger\n42\n\n{signature}",
    "a hyphen for a dash": "{body}\n- candor.example/ledger AAAAAAAAAAA=\n",
    "a plus in the name": "{body}\n— a+b AAAAAAAAAAA=\n",
    "a signature too short": "{body}\n— name AAAA\n",
    "size with a leading zero": "candor.example/ledger\n042\n{root}\n\n{signature}",
    "negative size": "candor.example/ledger\n-1\n{root}\n\n{signature}",
    "size in other digits": "candor.example/ledger\n٤٢\n{root}\n\n{signature}",
    "enormous size": "candor.example/ledger\n" + "9" * 19 + "\n{root}\n\n{signature}",
    "short root": "candor.example/ledger\n42\nAAAA\n\n{signature}",
    "enormous": "{body}\n" + "— name AAAAAAAAAAA=\n" * 5000,
    "many signatures": "{body}\n" + "— name AAAAAAAAAAA=\n" * 65,
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_not_exactly_a_note_is_refused(what):
    root = base64.b64encode(ROOT).decode()
    body = f"{ORIGIN}\n42\n{root}\n"
    with pytest.raises(ProofInvalid):
        parsed_checkpoint(WRONG[what].format(body=body, root=root, signature=f"— {ORIGIN} AAAAAAAAAAA=\n"))


@pytest.mark.parametrize("text", ["AAAB=", "AB==\n", "AB==", "A B=", "AA-_", "é", "AA"])
def test_base64_has_one_spelling(text):
    with pytest.raises(ProofInvalid):
        decoded(text)


@pytest.mark.parametrize("text", ["", "+1", "1.0", "00", "1_000", " 1", "²"])
def test_a_whole_number_has_one_spelling(text):
    with pytest.raises(ProofInvalid):
        whole_number(text)

"""Anybody may send any file: none reaches a reader of PDFs unbelieved, and no check opens a file, a socket or a program."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.receipts import seal_check
from consent.receipts.verification import verify_file
from tests.verify.test_vectors import FOLDER, VECTORS, files_of, trusting  # noqa: F401  (a fixture)

BELIEVED = {
    "attachments",
    "issuer",
    "signature",
    "time",
    "log",
    None,
}  # what is refused here, or nowhere, was sealed by us


class Listening:
    """What this process asks of the system while it listens (PEP 578); a hook cannot be taken away, so there is one for all tests."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.on = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple) -> None:
        if self.on and event.startswith(
            ("open", "socket.", "subprocess.", "os.", "shutil.", "urllib.", "ftplib.", "http.")
        ):
            self.heard.append(f"{event} {arguments[:1]}")

    @contextmanager
    def __call__(self) -> Iterator[list[str]]:
        self.heard, self.on = [], True
        try:
            yield self.heard
        finally:
            self.on = False


LISTENING = Listening()


def test_the_listener_hears_files_and_sockets(tmp_path):
    import socket

    with LISTENING() as heard:
        (tmp_path / "x").write_bytes(b"")
        socket.socket().close()
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", 9), timeout=0.1)
    assert {each.partition(" ")[0] for each in heard} >= {"open", "socket.__new__", "socket.connect"}


@pytest.mark.usefixtures("trusting")
def test_no_check_opens_a_file_a_socket_or_a_program():
    """With the keys at hand: reading those is all that a check ever reads. Good files go all the way, through pyHanko as well."""
    for name in ("pdf-good", "decision-given", "log-big"):
        verify_file(*files_of(name))  # modules and translations are loaded once
    files = {name: files_of(name) for name in VECTORS}
    for name, given_files in files.items():
        with LISTENING() as heard:
            verify_file(*given_files)
        assert heard == [], name


def test_the_only_files_that_a_check_reads_are_those_of_the_keystore(db, settings):
    files = [files_of(name) for name in ("pdf-good", "decision-given", "log-big")]
    for each in files:
        verify_file(*each)  # makes the keys
    with LISTENING() as heard:
        for each in files:
            verify_file(*each)
    assert heard
    named = [each for each in heard if str(settings.KEYSTORE_DIR) not in each]
    assert named == []


@pytest.fixture
def opened(monkeypatch) -> list[bytes]:
    """Every file that reaches pyHanko's reader."""
    seen: list[bytes] = []
    reader = seal_check.PdfFileReader

    def read(stream, *arguments, **more):
        seen.append(stream.getvalue())
        return reader(stream, *arguments, **more)

    monkeypatch.setattr(seal_check, "PdfFileReader", read)
    return seen


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("name", [name for name, each in VECTORS.items() if each["file"].endswith(".pdf")])
def test_only_what_was_sealed_here_and_is_whole_reaches_a_reader_of_pdfs(name, opened):
    failed = verify_file(*files_of(name)).failed
    ours_all_over = failed in BELIEVED or name in {"pdf-changes-allowed", "pdf-not-certified", "pdf-field"}
    assert bool(opened) == ours_all_over


@pytest.mark.usefixtures("trusting")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_file_whatsoever_ends_a_check_without_a_verdict(data, opened):
    """Bytes out of nowhere, and bytes put into a genuine print: always a verdict with a sentence, never a reader, never a fault."""
    genuine = (FOLDER / "pdf-good.pdf").read_bytes()
    at = data.draw(st.integers(0, len(genuine)))
    noise = data.draw(
        st.binary(max_size=60) | st.sampled_from([b"/ByteRange [0 1 2 3]", b"stream", b"endstream", b"/JS ", b"%%EOF"])
    )
    cut = data.draw(st.integers(0, 200))
    for raw in (b"%PDF-" + noise, genuine[:at] + noise + genuine[at + cut :], noise):
        verdict = verify_file(raw)
        if raw != genuine:
            assert not verdict.genuine
            assert verdict.steps[-1].sentence
            assert opened == []
        opened.clear()


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    "raw",
    [
        b"%PDF-%%EOF" + b"stream\n" * 700_000,
        b"%PDF-%%EOF" + b"/ByteRange [0 " * 300_000,
        b"%PDF-%%EOF/ByteRange [0 1 5000000 0]" + b"<" + b"00" * 2_400_000 + b">",
        b"%PDF-%%EOF" + b"/JavaScrip" * 500_000,
        b"{" + b'"a":' * 60_000,
        b'{"a":"' + b"\\u0000" * 40_000 + b'"}',
        b"[" + b"1," * 120_000 + b"1]",
    ],
    ids=["streams", "ranges", "contents", "names", "nested", "escapes", "array"],
)
def test_enormous_and_hollow_files_are_refused_at_once(raw):
    """Every part of the reading is linear in the file: none of these takes a second (measured in `bench/`, not here)."""
    assert verify_file(raw).failed in {"form", "seal"}


@pytest.mark.usefixtures("trusting")
def test_no_sentence_repeats_what_was_sent():
    """But for the log that another issuer names, which is how one is found."""
    canary = "zq7canary"
    raw = (FOLDER / "decision-given.json").read_bytes()
    for part in ("Alice Demo", "given", "decision", "Ed25519", "issued_at", "RCP-7QK2-0001", "dpv:ConsentGiven"):
        verdict = verify_file(raw.replace(part.encode(), canary.encode()))
        assert not verdict.genuine
        assert canary not in json.dumps([step.sentence for step in verdict.steps], ensure_ascii=False)

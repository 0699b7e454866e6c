"""Laying out a receipt reaches nothing outside the vendored files, and is bounded in memory and time."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import weasyprint
from celery.exceptions import SoftTimeLimitExceeded
from weasyprint.urls import FatalURLFetchingError

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts import pressing, tasks
from consent.receipts.printing import PRINT, render
from consent.receipts.typesetting import typeset

ROOT = Path(__file__).resolve().parents[3]
WAYS = [
    '<img src="{}" alt="x">', '<link rel="stylesheet" href="{}">', '<style>@import "{}";</style>',
    '<style>@font-face {{ font-family: X; src: url("{}") }} p {{ font-family: X }}</style><p>x</p>',
    '<p style="background: url(\'{}\')">x</p>', '<object data="{}"></object>', '<embed src="{}">',
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="{}" width="9" height="9"/></svg>',
    '<p style="content: url(\'{}\')">x</p>', '<link rel="attachment" href="{}">', '<a rel="attachment" href="{}">x</a>',
    '<ul style="list-style-image: url(\'{}\')"><li>x</ul>',
]  # fmt: skip


@pytest.fixture
def listener():
    """A server on this machine that counts who calls."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            while True:
                try:
                    connection, _address = server.accept()
                except OSError:
                    return
                calls.append(connection.recv(200))
                connection.close()

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", calls


@pytest.mark.parametrize("way", WAYS)
def test_whatever_a_document_names_nobody_is_called_and_no_file_is_read(way, listener, tmp_path):
    address, calls = listener
    secret = tmp_path / "secret.txt"
    secret.write_text("not for print")
    for named in (address, secret.as_uri()):
        opened = _opened_while(lambda named=named: _set_or_refused(way.format(named)))
        assert str(secret) not in opened
    assert calls == []


def test_a_whole_print_opens_nothing_but_what_it_is_made_of(cast, decided, at, settings):
    with acting_for(cast.alice.pk):
        receipt = decided()
        sequence_once(at=at)
        render(receipt, at=at)
        pressing._form.cache_clear()
        opened = _opened_while(lambda: render(receipt, at=at))
    within = (PRINT, Path(weasyprint.__file__).parent, Path(settings.KEYSTORE_DIR), Path("/proc/self/statm"))
    strange = {path for path in opened if not any(Path(path).is_relative_to(place) for place in within)}
    assert strange == set()


def test_a_document_that_eats_memory_is_given_up_and_the_process_lives():
    program = (
        "from consent.receipts import typesetting\n"
        "typesetting.typeset('<html lang=en><title>x</title><p>x', pictures={})\n"
        "typesetting.MEMORY = 32 << 20\n"
        "rows = '<tr><th>a<td>b' * 12_000\n"
        "try:\n"
        "    typesetting.typeset(f'<html lang=en><title>x</title><table>{rows}</table>', pictures={})\n"
        "except typesetting.TooLarge:\n"
        "    typesetting.MEMORY = 1 << 30\n"
        "    print(typesetting.typeset('<html lang=en><title>x</title><p>x', pictures={})[:5])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "b'%PDF-'", done.stderr[-500:]


def test_the_tasks_that_print_have_limits_and_do_not_come_back_by_themselves():
    for task in (tasks.print_receipt, tasks.print_some):
        assert task.soft_time_limit < task.time_limit <= 60
        assert task.acks_late is False


def test_a_print_that_is_cut_off_leaves_the_press_free(cast, decided, at, monkeypatch):
    with acting_for(cast.alice.pk):
        receipt = decided()
        sequence_once(at=at)
        pressing._form.cache_clear()
        with monkeypatch.context() as patched:
            patched.setattr("consent.receipts.typesetting._stylesheet", _cut_off)
            with pytest.raises(SoftTimeLimitExceeded):
                render(receipt, at=at)
        assert render(receipt, at=at).startswith(b"%PDF")


def _cut_off(paper: str) -> None:
    raise SoftTimeLimitExceeded


def _set_or_refused(body: str) -> None:
    with suppress(FatalURLFetchingError):
        typeset(f'<html lang="en"><title>x</title><body>{body}', pictures={})


_watching: list[set[str]] = []


def _note_opened(event: str, arguments: tuple) -> None:
    if _watching and event == "open" and isinstance(arguments[0], str | os.PathLike):
        _watching[-1].add(os.fspath(arguments[0]))


sys.addaudithook(_note_opened)  # cannot be taken away again: it does nothing while nobody watches


def _opened_while(act) -> set[str]:
    """Every file that Python code opens meanwhile. (Fontconfig reads the fonts of the system by itself.)"""
    _watching.append(set())
    try:
        act()
        return _watching[-1]
    finally:
        _watching.pop()

"""Letters leave after what they tell of was committed, once, and again when mail was down."""

import smtplib
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, connections

from consent.database import acting_for
from consent.letters import delivery
from consent.letters.delivery import deliver_due, wait_after
from consent.letters.models import Letter
from consent.letters.outbox import Template, write
from consent.letters.tasks import deliver

VALUES = {
    "number": "DEL-7QK2-94TM", "receipt": "RCP-3M8D-71WX", "why": "A court asked for it.", "removed": 3,
    "programme": "Interface learning",
}  # fmt: skip


@pytest.fixture
def wrote(cast, at):
    def made(person=None, **changes):
        person = person or cast.alice
        dates = {"due": at + timedelta(days=30), "ended_at": at, "day": at.date()}
        letter = {"template": "request_received", "values": VALUES | dates, "key": "a", "at": at}
        with acting_for(person.pk):
            write(person=person, **{**letter, **changes})

    return made


@pytest.fixture
def down(monkeypatch):
    def fail(self, messages):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(EmailBackend, "send_messages", fail)


def letter(cast) -> Letter:
    with acting_for(cast.alice.pk):
        return Letter.objects.get()


def test_a_letter_leaves_in_the_words_and_the_time_of_the_person(wrote, at):
    wrote()
    assert deliver_due(at=at) == 1
    [sent] = mail.outbox
    assert sent.to == ["alice@example.com"]
    assert sent.subject == "Candor: about request DEL-7QK2-94TM"
    assert "Hello Alice Demo," in sent.body
    assert "10 December 2026, 10:00 CET" in sent.body
    assert "/requests/DEL-7QK2-94TM/" in sent.body


@pytest.mark.parametrize("template", Template)
def test_every_letter_reads_well(wrote, at, template):
    wrote(template=template)
    assert deliver_due(at=at) == 1
    [sent] = mail.outbox
    assert sent.subject.startswith("Candor: ")
    for broken in ("{{", "{%", "\n\n\n", "None", " ,", "&#", "{'"):
        assert broken not in sent.body, sent.body
    to_one = template != Template.LEDGER_CHECKPOINT  # which every member of the works council gets
    assert sent.body.count("Nobody but you got this letter.") == to_one


def test_an_apostrophe_is_not_escaped(wrote, cast, at):
    cast.alice.full_name = "Alice O'Neil & <Son>"
    cast.alice.save()
    wrote()
    deliver_due(at=at)
    assert "Alice O'Neil & <Son>" in mail.outbox[0].body


def test_a_letter_leaves_once(wrote, cast, at):
    wrote()
    deliver_due(at=at)
    assert deliver_due(at=at) == 0
    assert len(mail.outbox) == 1
    assert letter(cast).sent_at == at


def test_a_letter_that_is_not_due_waits(wrote, at):
    wrote(due_at=at + timedelta(hours=1))
    assert deliver_due(at=at) == 0
    assert deliver_due(at=at + timedelta(hours=1)) == 1


def test_when_mail_is_down_the_letter_waits_and_leaves_later(wrote, cast, at, down, monkeypatch):
    wrote()
    assert deliver_due(at=at) == 0
    assert letter(cast).attempts == 1
    assert letter(cast).due_at == at + timedelta(minutes=1)
    monkeypatch.undo()
    assert deliver_due(at=at + timedelta(minutes=1)) == 1


def test_waiting_grows_to_a_day_and_not_beyond():
    waits = [wait_after(attempts) for attempts in range(1, 40)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(minutes=1)
    assert waits[-1] == timedelta(days=1)


def test_one_bad_letter_does_not_stop_the_others(wrote, cast, at):
    wrote(values={"due": at}, key="bad", due_at=at - timedelta(hours=1))
    cast.bob.email = ""
    cast.bob.save()
    wrote(person=cast.bob, key="no address", due_at=at - timedelta(hours=1))
    wrote(key="good")
    assert deliver_due(at=at) >= 1
    assert "good" in sent_keys(cast.alice)


def sent_keys(person) -> set[str]:
    with acting_for(person.pk):
        return set(Letter.objects.filter(sent_at__isnull=False).values_list("key", flat=True))


def test_when_all_mail_fails_a_run_ends_soon(wrote, at, down):
    for number in range(10):
        wrote(key=str(number))
    tried = []
    original = delivery._sent
    delivery._sent = lambda letter: tried.append(letter.pk) or original(letter)
    try:
        deliver_due(at=at)
    finally:
        delivery._sent = original
    assert len(tried) == delivery.FAILURES_MAX


def test_the_log_names_the_letter_and_nothing_in_it(wrote, at, down, caplog):
    wrote(template="deletion_held")
    deliver_due(at=at)
    assert "SMTPServerDisconnected" in caplog.text
    for secret in ("alice", "DEL-7QK2", "court"):
        assert secret not in caplog.text.lower()


def test_a_letter_sent_again_has_the_same_identifier(wrote, cast, at):
    wrote()
    deliver_due(at=at)
    with acting_for(None, service="letters"):
        Letter.objects.update(sent_at=None)
    deliver_due(at=at)
    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_a_line_break_in_a_value_makes_no_second_header(wrote, at):
    wrote(values=VALUES | {"number": "DEL-1\nBcc: mallory@example.com", "due": at})
    deliver_due(at=at)
    for sent in mail.outbox:
        assert sent.message()["Bcc"] is None
        assert sent.recipients() == ["alice@example.com"]


def test_the_task_delivers_and_leaves_the_session_as_it_was(wrote, cast):
    wrote()
    with acting_for(cast.bob.pk):
        deliver()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('candor.service', true), current_setting('candor.person', true)")
            assert cursor.fetchone() == ("", str(cast.bob.pk))


@pytest.mark.usefixtures("own_database")
def test_two_workers_side_by_side_send_each_letter_once(wrote, at, monkeypatch):
    for number in range(6):
        wrote(key=str(number))
    started, original, met = threading.Barrier(2), delivery._sent, []

    def together(letter):
        with suppress(threading.BrokenBarrierError):
            started.wait(timeout=0.3)
            met.append(letter.pk)
        return original(letter)

    monkeypatch.setattr(delivery, "_sent", together)

    def work():
        try:
            return deliver_due(at=at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        counts = [each.result() for each in [pool.submit(work), pool.submit(work)]]
    assert sum(counts) == 6
    assert len(set(met)) > 1, "one waited for the other"
    assert len({sent.extra_headers["Message-ID"] for sent in mail.outbox}) == len(mail.outbox) == 6

"""A letter is written with what it tells of, once, and carries nothing that was captured or chosen."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction

from consent.database import acting_for
from consent.letters.models import Letter
from consent.letters.outbox import NotALetter, Template, write

TEMPLATES = Path(__file__).resolve().parents[3] / "consent" / "letters" / "templates" / "letters"


@pytest.fixture(autouse=True)
def _acting(cast):
    with acting_for(cast.alice.pk):
        yield


@pytest.fixture
def wrote(cast, at):
    def made(**changes):
        letter = {
            "template": "request_received",
            "values": {"number": "DEL-7QK2-94TM", "due": at},
            "key": "a",
            "at": at,
        }
        write(person=cast.alice, **{**letter, **changes})

    return made


def test_a_letter_is_due_at_once_unless_said_otherwise(wrote, at):
    wrote()
    wrote(key="b", due_at=at + timedelta(days=1))
    assert list(Letter.objects.order_by("key").values_list("due_at", flat=True)) == [at, at + timedelta(days=1)]


def test_the_same_key_writes_one_letter(wrote):
    wrote()
    wrote()
    assert Letter.objects.count() == 1


def fail_after(act):
    with transaction.atomic():
        act()
        raise ZeroDivisionError


def test_what_did_not_happen_is_not_written_about(wrote):
    with pytest.raises(ZeroDivisionError):
        fail_after(wrote)
    assert not Letter.objects.exists()


def test_there_is_no_letter_of_another_name(wrote):
    with pytest.raises(NotALetter):
        wrote(template="../../settings")


def test_a_value_that_is_no_id_number_date_or_word_is_refused(wrote):
    for value in (b"x", ["x"], {"x": 1}, None, 1.5):
        with pytest.raises(NotALetter):
            wrote(values={"number": value})
    wrote(values={"number": uuid4()})


def test_nobody_else_sees_a_letter(wrote, cast):
    wrote()
    with acting_for(cast.bob.pk):
        assert not Letter.objects.exists()


@pytest.mark.parametrize("template", Template)
def test_every_letter_has_subject_and_text(template):
    assert (TEMPLATES / f"{template}.subject").is_file()
    assert (TEMPLATES / f"{template}.txt").is_file()


@pytest.mark.parametrize("template", Template)
def test_no_letter_names_a_choice_or_what_was_captured(template):
    used = "".join((TEMPLATES / f"{template}.{part}").read_text() for part in ("subject", "txt"))
    assert set(re.findall(r"{{\s*(\w+)", used)) <= {
        "name",
        "portal",
        "number",
        "due",
        "receipt",
        "why",
        "day",
        "ended_at",
        "programme",
        "contact",
        "note",  # the signed checkpoint, which is public
        "size",
    }
    assert not re.search(r"allowed|refused|withdr[ae]w|opted|mouse|keystroke|screen", used, re.IGNORECASE)


def test_letters_about_requests_look_alike_from_outside():
    """A deletion that follows a withdrawal tells of it only inside."""
    subjects = {
        (TEMPLATES / f"{name}.subject").read_text() for name in Template if "request" in name or "deletion" in name
    }
    assert len(subjects) == 1

"""The works council gets the newest checkpoint by mail: once a day, exactly as it was signed, and nothing about a person."""

from datetime import timedelta

import pytest
from django.core import mail

from consent.database import acting_for
from consent.ledger.audit import verify_ledger
from consent.ledger.models import Checkpoint, Witness
from consent.ledger.outside import kept_in
from consent.letters.delivery import deliver_due
from consent.letters.models import Letter
from consent.people.models import Role, RoleGrant
from consent.records.witness_mail import mail_checkpoint
from tests.consent.ledger.log import sequenced

RULE = "-" * 80


@pytest.fixture(autouse=True)
def _mailbox(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def letters(person):
    with acting_for(person.pk):
        return list(Letter.objects.filter(person=person, template="ledger_checkpoint").order_by("written_at"))


def delivered(at):
    deliver_due(at=at)
    return [message for message in mail.outbox if "ledger" in message.subject]


def witness():
    return Witness.objects.get(name="mail")


def test_the_letter_holds_the_checkpoint_as_it_was_signed(cast, at):
    sequenced(3)
    mail_checkpoint(at=at)
    (message,) = delivered(at)
    assert message.to == [cast.grace.email]
    kept = message.body.split(RULE)[1].lstrip("\n")
    assert kept == Checkpoint.objects.get().note
    assert verify_ledger(against=[kept_in(kept, source="a letter")]).problems == ()


def test_once_a_day_however_often_it_is_rung(cast, at):
    sequenced(1)
    for hours in (0, 1, 5):
        mail_checkpoint(at=at + timedelta(hours=hours))
        sequenced(1)
    assert len(letters(cast.grace)) == 1
    mail_checkpoint(at=at + timedelta(days=1))
    assert [letter.values["size"] for letter in letters(cast.grace)] == [1, 4]


def test_every_active_member_gets_it_and_nobody_else(cast, at):
    RoleGrant.objects.create(person=cast.mallory, role=Role.WORKS_COUNCIL, granted_at=at)
    RoleGrant.objects.create(person=cast.bob, role=Role.WORKS_COUNCIL, granted_at=at)
    cast.bob.is_active, cast.bob.active_to = False, at
    cast.bob.save()
    sequenced(1)
    mail_checkpoint(at=at)
    assert {person.username for person in cast.everyone() if letters(person)} == {"grace", "mallory"}


def test_it_is_deposited_when_it_has_left_and_not_when_it_was_written(cast, at):
    sequenced(2)
    mail_checkpoint(at=at)
    assert not Witness.objects.filter(name="mail").exists()
    delivered(at)
    mail_checkpoint(at=at + timedelta(minutes=10))
    assert (witness().size, witness().deposited_at, witness().trouble) == (2, at, "")


def test_while_todays_letter_is_on_its_way_yesterdays_is_what_is_held(cast, at):
    sequenced(2)
    mail_checkpoint(at=at)
    delivered(at)
    sequenced(2)
    mail_checkpoint(at=at + timedelta(days=1))
    assert (witness().size, witness().deposited_at) == (2, at)


def test_a_letter_that_does_not_leave_is_reported_after_a_day(cast, at):
    sequenced(1)
    mail_checkpoint(at=at)
    mail_checkpoint(at=at + timedelta(days=1, minutes=1))
    assert "has not left" in witness().trouble


def test_a_works_council_without_an_address_is_reported(cast, at):
    cast.grace.email = ""
    cast.grace.save()
    sequenced(1)
    mail_checkpoint(at=at)
    assert "No member" in witness().trouble


def test_before_the_first_checkpoint_nothing_is_written(cast, at):
    mail_checkpoint(at=at)
    assert letters(cast.grace) == []


def test_nothing_in_it_names_anybody_but_the_reader(cast, at):
    sequenced(1, subject=cast.alice.pk)
    mail_checkpoint(at=at)
    (message,) = delivered(at)
    assert "alice" not in (message.body + message.subject).lower()
    assert str(cast.alice.pk) not in message.body

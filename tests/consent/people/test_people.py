"""The row of a person, and its lock."""

from datetime import timedelta
from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from consent.people.locks import locked
from consent.people.models import Person, RoleGrant


def test_a_sign_in_name_is_found_without_case(cast):
    assert Person.objects.get_by_natural_key("ALICE") == cast.alice


def test_a_person_without_a_password_cannot_sign_in(cast, at):
    made = Person.objects.create_user("judy", None, full_name="Judy", employer=cast.employer, active_from=at)
    assert not made.has_usable_password()


def test_a_reference_says_nothing_of_the_person(cast):
    assert cast.alice.reference.startswith("E-")
    assert "alice" not in str(cast.alice).lower()
    assert len({person.reference for person in cast.everyone()}) == len(cast.everyone())


def test_nobody_is_their_own_manager(cast):
    cast.alice.manager = cast.alice
    with pytest.raises(IntegrityError, match="person_not_own_manager"), transaction.atomic():
        cast.alice.save()


def test_whoever_has_left_has_a_day_of_leaving(cast):
    cast.alice.is_active = False
    with pytest.raises(IntegrityError, match="person_inactive_has_end"), transaction.atomic():
        cast.alice.save()


def test_a_role_is_granted_once(cast, at):
    with pytest.raises(IntegrityError, match="role_once_per_person"), transaction.atomic():
        RoleGrant.objects.create(person=cast.carol, role="hr", granted_at=at)


def test_a_person_is_locked_inside_a_transaction_only(own_database, cast):
    with pytest.raises(TransactionManagementError):
        locked(cast.alice.pk)


def test_a_locked_person_makes_the_next_wait_and_rows_that_refer_to_them_not(own_database, cast, at):
    taken, referred = Event(), Event()

    def refer_then_lock():
        try:
            RoleGrant.objects.create(person=cast.alice, role="hr", granted_at=at + timedelta(days=1))
            referred.set()
            with transaction.atomic():
                locked(cast.alice.pk)
                taken.set()
        finally:
            connection.close()

    with transaction.atomic():
        locked(cast.alice.pk)
        thread = Thread(target=refer_then_lock)
        thread.start()
        assert referred.wait(timeout=10)
        assert not taken.wait(timeout=0.3)
    thread.join(timeout=10)
    assert taken.is_set()

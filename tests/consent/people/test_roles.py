"""Who may do what to whom."""

import pytest

from consent.people.models import Role
from consent.people.roles import (
    ConflictOfInterest,
    check_unconflicted,
    conflicted_ids,
    has_role,
    is_unconflicted,
    roles_of,
)

EACH_ROLE = {
    "carol": Role.HR,
    "dan": Role.LEGAL,
    "dana": Role.LEGAL,
    "erin": Role.OWNER,
    "frank": Role.PRIVACY_OFFICER,
    "grace": Role.WORKS_COUNCIL,
    "heidi": Role.ADMINISTRATOR,
}


def test_everyone_has_the_roles_granted_and_no_other(cast):
    for person in cast.everyone():
        expected = {EACH_ROLE[person.username]} if person.username in EACH_ROLE else set()
        assert roles_of(person) == expected


def test_whoever_has_left_has_no_role(cast, at):
    cast.carol.is_active, cast.carol.active_to = False, at
    assert roles_of(cast.carol) == frozenset()
    assert not has_role(cast.carol, Role.HR)


def test_any_one_of_the_roles_asked_for_is_enough(cast):
    assert has_role(cast.dan, Role.HR, Role.LEGAL)
    assert not has_role(cast.dan, Role.HR)


@pytest.mark.parametrize(
    ("actor", "subject", "allowed"),
    [
        ("bob", "bob", False),
        ("bob", "alice", False),
        ("alice", "bob", False),
        ("bob", "mallory", True),
        ("carol", "alice", True),
    ],
)
def test_nobody_acts_for_themselves_their_manager_or_their_report(cast, actor, subject, allowed):
    actor, subject = getattr(cast, actor), getattr(cast, subject)
    assert is_unconflicted(actor=actor, subject=subject) is allowed
    assert (subject.pk not in conflicted_ids(actor)) is allowed
    if not allowed:
        with pytest.raises(ConflictOfInterest) as caught:
            check_unconflicted(actor=actor, subject=subject)
        assert "Ask a colleague" in str(caught.value)

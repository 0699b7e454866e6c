"""What a scope covers."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from consent.programmes.scopes import Scope

ONE, TWO = UUID(int=1), UUID(int=2)
NINE, TEN, ELEVEN = (datetime(2026, 11, 10, hour, tzinfo=UTC) for hour in (9, 10, 11))


def test_a_scope_survives_json():
    for scope in (Scope(), Scope(ONE, ("mouse", "click"), NINE, TEN), Scope(kinds=())):
        assert Scope.from_json(scope.to_json()) == scope


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Scope(), Scope(), True),
        (Scope(ONE), Scope(), True),
        (Scope(ONE), Scope(TWO), False),
        (Scope(kinds=("mouse",)), Scope(kinds=("mouse", "click")), True),
        (Scope(kinds=("mouse",)), Scope(kinds=("click",)), False),
        (Scope(start=NINE, end=TEN), Scope(start=TEN), False),
        (Scope(end=ELEVEN), Scope(start=TEN), True),
        (Scope(end=TEN), Scope(end=NINE), True),
    ],
)
def test_two_scopes_meet_when_an_event_could_be_in_both(one, other, meet):
    assert one.meets(other) is meet
    assert other.meets(one) is meet

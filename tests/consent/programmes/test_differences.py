"""How two notices differ."""

from dataclasses import replace
from datetime import date

import pytest

from consent.programmes.models import HumanReview
from consent.programmes.notices import difference, in_force, notice
from consent.programmes.publication import RecipientDraft, publish
from tests.cast import draft

HOST = {"address": "1 Example Quay, Dublin", "contact": "privacy@hosting.example"}
TEAM = RecipientDraft(name="The learning team", people=14, outside=False, country="DE")


@pytest.fixture
def changed(programmes, at):
    """What is different in the next version of interface-learning with these changes."""

    def compare(**changes):
        learning = programmes["interface-learning"]
        before = in_force(learning)
        publish(programme=learning, draft=draft("interface-learning-2", **changes), at=at)
        return difference(before, in_force(learning))

    return compare


def test_the_same_notice_has_no_difference(changed):
    assert changed() == []


def test_a_new_kind_is_wider_and_a_dropped_one_is_not(programmes):
    one, two = notice("interface-learning", 1), notice("interface-learning", 2)
    new = [each for each in difference(one, two) if each.wider]
    assert [(each.what, each.before) for each in new] == [("New: Screenshots", "")]
    assert [each.what for each in difference(two, one) if "Screenshots" in each.what] == [
        "No longer asked: Screenshots"
    ]
    assert not any(each.wider for each in difference(two, one))


@pytest.mark.parametrize(
    ("what", "wider", "changes"),
    [
        ("Purpose", True, {"purpose": "Another."}),
        ("What it feeds", True, {"system_fed": "Another"}),
        ("Kept for", True, {"storage_days": 91}),
        ("Kept for", False, {"storage_days": 89}),
        ("Where it is stored", True, {"storage_place": "Ireland", "storage_countries": ("IE",)}),
        ("Where it is stored", True, {"storage_countries": ("DE", "FR")}),
        ("Where it is stored", False, {"storage_place": "Germany, in Munich"}),
        ("Programme ends", False, {"ends_on": date(2198, 1, 1)}),
        ("Programme ends", True, {"ends_on": date(2200, 1, 1)}),
        ("Who looks at it", True, {"human_review": HumanReview.ALL}),
        ("Who looks at it", False, {"human_review": HumanReview.NONE, "human_review_by": ""}),
        ("Who can use the data", True, {"recipients": (replace(TEAM, people=15),)}),
        ("Who can use the data", False, {"recipients": (replace(TEAM, people=13),)}),
        ("Who can use the data", True, {"recipients": (TEAM, replace(TEAM, name="Another team"))}),
        ("Who can use the data", True, {"recipients": (replace(TEAM, country="FR"),)}),
        ("Outside Europe", True, {"transfers": "Standard contractual clauses."}),
        ("Decided by software alone", True, {"automated_decisions": "Who is asked to a training."}),
        ("Who is asked", False, {"audience": {"departments": ["Office"]}, "audience_words": "The office"}),
        ("If you say no", False, {"alternative": "Another."}),
    ],
)
def test_each_change_is_named_and_weighed(changed, what, wider, changes):
    found = changed(**changes)
    assert [(each.what, each.wider) for each in found] == [(what, wider)]
    assert found[0].before != found[0].after


def test_a_recipient_who_is_outside_now_is_more_and_can_be_reached(changed):
    found = changed(recipients=(replace(TEAM, outside=True, **HOST),))
    assert [(each.what, each.wider) for each in found] == [
        ("Who can use the data", True), ("How to reach who is outside", False),
    ]  # fmt: skip
    assert found[1].after == "The learning team, 1 Example Quay, Dublin, privacy@hosting.example"


@pytest.mark.parametrize(
    ("changes", "what", "wider"),
    [
        ({"fields": ("t", "app")}, "Screenshots: what is stored", False),
        ({"apps_allowed": None}, "Screenshots: programs", True),
        ({"apps_allowed": ("Browser",)}, "Screenshots: programs", False),
        ({"apps_allowed": ("Mail",)}, "Screenshots: programs", True),
        ({"max_per_minute": 2}, "Screenshots: how often", True),
        ({"max_per_minute": None}, "Screenshots: how often", True),
    ],
)
def test_each_change_of_a_kind_is_named_and_weighed(changed, changes, what, wider):
    kinds = draft("interface-learning-2").kinds
    found = changed(kinds=(*kinds[:3], replace(kinds[3], **changes)))
    assert [(each.what, each.wider) for each in found] == [(what, wider)]

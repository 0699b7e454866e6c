"""Choices through the API: a no always succeeds, a yes is bound to the notice in force."""

import pytest

from consent.choices.models import Decision, State
from consent.database import acting_for
from consent.programmes.states import end, suspend

from .conftest import code_of

PATH = "/api/v1/decisions"


def post(client, kind="mouse", state="given", version=2, programme="interface-learning", key=None, **more):
    body = {"programme": programme, "kind": kind, "state": state, "notice_version": version} | more
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(PATH, body, content_type="application/json", headers=headers)


def row(client, kind="mouse", programme="interface-learning") -> dict:
    return next(r for r in client.get(PATH).json()["results"] if (r["programme"], r["kind"]) == (programme, kind))


def decisions_of(person) -> list[str]:
    with acting_for(person.pk):
        return list(Decision.objects.filter(person=person).order_by("number").values_list("state", flat=True))


def test_everything_on_offer_is_undecided_at_first(alice, programmes):
    rows = alice.get(PATH).json()["results"]
    assert {each["programme"] for each in rows} == set(programmes)
    assert {each["state"] for each in rows} == {"undecided"}
    assert {each["receipt"] for each in rows} == {each["since"] for each in rows} == {None}
    assert row(alice)["notice_version"] == 2


def test_a_yes_stands_with_its_receipt(alice, cast, programmes):
    answer = post(alice)
    assert answer.status_code == 201
    assert answer["Cache-Control"].count("no-store")
    assert row(alice) == answer.json()
    assert answer.json()["state"] == "given"
    assert alice.get(f"/api/v1/receipts/{answer.json()['receipt']}.json").status_code == 200


def test_a_withdrawal_takes_effect_with_its_own_receipt(alice, cast, programmes):
    yes = post(alice).json()
    no = post(alice, state="withdrawn").json()
    assert no["state"] == "withdrawn"
    assert no["receipt"] != yes["receipt"]
    assert row(alice)["state"] == "withdrawn"


@pytest.mark.parametrize("said", ["refused", "withdrawn"])
def test_a_no_is_a_withdrawal_only_if_a_yes_stood(alice, mallory, cast, programmes, said):
    post(alice)
    assert post(alice, state=said).json()["state"] == "withdrawn"
    assert post(mallory, state=said).json()["state"] == "refused"


@pytest.mark.parametrize("version", [1, 2, 99, 0, -5, 10**30, None, "two", True, 1.5, [], {}])
def test_a_no_succeeds_whatever_version_it_names(alice, cast, programmes, version):
    post(alice)
    assert post(alice, state="withdrawn", version=version).status_code == 201
    assert decisions_of(cast.alice) == ["given", "withdrawn"]


def test_a_no_succeeds_without_naming_a_version(alice, programmes):
    body = {"programme": "interface-learning", "kind": "mouse", "state": "refused"}
    assert alice.post(PATH, body, content_type="application/json").status_code == 201


@pytest.mark.parametrize("act", [suspend, end])
def test_a_no_succeeds_in_a_programme_that_is_closed(alice, cast, programmes, now, act):
    post(alice)
    act(programme=programmes["interface-learning"], by=cast.erin.pk, at=now)
    assert post(alice, state="withdrawn").json()["state"] == "withdrawn"


@pytest.mark.parametrize(("act", "code"), [(suspend, "programme_suspended"), (end, "programme_ended")])
def test_a_yes_to_a_closed_programme_is_refused(alice, cast, programmes, now, act, code):
    act(programme=programmes["interface-learning"], by=cast.erin.pk, at=now)
    assert code_of(post(alice), 409) == code
    assert decisions_of(cast.alice) == []


def test_a_yes_to_a_notice_that_changed_is_refused_with_the_difference(alice, cast, new_notice):
    new_notice("interface-learning", "interface-learning-2", storage_days=300)
    answer = post(alice, version=2)
    assert code_of(answer, 409) == "notice_changed"
    assert answer.json()["current_version"] == 3
    assert [(each["what"], each["wider"]) for each in answer.json()["difference"]] == [("Kept for", True)]
    assert decisions_of(cast.alice) == []


def test_a_yes_to_a_version_that_never_was_is_refused(alice, cast, programmes):
    answer = post(alice, version=77)
    assert code_of(answer, 409) == "notice_changed"
    assert answer.json()["difference"] is None


def test_a_yes_to_terms_that_changed_since_counts_as_undecided(alice, new_notice):
    post(alice)
    new_notice("interface-learning", "interface-learning-2", storage_days=300)
    assert row(alice)["state"] == "undecided"
    assert row(alice)["notice_version"] == 3


@pytest.mark.parametrize("version", [None, 0, -1, 2**31, "2", True, 2.5, [2]])
def test_a_yes_names_a_version(alice, cast, programmes, version):
    assert code_of(post(alice, version=version), 400) == "invalid"
    assert decisions_of(cast.alice) == []


@pytest.mark.parametrize("state", ["revoked", "expired", "undecided", "invalidated", "", None, 1])
def test_nobody_says_through_the_api_what_only_others_can(alice, cast, programmes, state):
    assert code_of(post(alice, state=state), 400) == "invalid"
    assert decisions_of(cast.alice) == []


@pytest.mark.parametrize(
    "more", [{"person": "mallory"}, {"channel": "paper"}, {"recorded_by": "x"}, {"at": "2020-01-01T00:00:00Z"}]
)
def test_nothing_else_can_be_set(alice, cast, programmes, more):
    assert code_of(post(alice, **more), 400) == "invalid"
    assert decisions_of(cast.alice) == []


@pytest.mark.parametrize(
    ("programme", "kind"), [("nothing-here", "mouse"), ("interface-learning", "window"), ("interface-learning", "x")]
)
def test_what_is_not_asked_cannot_be_allowed(alice, programmes, programme, kind):
    assert code_of(post(alice, kind, programme=programme), 422) == "not_offered"


def test_the_same_key_is_one_decision(alice, cast, programmes):
    first, second = post(alice, key="tab-1"), post(alice, key="tab-1")
    assert first.json() == second.json()
    assert decisions_of(cast.alice) == ["given"]


def test_a_key_of_another_choice_is_refused(alice, cast, programmes):
    post(alice, key="tab-1")
    assert code_of(post(alice, "click", key="tab-1"), 422) == "key_reused"


@pytest.mark.parametrize("key", ["x" * 65, "\xe9", "a\x01b"])
def test_a_key_that_cannot_be_kept_is_refused(alice, cast, programmes, key):
    assert code_of(post(alice, key=key), 400) == "bad_key"
    assert decisions_of(cast.alice) == []


def test_a_no_succeeds_even_with_the_key_of_a_yes(alice, cast, programmes):
    post(alice, key="tab-1")
    assert post(alice, state="withdrawn", key="tab-1").json()["state"] == "withdrawn"


def test_another_s_choices_are_not_seen(alice, mallory, cast, programmes):
    post(alice)
    assert row(mallory)["state"] == "undecided"
    assert {each["receipt"] for each in mallory.get(PATH).json()["results"]} == {None}


def test_a_manager_sees_his_own_choices_only(alice, signed_in, cast, programmes):
    post(alice)
    assert row(signed_in(cast.bob))["state"] == State.UNDECIDED

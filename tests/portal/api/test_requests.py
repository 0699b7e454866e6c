"""Requests through the API: lodged once, followed by their person only."""

import pytest

from consent.database import acting_for
from consent.rights.models import RightsRequest

from .conftest import code_of

PATH = "/api/v1/requests"


def post(client, type="deletion", key=None, **more):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(PATH, {"type": type} | more, content_type="application/json", headers=headers)


def number_of(person) -> int:
    with acting_for(person.pk):
        return RightsRequest.objects.filter(person=person).count()


def test_a_deletion_has_a_number_a_deadline_its_places_and_a_receipt(alice, programmes):
    answer = post(alice)
    body = answer.json()
    assert answer.status_code == 201
    assert body["number"].startswith("DEL-")
    assert body["state"] in ("received", "in_progress")
    assert body["due"].endswith("Z")
    assert "store" in [step["place"] for step in body["steps"]]
    assert {step["proof"] for step in body["steps"]} == {None}
    assert alice.get(f"/api/v1/receipts/{body['receipt']}.json").status_code == 200


def test_it_is_followed_at_its_own_address(alice, programmes):
    lodged = post(alice).json()
    assert alice.get(f"{PATH}/{lodged['number']}").json() == lodged


@pytest.mark.parametrize("type", ["copy", "objection", "restriction", "correction", "third_party", "question"])
def test_every_type_of_request_is_taken(alice, programmes, type):
    answer = post(alice, type, message="Please look into this.")
    assert answer.status_code == 201
    assert answer.json()["type"] == type


def test_a_scope_is_kept_as_it_was_given(alice, cast, programmes):
    scope = {
        "programme": "interface-learning",
        "kinds": ["mouse"],
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-02-01T01:00:00+01:00",
    }
    number = post(alice, scope=scope).json()["number"]
    with acting_for(cast.alice.pk):
        kept = RightsRequest.objects.get(number=number).scope
    assert kept["kinds"] == ["mouse"]
    assert kept["programme_id"] == str(programmes["interface-learning"].pk)
    assert (kept["start"][:19], kept["end"][:19]) == ("2026-01-01T00:00:00", "2026-02-01T00:00:00")


def test_the_same_key_is_one_request(alice, cast, programmes):
    assert post(alice, key="k").json() == post(alice, key="k").json()
    assert number_of(cast.alice) == 1


def test_the_key_of_another_type_is_refused(alice, cast, programmes):
    post(alice, key="k")
    assert code_of(post(alice, "question", key="k"), 422) == "key_reused"


@pytest.mark.parametrize("key", ["x" * 65, "\xe9", "a\x01b"])
def test_a_key_that_cannot_be_kept_is_refused(alice, cast, programmes, key):
    assert code_of(post(alice, key=key), 400) == "bad_key"
    assert number_of(cast.alice) == 0


def test_another_s_key_is_not_one_s_own(alice, mallory, cast, programmes):
    assert post(alice, key="k").json()["number"] != post(mallory, key="k").json()["number"]


@pytest.mark.parametrize(
    "scope",
    [
        {"kinds": []}, {"kinds": "mouse"}, {"kinds": ["x" * 40]}, {"kinds": [1, {}]}, {"from": "2026-01-01"}, {"from": "2026-01-01T00:00:00"},
        {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"person": "mallory"}, {"programme": {}}, {"programme": "x" * 60}, "everything", [], None, {"to": 5}, {"from": None},
        {"kinds": ["mouse"] * 51},
    ],
)  # fmt: skip
def test_a_scope_that_is_none_is_refused(alice, cast, programmes, scope):
    assert code_of(post(alice, scope=scope), 400) == "invalid"
    assert number_of(cast.alice) == 0


@pytest.mark.parametrize(
    ("scope", "code"), [({"programme": "nothing"}, "not_offered"), ({"kinds": ["microphone"]}, "scope_invalid"), ({"from": "2999-01-01T00:00:00Z"}, "scope_invalid")]
)  # fmt: skip
def test_a_scope_that_can_hold_nothing_is_refused(alice, cast, programmes, scope, code):
    assert code_of(post(alice, scope=scope), 422) == code
    assert number_of(cast.alice) == 0


@pytest.mark.parametrize("more", [{"type": "delete"}, {"type": None}, {"message": "x" * 5001}, {"message": {}}, {"state": "done"}, {"origin": "on_behalf"}, {"due": "2030-01-01T00:00:00Z"}, {"lodged_by": "x"}])  # fmt: skip
def test_nothing_else_can_be_set(alice, cast, programmes, more):
    assert code_of(post(alice, **({"type": "deletion"} | more)), 400) == "invalid"
    assert number_of(cast.alice) == 0


@pytest.mark.parametrize("who", ["mallory", "bob", "carol", "dan", "frank", "heidi"])
def test_another_s_request_is_answered_like_one_that_does_not_exist(alice, signed_in, cast, programmes, who):
    number = post(alice).json()["number"]
    client = signed_in(getattr(cast, who))
    theirs, none = client.get(f"{PATH}/{number}"), client.get(f"{PATH}/DEL-0000-0000")
    assert code_of(theirs, 404) == "not_found"
    assert theirs.content == none.content


@pytest.mark.parametrize(
    "number", ["x", "del-3m8d-71wx", "DEL-3M8D-71WX%00", "DEL-3M8D-71WX/", "'--", "DEL-" + "0" * 5000]
)
def test_what_is_no_number_is_not_found(alice, programmes, number):
    assert code_of(alice.get(f"{PATH}/{number}"), 404) == "not_found"

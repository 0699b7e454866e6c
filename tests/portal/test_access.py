"""Who may open what: a truth table over every address, every role, and whose object it is. A new address without a row fails."""

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from consent.database import acting_for
from consent.people.models import Person, Role, RoleGrant
from consent.programmes.scopes import Scope
from consent.rights.lodging import lodge
from consent.rights.models import RequestType
from portal.access import RULES

SIGN_IN, CLOSED, TOKEN, OPEN = "sign in", "closed", "token", "open"
ACTORS = {
    "signed out": None, "employee": "mallory", "hr": "carol", "legal": "dan", "owner": "erin", "privacy_officer": "frank",
    "works_council": "grace", "administrator": "heidi",
}  # fmt: skip
EVERYONE = dict.fromkeys(ACTORS, OPEN)
SIGNED_IN = EVERYONE | {"signed out": SIGN_IN}


def only(*roles: str) -> dict[str, str]:
    return {role: OPEN if role in roles else CLOSED for role in ACTORS} | {"signed out": SIGN_IN}


ABOUT_ONESELF = [
    "home", "account_reauthenticate", "account_change_password", "account_set_password", "web:choices", "web:decide",
    "web:choices-off", "web:notice", "web:captured", "web:captured-picture", "web:delete-check", "web:who-looked", "web:requests",
    "web:request", "web:receipts", "web:receipt", "web:receipt-pdf", "web:receipt-json", "web:receipt-proof",
    "web:receipt-kantara", "web:receipts-print", "web:receipts-run", "web:receipts-zip",
]  # fmt: skip
PUBLIC = [
    "healthz", "readyz", "account_login", "account_logout", "account_signup", "account_inactive", "account_reset_password",
    "account_reset_password_done", "account_reset_password_from_key", "account_reset_password_from_key_done", "web:check",
    "web:promises", "api:schema", "api:docs", "api:verify", "api:checkpoint", "api:checkpoint-of-size", "api:time-stamp-of-size", "api:consistency",
    "api:keys", "api:nothing",
]  # fmt: skip
OF_A_PERSON = [
    "api:decisions",
    "api:receipts",
    "api:receipt-json",
    "api:receipt-proof",
    "api:receipt-kantara",
    "api:receipt-pdf",
    "api:requests",
    "api:request",
]
OF_A_COLLECTOR = ["api:captures", "api:permissions", "api:confirmations"]

TABLE: dict[str, dict[str, str]] = {
    **dict.fromkeys(PUBLIC, EVERYONE),
    **dict.fromkeys(ABOUT_ONESELF, SIGNED_IN),
    **dict.fromkeys(["web:hr", "web:hr-case", "web:hr-take", "web:hr-close", "web:hr-paper"], only("hr")),
    **dict.fromkeys(
        ["web:legal", "web:legal-export", "web:legal-approve", "web:legal-refuse"], only("legal", "privacy_officer")
    ),
    "web:legal-download": only("legal"),
    "web:ledger": only("legal", "privacy_officer", "works_council"),
    **dict.fromkeys(OF_A_PERSON, EVERYONE | {"signed out": TOKEN}),
    **dict.fromkeys(OF_A_COLLECTOR, dict.fromkeys(ACTORS, TOKEN)),
    "metrics": EVERYONE,  # from this machine; tests/portal/test_health.py has the others
}


def addresses(patterns=None, namespace: str = ""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}", pattern
        else:
            yield from addresses(
                pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )


ADDRESSES = dict(addresses())
EXAMPLES = {
    "UUIDConverter": "00000000-0000-4000-8000-000000000000", "IntConverter": 1, "SlugConverter": "interface-learning",
    "NumberConverter": "DEL-0000-0000", "StringConverter": "DEL-0000-0000",
}  # fmt: skip


def path_of(name: str) -> str:
    if name == "account_reset_password_from_key":
        return reverse(name, kwargs={"uidb36": "0", "key": "0-0"})
    if name == "api:nothing":
        return "/api/v1/nothing-here"
    converters = ADDRESSES[name].pattern.converters
    return reverse(name, kwargs={key: EXAMPLES[type(converter).__name__] for key, converter in converters.items()})


def browser(person: Person | None) -> Client:
    client = Client(raise_request_exception=False)
    if person is not None:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def outcome(answer) -> str:
    if answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/login/?next="):
        return SIGN_IN
    if answer.status_code == 401:
        return TOKEN
    return CLOSED if answer.status_code == 403 else OPEN


def test_every_address_has_a_rule_and_a_row_and_no_row_is_left_over():
    assert set(ADDRESSES) == set(RULES)
    assert set(ADDRESSES) == set(TABLE)


@pytest.mark.parametrize("role", ACTORS)
def test_an_address_opens_for_those_whom_the_table_names(role, cast, programmes):
    person = getattr(cast, ACTORS[role]) if ACTORS[role] else None
    wrong, faults = {}, {}
    for name, row in TABLE.items():
        for method in ("get", "post"):
            answer = getattr(browser(person), method)(path_of(name))
            if answer.status_code >= 500 and name != "readyz":
                faults[f"{method} {name}"] = answer.status_code
            elif answer.status_code != 405 and outcome(answer) != row[role]:
                wrong[f"{method} {name}"] = (outcome(answer), "expected", row[role])
    assert faults == {}
    assert wrong == {}


def test_an_address_without_a_rule_is_closed_to_everyone(cast, programmes, monkeypatch):
    monkeypatch.delitem(RULES, "web:promises")
    assert [browser(person).get("/promises/").status_code for person in (None, cast.mallory, cast.heidi)] == [
        403,
        403,
        403,
    ]


# --- whose object it is: Alice's, opened by herself, by her manager, by her report, by somebody else, by nobody ---


@pytest.fixture
def ann(cast, at):
    """Reports to Alice."""
    return Person.objects.create_user(
        "ann", "demo", full_name="Ann Demo", employer=cast.employer, manager=cast.alice, active_from=at, time_zone="UTC"
    )


@pytest.fixture
def question(cast, programmes, at):
    """A request of Alice's that a person answers."""
    with acting_for(cast.alice.pk):
        return lodge(person=cast.alice, type=RequestType.QUESTION, scope=Scope(), at=at, message="A question.")


def relations(cast, ann) -> dict[str, Person | None]:
    return {"self": cast.alice, "own report": cast.bob, "own manager": ann, "other": cast.mallory, "signed out": None}


OWN_OBJECTS = [
    ("web:request", "number"), ("web:receipt", "receipt"), ("web:receipt-json", "receipt"), ("web:receipt-proof", "receipt"),
    ("web:receipt-pdf", "receipt"), ("api:request", "number"), ("api:receipt-json", "receipt"), ("api:receipt-proof", "receipt"),
    ("api:receipt-pdf", "receipt"), ("web:receipt-kantara", "receipt"), ("api:receipt-kantara", "receipt"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "by"), OWN_OBJECTS)
def test_an_object_is_its_persons_alone_and_to_others_does_not_exist(name, by, cast, ann, question):
    path = reverse(name, args=[question.number if by == "number" else question.receipt_id])
    for relation, person in relations(cast, ann).items():
        status = browser(person).get(path).status_code
        if relation == "self":
            # A receipt of a question is none that Kantara's format can hold: its person, and nobody else, is told so.
            assert status in ({409} if "kantara" in name else {200, 202}), relation
        elif relation == "signed out":
            assert status in {302, 401}, relation
        else:
            assert status == 404, relation


@pytest.mark.parametrize("method", ["get", "take", "close"])
def test_hr_handles_nobody_they_report_to_who_reports_to_them_or_themselves(method, cast, ann, question, at):
    everyone = relations(cast, ann)
    RoleGrant.objects.bulk_create(
        RoleGrant(person=person, role=Role.HR, granted_at=at) for person in everyone.values() if person
    )
    for relation, person in everyone.items():
        client = browser(person)
        if method == "get":
            status = client.get(reverse("web:hr-case", args=[question.number])).status_code
        else:
            form = {"version": question.version, "outcome": "done", "reason": "Answered in person."}
            status = client.post(reverse(f"web:hr-{method}", args=[question.number]), form).status_code
        if relation == "other":
            assert status in {200, 302}, relation
        elif relation == "signed out":
            assert status == 302, relation
        else:
            assert status in {403, 404}, relation

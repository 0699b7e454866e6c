"""HR's pages: what they show and never show, the acts on a case, and what is written down for somebody."""

import re
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.choices.models import Decision, State
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.scopes import Scope
from consent.rights.lodging import lodge
from consent.rights.models import Origin, RequestState, RequestType, RightsRequest
from portal.web import paper

CHOICES = ("Mouse movement", "mouse", "Clicks", "given", "withdrawn", "Withdrawn", "Don’t allow", "Allowed")


@pytest.fixture
def carol(cast, signed_in):
    return signed_in(cast.carol)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(paper, "NO_TAKES_SECONDS", 0)


@pytest.fixture
def ask():
    def asked(person, type=RequestType.OBJECTION, scope=None, **more):
        given = {"at": timezone.now(), "message": "Please look at this"} | more
        with acting_for(person.pk):
            return lodge(person=person, type=type, scope=scope or Scope(), **given)

    return asked


def case_of(request):
    return reverse("web:hr-case", args=[request.number])


def looks_at(person):
    with acting_for(person.pk):
        return Consultation.objects.filter(person=person.pk).count()


def state_of(person, request):
    with acting_for(person.pk):
        return RightsRequest.objects.get(pk=request.pk).state


def decisions_of(person):
    with acting_for(person.pk):
        return list(Decision.objects.filter(person=person).order_by("number"))


def body_of(answer):
    """The page without the token that differs each time."""
    return re.sub(rb'value="[\w]{32,}"', b"", answer.content)


def test_the_queue_says_how_long_there_is_and_what_is_next(cast, carol, ask):
    late, today = ask(cast.alice, at=timezone.now() - timedelta(days=40)), ask(cast.mallory)
    page = carol.get("/hr/").content.decode()
    for said in (late.number, today.number, "days late", "Take it, and read it.", "Nobody yet", cast.alice.reference):
        assert said in page
    assert page.index(late.number) < page.index(today.number)
    assert "are not shown to you" in page


def test_a_figure_is_a_filter(cast, carol, ask):
    late, today = ask(cast.alice, at=timezone.now() - timedelta(days=40)), ask(cast.mallory)
    page = carol.get("/hr/?show=late").content.decode()
    assert late.number in page
    assert today.number not in page


@pytest.mark.parametrize("query", ["show=nonsense", "type=nonsense", "q=%00", "page=99", "q=" + "x" * 500])
def test_a_filter_that_does_not_exist_shows_the_queue(carol, query):
    assert carol.get(f"/hr/?{query}").status_code == 200


def test_no_page_of_hr_says_what_a_request_is_about(cast, carol, ask, programmes, decided):
    """Programme, kinds, time and choices are in the request's scope and in the person's decisions, and on none of HR's pages."""
    decided(cast.alice, "mouse")
    learning = programmes["interface-learning"]
    Person.objects.filter(pk=cast.alice.pk).update(department="Canary department")
    start = timezone.now() - timedelta(days=777)
    scope = Scope(programme_id=learning.pk, kinds=("mouse",), start=start)
    made = [
        ask(cast.alice, RequestType.DELETION, scope),
        ask(cast.alice, RequestType.DELETION, scope, origin=Origin.WITHDRAWAL, at=timezone.now() - timedelta(days=40)),
        ask(cast.alice, RequestType.OBJECTION, scope),
    ]
    pages = [carol.get("/hr/"), *(carol.get(case_of(request)) for request in made)]
    for page in pages:
        assert page.status_code == 200
        text = re.sub(r"(?s)<head>.*?</head>|<nav.*?</nav>|<select.*?</select>", "", page.content.decode())
        for canary in (
            *CHOICES, learning.name, learning.slug, str(learning.pk), str(start.year), "Canary", "Event store", "Keys",
            "follows", "laptop",
        ):  # fmt: skip
            assert canary not in text, canary


def test_who_asked_for_a_deletion_that_runs_by_itself_is_on_no_page(cast, carol, ask, programmes):
    request = ask(cast.alice, RequestType.DELETION)
    for path in ("/hr/", case_of(request), f"/hr/?q={request.number}", f"/hr/?q={cast.alice.reference}"):
        text = re.sub(r"(?s)<form.*?</form>", "", carol.get(path).content.decode())
        for trace in (cast.alice.full_name, cast.alice.reference, cast.alice.email, str(cast.alice.pk)):
            assert trace not in text
    assert looks_at(cast.alice) == 0


def test_opening_a_case_that_names_somebody_shows_in_their_who_looked(cast, carol, ask, signed_in):
    request = ask(cast.alice)
    assert cast.alice.full_name in carol.get(case_of(request)).content.decode()
    seen = signed_in(cast.alice).get("/captured/who-looked/").content.decode()
    assert cast.carol.full_name in seen
    assert request.number in seen


@pytest.mark.parametrize("name", ["carol", "bob"])
def test_a_request_around_oneself_is_nowhere(cast, carol, ask, name):
    Person.objects.filter(pk=cast.carol.pk).update(manager=cast.bob)
    request = ask(getattr(cast, name))
    assert request.number not in carol.get("/hr/").content.decode()
    assert carol.get(case_of(request)).status_code == 404
    for act in ("take", "close"):
        answer = carol.post(f"{case_of(request)}{act}/", {"version": 0, "outcome": "done", "reason": "For me"})
        assert answer.status_code == 404
    assert state_of(getattr(cast, name), request) == RequestState.RECEIVED


@pytest.mark.parametrize("name", ["alice", "bob", "dan", "erin", "frank", "grace", "heidi", "mallory"])
def test_nobody_but_hr_comes_in(cast, signed_in, ask, name):
    request = ask(cast.alice)
    browser = signed_in(getattr(cast, name))
    for path in ("/hr/", case_of(request), "/hr/paper/"):
        assert browser.get(path).status_code == 403
    assert browser.post(f"{case_of(request)}take/").status_code == 403


def test_taking_and_closing_ends_with_the_answer_on_the_persons_page(cast, carol, ask, signed_in):
    request = ask(cast.alice)
    assert carol.post(f"{case_of(request)}take/", {"version": 0}).status_code == 302
    answer = carol.post(
        f"{case_of(request)}close/", {"version": 1, "outcome": "refused", "reason": "The law wants it kept."}
    )
    assert answer.status_code == 302
    seen = signed_in(cast.alice).get(f"/requests/{request.number}/").content.decode()
    assert "The law wants it kept." in seen
    assert cast.carol.full_name in seen


def test_pressing_twice_is_harmless(cast, carol, ask):
    request = ask(cast.alice)
    form = {"version": 0, "outcome": "done", "reason": "Sent."}
    assert [carol.post(f"{case_of(request)}close/", form).status_code for _press in range(2)] == [302, 302]


def test_a_stale_form_is_409_and_says_what_changed(cast, carol, ask):
    request = ask(cast.alice)
    carol.post(f"{case_of(request)}take/", {"version": 0})
    answer = carol.post(f"{case_of(request)}close/", {"version": 0, "outcome": "done", "reason": "Sent."})
    assert answer.status_code == 409
    assert "With a person" in answer.content.decode()
    assert state_of(cast.alice, request) == RequestState.WITH_A_PERSON


@pytest.mark.parametrize(
    "form",
    [
        {"outcome": "refused", "reason": ""}, {"outcome": "refused", "reason": "  "}, {"outcome": "", "reason": "x"},
        {"outcome": "held", "reason": "x"}, {"outcome": "done", "reason": "x" * 4001}, {},
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_422_and_changes_nothing(cast, carol, ask, form):
    request = ask(cast.alice)
    assert carol.post(f"{case_of(request)}close/", {"version": 0} | form).status_code == 422
    assert state_of(cast.alice, request) == RequestState.RECEIVED


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999", "²"])
def test_a_version_that_is_none_is_stale(cast, carol, ask, version):
    request = ask(cast.alice)
    assert carol.post(f"{case_of(request)}take/", {"version": version}).status_code == 409


def test_a_deletion_is_not_refused_whatever_is_posted(cast, carol, ask, programmes):
    request = ask(cast.alice, RequestType.DELETION)
    form = {"version": request.version, "outcome": "refused", "reason": "No."}
    assert carol.post(f"{case_of(request)}close/", form).status_code == 409
    assert state_of(cast.alice, request) == RequestState.IN_PROGRESS


def no(person, **changes):
    form = {"act": "no", "no-reference": person.reference, "no-about": "interface-learning:mouse", "no-came": "phone"}
    return form | changes


def test_a_no_by_phone_holds_at_once_and_the_person_sees_who_wrote_it_down(cast, carol, programmes, signed_in):
    assert carol.post("/hr/paper/", no(cast.alice)).status_code == 302
    [decision] = decisions_of(cast.alice)
    assert (decision.state, decision.recorded_by) == (State.REFUSED, cast.carol.pk)
    assert (
        f"by phone, and {cast.carol.full_name} wrote it down" in signed_in(cast.alice).get("/choices/").content.decode()
    )


@pytest.mark.parametrize("about", ["interface-learning:mouse", "interface-learning"])
def test_the_page_after_a_no_is_the_same_to_the_byte_whatever_stood(cast, carol, decided, about):
    pages = []
    decided(cast.alice, "mouse")
    decided(cast.bob, "mouse", State.REFUSED)
    for person in (cast.alice, cast.bob, cast.mallory, cast.alice):
        answer = carol.post("/hr/paper/", no(person, **{"no-about": about}), follow=True)
        pages.append(re.sub(r'value="[^"]*"', "", answer.content.decode()))
        assert "written down and holds" in pages[-1]
    assert len(set(pages)) == 1


def test_the_answer_to_a_no_takes_as_long_whatever_stood(cast, carol, decided, monkeypatch):
    monkeypatch.setattr(paper, "NO_TAKES_SECONDS", 0.4)
    decided(cast.mallory, "mouse", State.REFUSED)
    began = time.monotonic()
    carol.post("/hr/paper/", no(cast.mallory))
    assert time.monotonic() - began >= 0.4


def test_writing_down_a_deletion_takes_as_long_whatever_there_is_to_delete(cast, carol, programmes, monkeypatch):
    slept = []
    monkeypatch.setattr(paper, "NO_TAKES_SECONDS", 60)
    monkeypatch.setattr(paper.time, "sleep", slept.append)
    form = {"act": "request", "request-reference": cast.mallory.reference, "request-type": "deletion"}
    assert carol.post("/hr/paper/", form).status_code == 302
    assert any(seconds > 30 for seconds in slept)


@pytest.mark.parametrize("field", ["state", "answer", "no-state", "no-answer", "request-state"])
@pytest.mark.parametrize("said", ["given", "allow", "GIVEN", ""])
def test_a_yes_cannot_be_written_down(cast, carol, programmes, field, said):
    assert carol.post("/hr/paper/", no(cast.alice, **{field: said})).status_code == 400
    assert decisions_of(cast.alice) == []


def test_no_form_of_hr_has_a_place_for_a_yes(carol, programmes):
    page = carol.get("/hr/paper/").content.decode()
    names = set(re.findall(r'name="([^"]+)"', page))
    assert {name for name in names if "state" in name or "answer" in name} == set()
    assert not re.search(r'value="(given|allow)"', page)


@pytest.mark.parametrize("name", ["carol", "bob"])
def test_a_no_around_oneself_is_refused_in_a_sentence(cast, carol, programmes, name):
    Person.objects.filter(pk=cast.carol.pk).update(manager=cast.bob)
    answer = carol.post("/hr/paper/", no(getattr(cast, name)))
    assert answer.status_code == 422
    assert "Ask a colleague in your role" in answer.content.decode()
    assert decisions_of(getattr(cast, name)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"no-reference": "E-0000-0000"}, {"no-reference": ""}, {"no-about": "nothing"}, {"no-about": "interface-learning:gaze"},
        {"no-came": "api"}, {"no-reference": "\0"},
    ],
)  # fmt: skip
def test_a_no_that_cannot_be_read_is_422(cast, carol, programmes, changes):
    assert carol.post("/hr/paper/", no(cast.alice, **changes)).status_code == 422
    assert decisions_of(cast.alice) == []


def test_a_request_on_paper_is_in_the_persons_list(cast, carol, programmes, signed_in):
    form = {
        "act": "request", "request-reference": cast.alice.reference, "request-type": "copy", "request-message": "All, yes",
        "request-key": "one",
    }  # fmt: skip
    for _press in range(2):
        assert carol.post("/hr/paper/", form).status_code == 302
    with acting_for(cast.alice.pk):
        made = RightsRequest.objects.get(person=cast.alice)
    assert (made.type, made.origin, made.lodged_by) == (RequestType.COPY, Origin.ON_BEHALF, cast.carol.pk)
    assert made.number in signed_in(cast.alice).get("/requests/").content.decode()


@pytest.mark.parametrize("number", ["DEL-0000-0000", "%00", "x" * 300, "é", "choices"])
def test_a_number_of_no_request_is_404(carol, number):
    assert carol.get(f"/hr/{number}/").status_code == 404
    for act in ("take", "close"):
        form = {"version": 0, "outcome": "done", "reason": "x"}
        assert carol.post(f"/hr/{number}/{act}/", form).status_code == 404

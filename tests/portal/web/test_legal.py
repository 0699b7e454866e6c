"""Legal's pages: asking, looking at the counts, agreeing, and taking the ZIP once."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.consultations.models import Consultation
from consent.records.models import Export


@pytest.fixture
def dan(cast, signed_in):
    return signed_in(cast.dan)


@pytest.fixture
def form():
    """What legal fills in: the last day, every programme, no names."""
    today = timezone.now().date()
    return {
        "purpose": "Audit of the year 2026", "programme": "", "from_day": str(today - timedelta(days=1)),
        "to_day": str(today + timedelta(days=1)), "act": "request",
    }  # fmt: skip


@pytest.fixture
def ask(dan, form):
    def asked(**changes):
        answer = dan.post("/legal/", form | changes)
        assert answer.status_code == 302
        return answer.headers["Location"]

    return asked


def files_of(answer):
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_counts_are_shown_before_anything_is_asked(cast, dan, decided, form):
    decided(cast.alice, "mouse")
    decided(cast.alice, "click")
    page = dan.post("/legal/", form | {"act": "preview"})
    assert page.status_code == 200
    assert "2 decisions, people: 1." in page.content.decode()
    assert not Export.objects.exists()


def test_what_the_preview_shows_is_what_is_asked_for(cast, dan, programmes, form):
    page = dan.post("/legal/", form | {"act": "preview", "programme": "interface-learning", "named": "on"})
    content = page.content.decode()
    for field, value in (
        ("programme", "interface-learning"),
        ("purpose", form["purpose"]),
        ("from_day", form["from_day"]),
    ):
        assert f'name="{field}" value="{value}"' in content
    assert 'name="named"' in content


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": ""}, {"purpose": "short"}, {"purpose": "          "}, {"from_day": ""}, {"to_day": "x"}, {"programme": "none"},
        {"from_day": "2030-01-02", "to_day": "2030-01-01"}, {"from_day": "9999-12-31", "to_day": "9999-12-31"},
    ],
)  # fmt: skip
def test_an_export_that_is_not_described_is_422(dan, programmes, form, changes):
    assert dan.post("/legal/", form | changes).status_code == 422
    assert not Export.objects.exists()


def test_without_names_it_can_be_taken_at_once(cast, dan, decided, ask):
    decided(cast.alice, "mouse")
    answer = dan.post(f"{ask()}download/")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="EXP-')
    files = files_of(answer)
    assert set(files) == {"decisions.csv", "decisions.jsonl", "README.txt", "manifest.json"}
    assert json.loads(files["manifest.json"])["rows"] == 1


def test_the_look_is_there_before_the_first_byte(cast, dan, decided, ask, signed_in):
    decided(cast.alice, "mouse")
    dan.post(f"{ask()}download/")
    seen = signed_in(cast.alice).get("/captured/who-looked/").content.decode()
    assert "Audit of the year 2026" in seen
    assert "Audit of the year 2026" not in signed_in(cast.mallory).get("/captured/who-looked/").content.decode()


def test_it_is_taken_once(cast, dan, decided, ask):
    path = ask()
    files_of(dan.post(f"{path}download/"))
    assert dan.post(f"{path}download/").status_code == 409
    assert Consultation.objects.count() == 1


def test_with_names_it_does_not_leave_without_a_second_person(dan, ask):
    assert dan.post(f"{ask(named='on')}download/").status_code == 403
    assert not Consultation.objects.exists()


def test_who_asked_does_not_agree(dan, ask):
    path = ask(named="on")
    assert dan.post(f"{path}approve/").status_code == 403
    assert dan.post(f"{path}refuse/").status_code == 403
    assert "Do you agree" not in dan.get(path).content.decode()


@pytest.mark.parametrize("name", ["dana", "frank"])
def test_a_second_person_agrees_and_then_it_can_be_taken(cast, dan, decided, ask, signed_in, name):
    decided(cast.alice, "mouse")
    path, second = ask(named="on"), signed_in(getattr(cast, name))
    assert "Do you agree" in second.get(path).content.decode()
    assert second.post(f"{path}approve/").status_code == 302
    assert cast.alice.full_name in files_of(dan.post(f"{path}download/"))["decisions.csv"].decode()


def test_a_second_person_refuses_and_nothing_leaves(cast, dan, ask, signed_in):
    path, frank = ask(named="on"), signed_in(cast.frank)
    assert frank.post(f"{path}refuse/").status_code == 302
    assert frank.post(f"{path}approve/").status_code == 409
    assert dan.post(f"{path}download/").status_code == 403


def test_only_who_asked_takes_it(cast, ask, signed_in):
    path = ask()
    assert signed_in(cast.dana).post(f"{path}download/").status_code == 403


def test_the_privacy_officer_sees_exports_and_asks_for_none(cast, ask, signed_in, form):
    path, frank = ask(), signed_in(cast.frank)
    assert frank.get(path).status_code == 200
    assert "A new export" not in frank.get("/legal/").content.decode()
    assert frank.post("/legal/", form).status_code == 403


@pytest.mark.parametrize("name", ["alice", "bob", "carol", "erin", "grace", "heidi", "mallory"])
def test_nobody_else_comes_in(cast, ask, signed_in, name):
    path, browser = ask(), signed_in(getattr(cast, name))
    assert browser.get("/legal/").status_code == 403
    assert browser.get(path).status_code == 403
    assert browser.post(f"{path}download/").status_code == 403


@pytest.mark.parametrize("act", ["approve", "refuse", "download"])
def test_an_act_takes_a_press(dan, ask, act):
    assert dan.get(f"{ask(named='on')}{act}/").status_code == 405


def test_an_export_that_does_not_exist_is_404(dan, cast):
    assert dan.get("/legal/exports/EXP-0000-0000/").status_code == 404
    assert dan.post("/legal/exports/EXP-0000-0000/download/").status_code == 404


def test_no_page_of_legal_shows_a_choice(cast, dan, decided, ask):
    decided(cast.alice, "mouse")
    for page in (dan.get("/legal/"), dan.get(ask())):
        content = page.content.decode()
        assert cast.alice.full_name not in content
        assert cast.alice.reference not in content


@pytest.mark.parametrize("number", ["%00", "x" * 300, "é"])
def test_a_number_of_no_export_is_404(dan, number):
    assert dan.get(f"/legal/exports/{number}/").status_code == 404
    for act in ("approve", "refuse", "download"):
        assert dan.post(f"/legal/exports/{number}/{act}/").status_code == 404

"""All receipts as PDF: asked for with a button, watched without a script, taken as a ZIP by their person alone."""

import io
import zipfile

import pytest
from django.utils import timezone

from consent import doorbell
from consent.ledger.sequencer import sequence_once
from consent.receipts import pango, runs
from consent.receipts.models import PrintRun


@pytest.fixture(autouse=True)
def _silent(monkeypatch):
    monkeypatch.setattr(doorbell, "ring", lambda task, work: True)


@pytest.fixture
def alice(cast, decided, signed_in):
    for kind in ("mouse", "click"):
        decided(cast.alice, kind)
    sequence_once(at=timezone.now())
    return signed_in(cast.alice)


def asked(browser) -> str:
    """The address of the job."""
    answer = browser.post("/receipts/all/")
    assert answer.status_code == 302
    return answer.headers["Location"]


def finish(address: str) -> None:
    run_id = address.rstrip("/").rsplit("/", 1)[1]
    while runs.advance(run_id=run_id, at=timezone.now()):
        pass


def test_the_list_offers_all_of_them(alice):
    assert "All of them as PDF" in alice.get("/receipts/").content.decode()


def test_a_job_says_how_far_it_is_and_asks_again_with_a_script_and_without(alice):
    page = alice.get(asked(alice)).content.decode()
    assert "0 of 2 are printed" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert ".zip" not in page


def test_the_finished_job_asks_no_more_and_gives_the_zip(alice):
    address = asked(alice)
    finish(address)
    page = alice.get(address).content.decode()
    assert "2 of 2 are printed" in page
    assert "hx-trigger" not in page
    assert "http-equiv" not in page
    answer = alice.get(address.rstrip("/") + ".zip")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert [archive.read(name)[:5] for name in archive.namelist()] == [b"%PDF-"] * 2


def test_the_part_alone_can_be_asked_for(alice):
    part = alice.get(asked(alice) + "?part=progress").content.decode()
    assert part.lstrip().startswith("<section")
    assert "<html" not in part


def test_too_early_a_download_says_what_to_do(alice):
    answer = alice.get(asked(alice).rstrip("/") + ".zip")
    assert answer.status_code == 409
    assert "Not all of them are printed yet." in answer.content.decode()


def test_a_double_click_is_one_job(alice):
    assert asked(alice) == asked(alice)


def test_somebody_elses_job_does_not_exist(alice, cast, signed_in):
    address = asked(alice)
    finish(address)
    mallory = signed_in(cast.mallory)
    assert [mallory.get(address).status_code, mallory.get(address.rstrip("/") + ".zip").status_code] == [404, 404]


def test_it_cannot_be_asked_for_by_following_a_link(alice):
    assert alice.get("/receipts/all/").status_code == 405


def test_without_receipts_nothing_is_asked_for(cast, signed_in):
    answer = signed_in(cast.mallory).post("/receipts/all/", follow=True)
    assert "You have no receipts yet." in answer.content.decode()
    assert not PrintRun.objects.exists()


def test_on_a_machine_that_cannot_print_the_page_says_so(alice, monkeypatch):
    monkeypatch.setattr(pango, "printing_available", lambda: "apt-get install it")
    answer = alice.post("/receipts/all/")
    assert answer.status_code == 503
    assert "apt-get install it" in answer.content.decode()

"""The ledger's page: how the log, its witnesses and its keys are, in words; for those who watch over it, and without a person on it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from consent.ledger.models import Audit, Witness
from consent.ledger.rotation import rotate_key
from consent.ledger.sequencer import sequence_once
from consent.ledger.verdicts import audited
from consent.ledger.witnesses.file import deposit_in_file
from consent.ledger.witnesses.reports import report, report_trouble
from consent.seals.signing import keys_vouched_for
from tests.consent.ledger.log import appended


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shown(cast, signed_in):
    """What the works council reads, in one line."""

    def page() -> str:
        answer = signed_in(cast.grace).get("/ledger/")
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return page


@pytest.fixture
def grown(cast, now):
    """Three entries, deposited in the file."""
    appended(3)
    sequence_once(at=now)
    deposit_in_file(at=now)
    report("mail", size=3, at=now)


def test_before_the_first_entry_it_says_so(shown):
    assert "Nothing is in the ledger yet." in shown()


def test_when_all_is_well_it_says_so_with_the_figures(shown, grown, now):
    audited(at=now)
    page = shown()
    assert "All is in order" in page
    assert "As it was signed" in page
    assert "3 entries" in page
    assert page.count("In time") == 2
    assert page.count("Not set up") == 2
    assert "2 minutes; it is usually a second or two." in page


def test_an_entry_that_waits_too_long_is_said_with_its_time(shown, grown):
    appended(2)  # at a time long ago
    page = shown()
    assert "Proofs are late" in page
    assert "2 entries, the oldest since" in page
    assert "The sequencer may be down." in page


def test_a_witness_that_is_behind_says_how_far_and_since_when(shown, cast, now):
    appended(4)
    sequence_once(at=now - timedelta(minutes=3))
    page = shown()
    assert "A witness needs a look" in page
    assert "4 behind" in page
    assert "Something waits since" in page
    assert "On its way" in page  # the mail has two days


def test_a_witness_in_trouble_says_why_in_a_sentence(shown, grown, now):
    report_trouble("file", "The file cannot be written: No space left on device", at=now)
    page = shown()
    assert "Trouble" in page
    assert "No space left on device" in page
    assert "A witness needs a look" in page


def test_what_an_audit_found_is_the_first_thing_said(shown, grown, now):
    found = {"seconds": 1, "size": 3, "erased": 0, "compared": ["file"]}
    Audit.objects.create(at=now, problems=2, first="Entry 2 is missing from the log.", **found)
    page = shown()
    assert page.count("Something differs") == 2
    assert "Entry 2 is missing from the log." in page
    assert "Keep all files and letters you have." in page


def test_every_key_is_listed_with_its_times(shown, grown, now):
    rotate_key("receipts", at=now)
    page = shown()
    for key in keys_vouched_for("receipts") + keys_vouched_for("ledger"):
        assert key.key_id in page
    assert page.count("signs now") == 3


def test_a_keystore_that_cannot_be_read_is_said_and_the_rest_is_shown(shown, grown, settings):
    Path(settings.KEYSTORE_DIR).chmod(0o755)
    page = shown()
    assert "The keystore cannot be read now." in page
    assert "All is in order" in page
    Path(settings.KEYSTORE_DIR).chmod(0o700)


def test_it_leads_to_all_that_is_needed_to_check_without_it(cast, signed_in, grown):
    client = signed_in(cast.grace)
    page = client.get("/ledger/").content.decode()
    for address in (
        "/api/v1/ledger/checkpoint",
        "/api/v1/ledger/consistency?from=1&amp;to=3",
        "/api/v1/keys",
        "/check/",
    ):
        assert address in page
        assert client.get(address.replace("&amp;", "&")).status_code == 200


def test_nobody_is_named_on_it_but_the_reader(shown, grown, cast):
    appended(1, subject=cast.alice.pk)
    page = shown()
    assert "Alice" not in page
    assert str(cast.alice.pk) not in page


def test_those_who_watch_over_it_have_a_tab_and_others_have_not(cast, signed_in):
    for person in cast.everyone():
        has_tab = "/ledger/" in signed_in(person).get("/choices/").content.decode()
        assert has_tab == (person in (cast.dan, cast.dana, cast.frank, cast.grace)), person


def test_however_long_the_log_it_asks_the_database_as_often(cast, signed_in, grown, now, django_assert_max_num_queries):
    for _each in range(3):
        appended(5)
        sequence_once(at=now)
    assert Witness.objects.count() == 2
    client = signed_in(cast.grace)
    with django_assert_max_num_queries(20):
        client.get("/ledger/")

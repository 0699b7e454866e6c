"""Publishing a notice."""

import json
from dataclasses import replace
from datetime import date
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from consent.ledger import entries
from consent.ledger.models import Entry
from consent.programmes import states
from consent.programmes.drafts import UnreadableDraft, read_draft
from consent.programmes.locks import lock_shared
from consent.programmes.models import HumanReview, NoticeKind, NoticeVersion, Programme
from consent.programmes.notices import NoSuchNotice, NotOffered, check_offered, in_force, notice, offers_for
from consent.programmes.publication import (
    REQUIRED,
    NotPublishable,
    RecipientDraft,
    check_publishable,
    digest_of,
    publish,
    terms,
)
from tests.cast import NOTICES, draft


@pytest.fixture
def learning(programmes):
    return programmes["interface-learning"]


def digests(version):
    return {kind.kind: kind.terms_digest for kind in version.kinds.all()}


def test_the_next_version_is_in_force_from_then_on(learning, at):
    made = publish(programme=learning, draft=draft("interface-learning-2", storage_days=30), at=at)
    assert (made.number, in_force(learning)) == (3, made)
    assert notice("interface-learning", 2).storage_days == 90


def test_a_notice_says_who_the_controller_is(learning, cast):
    current = in_force(learning)
    assert (current.controller_name, current.controller_contact) == (cast.employer.name, cast.employer.contact)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_notice_with_an_empty_part_is_not_published(at, field):
    with pytest.raises(NotPublishable) as caught:
        check_publishable(draft=draft("interface-learning-2", **{field: "  "}), at=at)
    assert caught.value.field == field


def _kind(**changes):
    return (replace(draft("desktop-activity-1").kinds[0], **changes),)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("recipients", {"recipients": ()}),
        ("recipients", {"recipients": (RecipientDraft(name="", people=3, outside=False, country="DE"),)}),
        ("recipients", {"recipients": (RecipientDraft(name="A", people=0, outside=False, country="DE"),)}),
        ("recipients", {"recipients": (RecipientDraft(name="A", people=3, outside=True, country=""),)}),
        ("human_review_by", {"human_review": HumanReview.ALL}),
        ("human_review_by", {"human_review_by": "Somebody"}),
        ("recipients", {"recipients": (RecipientDraft(name="A", people=3, outside=True, country="XX"),)}),
        ("recipients", {"recipients": (RecipientDraft(name="A", people=3, outside=True, country="DE"),)}),
        (
            "recipients",
            {"recipients": (RecipientDraft("A", 3, False, "DE", address="Street 1", contact="a@a.example"),)},
        ),
        ("transfers", {"recipients": (RecipientDraft(name="A", people=3, outside=False, country="US"),)}),
        ("transfers", {"storage_countries": ("DE", "US")}),
        ("storage_days", {"storage_days": 0}),
        ("storage_countries", {"storage_countries": ()}),
        ("purpose", {"purpose": "x" * 4001}),
        ("text", {"text": "x" * 100_001}),
        ("storage_countries", {"storage_countries": ("DE", "Germany")}),
        ("ends_on", {"ends_on": date(2026, 11, 9)}),
        ("audience", {"audience": {"managers": ["bob"]}}),
        ("kinds", {"kinds": ()}),
        ("kinds", {"kinds": _kind() + _kind()}),
        ("kinds", {"kinds": _kind(kind="face")}),
        ("kinds", {"kinds": _kind(description="")}),
        ("kinds", {"kinds": _kind(fields=("duration", "app"))}),
        ("kinds", {"kinds": _kind(fields=("t", "app"))}),
        ("kinds", {"kinds": _kind(fields=("t", "duration", "url"))}),
        ("kinds", {"kinds": _kind(sensitivity=5)}),
        ("kinds", {"kinds": _kind(max_per_minute=0)}),
    ],
)
def test_a_notice_that_people_could_not_rely_on_is_not_published(programmes, at, field, changes):
    with pytest.raises(NotPublishable) as caught:
        publish(programme=programmes["desktop-activity"], draft=draft("desktop-activity-1", **changes), at=at)
    assert caught.value.field == field
    assert in_force(programmes["desktop-activity"]).number == 1


def test_an_ended_programme_publishes_nothing(learning, cast, at):
    states.end(programme=learning, by=cast.erin.pk, at=at)
    with pytest.raises(NotPublishable):
        publish(programme=learning, draft=draft("interface-learning-2"), at=at)


def test_publishing_is_in_the_log_with_the_digest_of_the_text(learning, at):
    made = publish(programme=learning, draft=draft("interface-learning-2"), at=at)
    entry = Entry.objects.filter(kind="notice.published").order_by("at").last()
    told = json.loads(entries.document_of(entry.pk))
    assert (told["programme"], told["number"], told["text_sha256"]) == ("interface-learning", 3, made.text_sha256)


def test_every_word_of_a_notice_is_in_its_digest(learning, at):
    before = publish(programme=learning, draft=draft("interface-learning-2"), at=at)
    after = publish(programme=learning, draft=draft("interface-learning-2", alternative="Another."), at=at)
    assert before.text_sha256 != after.text_sha256


def test_other_words_leave_the_terms_as_they_are(learning):
    assert digests(notice("interface-learning", 1)).items() <= digests(notice("interface-learning", 2)).items()


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "Another purpose."},
        {"system_fed": "Another model"},
        {"recipients": (RecipientDraft(name="The learning team", people=15, outside=False, country="DE"),)},
        {"storage_days": 91},
        {"storage_countries": ("DE", "IE")},
        {"human_review_by": "Ten people"},
        {"transfers": "Standard contractual clauses."},
        {"automated_decisions": "Who is asked to a training."},
        {"audience": {"departments": ["Office"]}},
        {"ends_on": date(2198, 1, 1)},
    ],
)
def test_other_terms_change_the_digest_of_every_kind(learning, at, changes):
    before = digests(in_force(learning))
    after = digests(publish(programme=learning, draft=draft("interface-learning-2", **changes), at=at))
    assert not set(before.values()) & set(after.values())


def test_other_words_for_the_place_of_storage_leave_the_terms_as_they_are(learning, at):
    before = digests(in_force(learning))
    made = publish(programme=learning, draft=draft("interface-learning-2", storage_place="Germany, in Munich"), at=at)
    assert digests(made) == before


def test_another_address_of_a_recipient_leaves_the_terms_as_they_are(programmes, at):
    talks = programmes["assistant-quality"]
    before = in_force(talks)
    team, host = draft("assistant-quality-1").recipients
    moved = draft("assistant-quality-1", recipients=(team, replace(host, address="2 Example Quay, Dublin 2, Ireland")))
    made = publish(programme=talks, draft=moved, at=at)
    assert digests(made) == digests(before)
    assert made.text_sha256 != before.text_sha256


def test_a_notice_from_before_the_place_was_asked_for_keeps_its_digests():
    """The value is what consents of that time are bound to: another one would end them all."""
    older = NoticeVersion(
        controller_name="Example Works", purpose="To learn.", system_fed="Demo Model 1", human_review="none", audience={},
        recipients=[{"name": "The learning team", "people": 14, "outside": False, "country": "DE"}], storage_days=90,
        lawful_basis="consent", irreversible="Nothing.", ends_on=date(2027, 3, 31), transfers="", automated_decisions="",
    )  # fmt: skip
    mouse = NoticeKind(notice=older, kind="mouse", fields=["t", "x", "y"])
    assert digest_of(terms(notice=older, kind=mouse)) == (
        "a7f994e78bde1ac932e52c155bd0573736ceec51a9c126c061c16dec612619fa"
    )


def test_a_portal_of_the_release_before_can_still_publish(learning, at):
    """While a new release is rolled out: its INSERT does not name the columns that it does not know."""
    later = {"storage_place", "storage_countries", "transfers", "automated_decisions"}
    older = [each.column for each in NoticeVersion._meta.concrete_fields if each.name not in later]
    columns = ", ".join(f'"{name}"' for name in older)
    values = columns.replace('"id"', "gen_random_uuid()").replace('"number"', "99")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO programmes_noticeversion ({columns}) SELECT {values} FROM programmes_noticeversion WHERE id = %s",
            [in_force(learning).pk],
        )
    made = notice("interface-learning", 99)
    said = (made.storage_place, made.storage_countries, made.transfers, made.automated_decisions)
    assert said == ("", [], "", "")


def test_one_more_field_changes_the_digest_of_its_kind_alone(learning, at):
    kinds = draft("interface-learning-2").kinds
    fewer = (replace(kinds[0]), replace(kinds[1], fields=("t", "x", "y")), *kinds[2:])
    before = digests(in_force(learning))
    after = digests(publish(programme=learning, draft=draft("interface-learning-2", kinds=fewer), at=at))
    assert {kind for kind in after if after[kind] != before[kind]} == {"click"}


def test_publishing_waits_for_intake_and_consent_in_progress(own_database, learning, at):
    """The programme's lock: exclusive for publishing, shared for intake."""
    published = Event()

    def publish_now():
        try:
            publish(programme=learning, draft=draft("interface-learning-2"), at=at)
            published.set()
        finally:
            connection.close()

    with transaction.atomic():
        lock_shared(learning.pk)
        thread = Thread(target=publish_now)
        thread.start()
        assert not published.wait(timeout=0.3)
        assert in_force(learning).number == 2
    thread.join(timeout=10)
    assert published.is_set()


def test_all_or_nothing(learning, at, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("consent.ledger.entries.append", fail)
    with pytest.raises(RuntimeError):
        publish(programme=learning, draft=draft("interface-learning-2"), at=at)
    assert NoticeVersion.objects.filter(programme=learning).count() == 2
    assert NoticeKind.objects.filter(notice__programme=learning).count() == 7


def test_an_offer_is_the_notice_in_force_of_each_programme_by_name(cast, programmes):
    offers = offers_for(cast.alice)
    assert [(each.programme.slug, each.notice.number, len(each.kinds)) for each in offers] == [
        ("assistant-quality", 1, 1), ("desktop-activity", 1, 3), ("interface-learning", 2, 4),
    ]  # fmt: skip


def test_an_audience_is_asked_and_nobody_else(cast, learning, at):
    cast.mallory.department = "Warehouse"
    publish(programme=learning, draft=draft("interface-learning-2", audience={"departments": ["Office"]}), at=at)
    assert "interface-learning" in {each.programme.slug for each in offers_for(cast.alice)}
    assert "interface-learning" not in {each.programme.slug for each in offers_for(cast.mallory)}
    assert check_offered(cast.alice, learning, "mouse").kind == "mouse"
    with pytest.raises(NotOffered):
        check_offered(cast.mallory, learning, "mouse")


def test_people_of_another_employer_are_not_asked(cast, learning):
    cast.mallory.employer_id = cast.mallory.pk
    assert offers_for(cast.mallory) == []


def test_a_suspended_programme_is_offered_and_an_ended_one_is_not(cast, learning, programmes, at):
    states.suspend(programme=learning, by=cast.frank.pk, at=at)
    states.end(programme=programmes["desktop-activity"], by=cast.frank.pk, at=at)
    assert [(each.programme.slug, each.programme.state) for each in offers_for(cast.alice)] == [
        ("assistant-quality", "open"), ("interface-learning", "suspended"),
    ]  # fmt: skip


def test_a_notice_that_does_not_exist_is_said_to_be_none(programmes):
    for slug, number in (("interface-learning", 9), ("nothing", 1)):
        with pytest.raises(NoSuchNotice):
            notice(slug, number)


def test_the_command_publishes_a_file(programmes, capsys):
    call_command("publish_notice", NOTICES / "desktop-activity-1.json")
    assert "desktop-activity: notice 2 is in force" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not a notice draft"),
        ("[]", "an object is expected"),
        ('{"programme": "x", "name": "X"}', "“notice” is missing"),
        ('{"programme": "x", "name": "X", "notice": {"purpos": "…"}}', "unknown name “purpos”"),
        ('{"programme": "x", "name": "X", "notice": {"purpose": 3}}', "not a notice draft"),
    ],
)
def test_a_file_that_is_no_draft_is_named_and_changes_nothing(db, tmp_path, text, said):
    file = tmp_path / "draft.json"
    file.write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("publish_notice", file)
    assert not Programme.objects.exists()


def test_a_missing_file_is_said_to_be_unreadable(tmp_path):
    with pytest.raises(UnreadableDraft):
        read_draft(tmp_path / "none.json")

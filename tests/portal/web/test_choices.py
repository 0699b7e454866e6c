"""“Your choices”: every state, two equal answers, in force at once, with a receipt."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.captures.permissions import permissions
from consent.choices.models import Decision, State
from consent.collectors.confirmations import confirm
from consent.collectors.enrolment import enrol
from consent.database import acting_for
from consent.programmes import states
from tests.cast import draft
from tests.wording import banned_near_a_choice, words_of

CHOICES, DECIDE = "/choices/", "/choices/decide/"


@pytest.fixture
def alice(cast, signed_in):
    return signed_in(cast.alice)


def press(browser, answer, *, kind="mouse", programme="interface-learning", version=2, key="k", **headers):
    given = {"programme": programme, "kind": kind, "notice_version": version, "key": key, "answer": answer}
    return browser.post(DECIDE, given, headers=headers)


def page_of(browser):
    return browser.get(CHOICES).content.decode()


def row_of(page: str, kind: str) -> str:
    """The part of the page about one kind of data."""
    [row] = [part for part in re.split(r"(?=<li class=\"kind )", page) if f'name="kind" value="{kind}"' in part]
    return row.split('<section class="card"')[0]


class Pair(HTMLParser):
    """The two buttons of a choice: their attributes, and what a person sees in them."""

    def __init__(self, row: str) -> None:
        super().__init__()
        self.attributes: list[dict[str, str | None]] = []
        self.feed(re.search(r"<fieldset class=\"choice\">.*?</fieldset>", row, re.DOTALL)[0])

    def handle_starttag(self, tag, attrs):
        if tag == "button":
            self.attributes.append(dict(attrs))


def test_undecided_means_no_and_says_so(alice, programmes):
    page = page_of(alice)
    assert "Right now: nothing is recorded" in page
    assert "Turn everything off" not in page
    assert page.count("You have not chosen. Nothing is recorded.") == 8
    assert 'aria-pressed="true"' not in page
    assert "No choice made" in page


def test_the_two_answers_differ_in_nothing_but_their_words(alice, programmes):
    for row in re.findall(r"<fieldset class=\"choice\">.*?</fieldset>", page_of(alice), re.DOTALL):
        yes, no = Pair(row).attributes
        assert (yes.pop("value"), no.pop("value")) == ("allow", "deny")
        assert yes.pop("id").removeprefix("allow") == no.pop("id").removeprefix("deny")
        assert yes == no
        shapes = [
            re.sub(r"value=\"\w+\"|id=\"[\w-]+\"|Don’t allow|Allow", "", part) for part in row.split("<button")[1:]
        ]
        assert shapes[0].strip() == shapes[1].removesuffix("</fieldset>").strip()


def test_allow_always_comes_first(alice, programmes):
    for row in re.findall(r"<fieldset class=\"choice\">.*?</fieldset>", page_of(alice), re.DOTALL):
        assert row.index('value="allow"') < row.index('value="deny"')


def test_no_word_on_the_page_nudges(alice, programmes, cast, decided):
    decided(cast.alice, "mouse")
    decided(cast.alice, "click", State.REFUSED)
    assert banned_near_a_choice(page_of(alice)) == []


def test_the_card_says_unopened_what_the_notice_says(alice, programmes):
    page = words_of(page_of(alice))
    for said in (
        "The learning team (14 people)", "People look at a sample", "90 days", "31 December 2199", "Demo Model 1",
        "What a model has already learned cannot be taken out of it.", "Read the full notice (version 2)",
    ):  # fmt: skip
        assert said in page


def test_a_yes_is_in_force_at_once_and_comes_with_its_receipt(alice, cast, programmes):
    page = alice.post(
        DECIDE, {"programme": "interface-learning", "kind": "mouse", "notice_version": 2, "key": "k", "answer": "allow"}, follow=True
    ).content.decode()  # fmt: skip
    with acting_for(cast.alice.pk):
        decision = Decision.objects.select_related("receipt").get(person=cast.alice)
    assert decision.state == State.GIVEN
    row = row_of(page, "mouse")
    assert "Allowed by you since" in row
    assert [button["aria-pressed"] for button in Pair(row).attributes] == ["true", "false"]
    assert decision.receipt.number in page
    assert "Right now: 1 kind of data is allowed" in page
    assert "No device is set up to record" in page


def test_a_withdrawal_says_when_what_was_recorded_goes_and_offers_to_delete_it_now(alice, cast, decided):
    decided(cast.alice, "mouse")
    press(alice, "deny")
    row = row_of(page_of(alice), "mouse")
    [day] = re.findall(r"What was recorded will be deleted on <time[^>]*>([^<]*)</time>", row)
    expected = timezone.localtime(timezone.now() + timedelta(days=7))
    assert f"{expected:%B %Y}" in day
    assert "Delete it now" in row
    assert "Ask for a copy" in row
    assert "Not allowed by you since" in row
    assert [button["aria-pressed"] for button in Pair(row).attributes] == ["false", "true"]


def test_a_refusal_has_nothing_to_delete(alice, cast, decided):
    decided(cast.alice, "mouse", State.REFUSED)
    row = row_of(page_of(alice), "mouse")
    assert "Not allowed by you since" in row
    assert "Delete it now" not in row


def test_delete_it_now_is_one_click_and_leads_to_the_request(alice, cast, decided):
    decided(cast.alice, "mouse")
    decision = decided(cast.alice, "mouse", State.WITHDRAWN)
    first = alice.post("/captured/delete/", {"decision": decision.pk})
    again = alice.post("/captured/delete/", {"decision": decision.pk})
    assert first.status_code == 302
    assert first.url == again.url
    assert first.url.removeprefix("/requests/").removesuffix("/") in row_of(page_of(alice), "mouse")
    assert "Delete it now" not in row_of(page_of(alice), "mouse")


def test_a_new_yes_does_not_hide_the_deletion_that_an_earlier_no_brings(alice, cast, decided):
    """The card still says when it goes, and offers to have it done now; the yes that stands is not touched."""
    decided(cast.alice, "mouse")
    withdrawal = decided(cast.alice, "mouse", State.WITHDRAWN)
    decided(cast.alice, "mouse")
    row = row_of(page_of(alice), "mouse")
    assert "when you said no, will be deleted on" in row
    assert row.count("Delete it now") == 1
    alice.post("/captured/delete/", {"decision": withdrawal.pk})
    row = row_of(page_of(alice), "mouse")
    assert "Delete it now" not in row
    assert "Allowed by you since" in row


def test_of_two_withdrawals_each_says_its_own_day(alice, cast, decided):
    for state in (State.GIVEN, State.WITHDRAWN, State.GIVEN, State.WITHDRAWN):
        decided(cast.alice, "mouse", state)
    row = row_of(page_of(alice), "mouse")
    assert row.count("Delete it now") == 2
    assert row.count("when you said no, will be deleted on") == 1


def test_the_withdrawal_of_somebody_else_is_not_there(signed_in, cast, decided):
    decided(cast.alice, "mouse")
    decision = decided(cast.alice, "mouse", State.WITHDRAWN)
    assert signed_in(cast.mallory).post("/captured/delete/", {"decision": decision.pk}).status_code == 404


def test_a_double_click_is_one_decision(alice, cast, programmes):
    press(alice, "allow")
    press(alice, "allow")
    with acting_for(cast.alice.pk):
        assert Decision.objects.filter(person=cast.alice).count() == 1


def test_a_change_of_mind_from_the_same_page_is_a_second_decision(alice, cast, programmes):
    press(alice, "allow")
    press(alice, "deny")
    with acting_for(cast.alice.pk):
        assert [one.state for one in Decision.objects.filter(person=cast.alice)] == [State.WITHDRAWN, State.GIVEN]


def test_a_no_does_not_use_up_the_page_for_a_yes(alice, cast, programmes):
    assert [press(alice, answer).status_code for answer in ("deny", "allow")] == [302, 302]
    with acting_for(cast.alice.pk):
        assert [one.state for one in Decision.objects.filter(person=cast.alice)] == [State.GIVEN, State.REFUSED]


def test_a_press_with_htmx_answers_with_the_card_the_banner_and_words_to_be_heard(alice, cast, programmes):
    answer = press(alice, "allow", hx_request="true").content.decode()
    assert "<html" not in answer
    assert answer.count('id="programme-interface-learning"') == 1
    assert 'id="now"' in answer
    assert 'hx-swap-oob="true"' in answer
    assert "Mouse movement: allowed." in answer
    assert "Receipt RCP-" in answer
    assert 'id="allow-interface-learning-mouse" aria-pressed="true"' in answer


def test_a_yes_to_a_notice_that_changed_meanwhile_is_not_recorded_and_shows_the_difference(alice, cast, new_notice):
    new_notice("interface-learning", "interface-learning-2", storage_days=365)
    answer = press(alice, "allow")
    assert answer.status_code == 409
    page = words_of(answer.content.decode())
    for said in ("The notice has changed", "Your yes was not recorded", "90 days", "365 days", "Asks for more"):
        assert said in page
    assert 'name="notice_version" value="3"' in answer.content.decode()
    with acting_for(cast.alice.pk):
        assert not Decision.objects.filter(person=cast.alice).exists()


def test_with_htmx_the_changed_notice_takes_the_place_of_the_card(alice, cast, new_notice):
    new_notice("interface-learning", "interface-learning-2", storage_days=365)
    answer = press(alice, "allow", hx_request="true")
    assert answer.status_code == 409
    assert "<html" not in answer.content.decode()
    assert "365 days" in answer.content.decode()


def test_a_no_always_succeeds_whatever_version_it_names(alice, cast, decided, new_notice):
    decided(cast.alice, "mouse")
    new_notice("interface-learning", "interface-learning-2", storage_days=365)
    for version in ("1", "2", "99", "", "x", "9" * 30):
        assert press(alice, "deny", version=version).status_code == 302
    assert "Not allowed by you since" in row_of(page_of(alice), "mouse")


def test_a_yes_to_other_terms_counts_no_more_and_the_card_shows_what_changed(alice, cast, decided, new_notice):
    decided(cast.alice, "mouse")
    new_notice("interface-learning", "interface-learning-2", storage_days=365)
    page = page_of(alice)
    assert "The notice has changed since you chose. You have not chosen again, so nothing is recorded." in row_of(
        page, "mouse"
    )
    assert "365 days" in page
    assert "Right now: nothing is recorded" in page
    assert "Your yes was not recorded" not in page


def test_a_suspended_programme_records_nothing_takes_no_yes_and_every_no(alice, cast, decided, programmes):
    decided(cast.alice, "mouse")
    states.suspend(programme=programmes["interface-learning"], by=cast.frank.pk, at=timezone.now())
    page = page_of(alice)
    assert "Stopped: nothing is recorded" in page
    assert "Right now: nothing is recorded" in page
    assert press(alice, "allow", kind="click").status_code == 409
    assert press(alice, "deny").status_code == 302


def test_a_programme_that_ended_is_gone_unless_a_yes_stands_in_it(alice, cast, decided, programmes):
    decided(cast.alice, "mouse")
    for programme in programmes.values():
        states.end(programme=programme, by=cast.frank.pk, at=timezone.now())
    page = page_of(alice)
    assert "Interface learning" in page
    assert "Assistant quality" not in page
    answer = press(alice, "deny", hx_request="true")
    assert answer["HX-Redirect"] == CHOICES
    assert "Nobody has asked to record anything." in page_of(alice)


def test_nothing_asked_is_said_so(alice):
    page = page_of(alice)
    assert "Nobody has asked to record anything." in page
    assert "Right now: nothing is recorded" in page


def test_everything_goes_off_in_one_click(alice, cast, decided):
    for kind in ("mouse", "click"):
        decided(cast.alice, kind)
    page = alice.post("/choices/off/", follow=True).content.decode()
    assert "Everything is off." in page
    [receipt] = set(re.findall(r"Receipt (RCP-[0-9A-Z]{4}-[0-9A-Z]{4})", page))
    assert "2 choices" in alice.get("/receipts/").content.decode()
    assert f">{receipt}</a>" in alice.get("/receipts/").content.decode()
    assert "Right now: nothing is recorded" in page


def test_there_is_no_button_that_allows_everything(alice, programmes):
    assert not re.search(r"allow (all|everything)", words_of(page_of(alice)), re.IGNORECASE)


@pytest.fixture
def laptop(cast, programmes):
    with acting_for(cast.alice.pk):
        collector, _token = enrol(
            person=cast.alice, name="laptop", programmes=programmes.values(), at=timezone.now() - timedelta(days=1)
        )
    return collector


def say_confirmed(laptop, cast, at):
    with acting_for(cast.alice.pk):
        version = permissions(collector=laptop, at=at).version
        confirm(collector=laptop, version=version, applied_at=at, last_captured_at=None, purged=[], at=at)


def test_a_device_that_has_confirmed_is_said_to_have_and_is_asked_no_more(alice, cast, decided, laptop):
    decided(cast.alice, "mouse")
    say_confirmed(laptop, cast, timezone.now())
    page = page_of(alice)
    assert "Right now: 1 kind of data is recorded" in page
    assert "it confirmed these settings at" in page
    assert "part=now" not in page


def test_a_device_is_waited_for_and_the_page_asks_again(alice, cast, decided, laptop):
    say_confirmed(laptop, cast, timezone.now())
    decided(cast.alice, "mouse")
    page = page_of(alice)
    assert "it has not confirmed your last choice yet" in page
    assert 'hx-trigger="every 2s"' in page
    assert "Not confirmed" not in page


def test_a_device_that_has_not_confirmed_for_a_minute_is_shown_in_amber(alice, cast, decided, laptop, monkeypatch):
    say_confirmed(laptop, cast, timezone.now())
    decided(cast.alice, "mouse")
    soon = timezone.now() + timedelta(seconds=61)
    monkeypatch.setattr("portal.web.choices.timezone.now", lambda: soon)
    page = page_of(alice)
    assert "Not confirmed" in page
    assert "tag-warn" in page
    assert 'hx-trigger="every 10s"' in page


def test_the_banner_alone_can_be_asked_for(alice, laptop):
    part = alice.get(CHOICES, {"part": "now"}).content.decode()
    assert part.strip().startswith('<section class="banner" id="now"')
    assert "<html" not in part


def test_a_no_on_paper_is_shown_as_one(alice, cast, programmes):
    from consent.choices.decisions import decide
    from consent.choices.models import Channel

    with acting_for(cast.alice.pk):
        decide(
            person=cast.alice, programme=programmes["interface-learning"], kind="mouse", state=State.REFUSED, notice_version=None,
            channel=Channel.PAPER, recorded_by=cast.carol.pk,
        )  # fmt: skip
    assert "You said so on paper, and Carol Demo wrote it down." in row_of(page_of(alice), "mouse")


@pytest.mark.parametrize(
    "given",
    [
        {"programme": "none"}, {"kind": "none"}, {"answer": "maybe"}, {"answer": ""}, {"programme": ""}, {"kind": "\x00"}, {"programme": "\x00"},
    ],
)  # fmt: skip
def test_an_answer_to_what_is_not_asked_is_not_there(alice, programmes, given):
    whole = {
        "programme": "interface-learning",
        "kind": "mouse",
        "notice_version": "2",
        "answer": "deny",
        "key": "k",
    } | given
    assert alice.post(DECIDE, whole).status_code == 404


def test_a_choice_cannot_be_made_by_following_a_link(alice, programmes):
    assert alice.get(DECIDE).status_code == 405
    assert alice.get("/choices/off/").status_code == 405


def test_nobody_elses_choices_are_on_the_page(signed_in, cast, decided):
    decided(cast.alice, "mouse")
    for person in (cast.bob, cast.mallory, cast.heidi):
        assert "Right now: nothing is recorded" in page_of(signed_in(person))


def test_signed_out_leads_to_the_sign_in_page(client, programmes):
    assert client.get(CHOICES).url.startswith(reverse("account_login"))
    assert press(client, "allow").url.startswith(reverse("account_login"))


def test_times_are_those_of_the_person(alice, cast, decided):
    decision = decided(cast.alice, "mouse")
    from zoneinfo import ZoneInfo

    local = decision.at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"{local:%H:%M}</time>" in row_of(page_of(alice), "mouse")


def test_a_notice_that_only_mends_words_asks_nobody_again(alice, cast, decided, new_notice):
    decided(cast.alice, "mouse")
    new_notice("interface-learning", "interface-learning-2", alternative="You work just as before.")
    assert "Allowed by you since" in row_of(page_of(alice), "mouse")
    assert draft("interface-learning-2").storage_days == 90

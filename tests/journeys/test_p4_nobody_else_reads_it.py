"""P4: nobody else reads it. Content is sealed under a key of the person's own; no page, export or role opens it to anybody else.

That content is in no log, message, mail, error or file either is tests/e2e/test_canary.py. Exceptional access and releases are
not built. Whoever runs both the database and the keystore could open everything: the promises page says so.
"""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import zstandard
from cryptography.exceptions import InvalidTag
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent.captures import opening
from consent.captures.models import Batch, Refusal, Segment
from consent.captures.opening import NotYours, Unreadable, open_events
from consent.captures.resealing import open_segment
from consent.choices.decisions import decide
from consent.choices.models import Channel, Decision, Standing, State
from consent.consultations.models import Consultation
from consent.database import acting_for
from consent.people.models import Role, RoleGrant
from consent.seals import keystore
from consent.seals.models import DataKey, Epoch
from consent.seals.wrapping import cipher_of, forget
from portal.access import RULES
from tests.captured import capture
from tests.children import together

pytestmark = pytest.mark.own_database
BERLIN = ZoneInfo("Europe/Berlin")
DESKTOP = "desktop-activity"
CANARY = "canary-52d7"
OTHERS = ("bob", "carol", "dan", "dana", "erin", "frank", "grace", "heidi", "mallory")


@pytest.fixture
def now(own_database, cast, programmes):
    """When one window title was captured of Alice, with the canary in it, and one of Mallory: both have allowed that."""
    for person, title in ((cast.alice, CANARY), (cast.mallory, "mallorys own")):
        with acting_for(person.pk):
            decide(
                person=person, programme=programmes[DESKTOP], kind="window", state=State.GIVEN, notice_version=1,
                channel=Channel.PORTAL, recorded_by=person.pk,
            )  # fmt: skip
        moment = timezone.now()
        assert (
            capture(person, programmes[DESKTOP], "window", first=moment, count=1, at=moment, app="Editor", title=title)
            == 1
        )
    return moment


@pytest.fixture
def alice(cast, now):
    return cast.alice


@pytest.fixture
def signed_in():
    def browser(person):
        client = Client(raise_request_exception=False)
        client.force_login(person)
        return client

    return browser


def hour_of(moment: datetime) -> dict[str, object]:
    local = moment.astimezone(BERLIN)
    midnight = datetime(local.year, local.month, local.day, tzinfo=BERLIN)
    return {"day": f"{local:%Y-%m-%d}", "hour": int((moment - midnight).total_seconds() // 3600)}


def the_hour(client, now):
    return client.get("/captured/", hour_of(now))


def opened(person, actor, now):
    return open_events(
        person_id=person.pk, actor=actor, label=actor.full_name, why="test", start=now - timedelta(hours=1), end=now + timedelta(hours=1),
        kinds=["window"], at=now,
    )  # fmt: skip


def looks_of(person):
    with acting_for(person.pk):
        return Consultation.objects.filter(person=person.pk).count()


def theirs(person):
    with acting_for(person.pk):
        return Segment.objects.get()


# --- nobody else's session ---


def test_the_person_opens_it(alice, signed_in, now):
    """Without this the rest would prove nothing."""
    assert CANARY in the_hour(signed_in(alice), now).content.decode()


@pytest.mark.parametrize("name", OTHERS)
def test_no_address_shows_it_to_anybody_else_whatever_their_role(cast, alice, signed_in, now, name):
    """Their manager, their colleague, and everyone with a role: every address there is, and the very hour."""
    client = signed_in(getattr(cast, name))
    pages = [the_hour(client, now), *(client.get(address) for address in addresses())]
    assert sum(page.status_code == 200 for page in pages) > 10
    assert not [page for page in pages if page.status_code >= 500 and page.request["PATH_INFO"] != "/readyz"]
    assert [page.request["PATH_INFO"] for page in pages if CANARY.encode() in b"".join(page)] == []
    assert looks_of(alice) == 0


NOBODYS = "00000000-0000-4000-8000-000000000000"


def addresses():
    for name in RULES:
        if name == "api:nothing":
            continue
        for given in (
            {}, {"number": "DEL-0000-0000"}, {"receipt_id": NOBODYS}, {"run_id": NOBODYS}, {"size": 1},
            {"slug": DESKTOP, "number": 1}, {"uidb36": "0", "key": "0-0"}, {"moment": "20261110T090000000000Z", "number": 0},
        ):  # fmt: skip
            try:
                yield reverse(name, kwargs=given)
                break
            except Exception:
                continue
        else:
            raise AssertionError(f"{name} is not walked")


def test_a_signed_out_browser_is_led_to_the_sign_in(alice, now):
    assert the_hour(Client(), now).headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("role", Role)
def test_no_role_given_to_somebody_opens_it(cast, alice, now, role):
    """Not even one that they hold together with all others: there is no way in that asks for a role."""
    RoleGrant.objects.create(person=cast.mallory, role=role, granted_at=now)
    with acting_for(alice.pk), pytest.raises(NotYours):
        opened(alice, cast.mallory, now)
    assert looks_of(alice) == 0


# --- the look is written down first ---


def test_the_look_is_committed_before_anything_is_opened(alice, signed_in, now, monkeypatch):
    """Seen from another connection at the moment of opening: a look that is only about to be written is not seen there."""
    seen = []

    def from_elsewhere(segment):
        together(lambda: seen.append(looks_of(alice)))
        return open_segment(segment)

    monkeypatch.setattr(opening, "open_segment", from_elsewhere)
    assert CANARY in the_hour(signed_in(alice), now).content.decode()
    assert seen == [1]


@pytest.mark.parametrize("error", [RuntimeError("broken"), Unreadable("altered", code="altered")])
def test_an_opening_that_fails_afterwards_stays_listed(alice, signed_in, now, monkeypatch, error):
    def fails(_segment):
        raise error

    monkeypatch.setattr(opening, "open_segment", fails)
    browser = signed_in(alice)
    assert CANARY not in the_hour(browser, now).content.decode()
    assert looks_of(alice) == 1
    assert "To see what was captured" in browser.get("/captured/who-looked/").content.decode()


def test_no_look_can_be_taken_back(alice, signed_in, now):
    the_hour(signed_in(alice), now)
    for statement in ("UPDATE consultations_consultation SET why = 'x'", "DELETE FROM consultations_consultation"):
        with (
            acting_for(alice.pk),
            connection.cursor() as cursor,
            pytest.raises(Exception, match="append-only|permission denied"),
        ):
            cursor.execute(statement)
    assert looks_of(alice) == 1


# --- row-level security stands behind a filter that was forgotten ---


@pytest.mark.parametrize("model", [Segment, Refusal, Batch, DataKey, Standing, Decision])
def test_a_forgotten_filter_shows_nobody_elses_rows(cast, alice, model):
    def owners(rows):
        return {getattr(row, "person_id", None) or row.person for row in rows}

    with acting_for(cast.mallory.pk):
        assert owners(model.objects.all()) <= {cast.mallory.pk}
        assert not model.objects.filter(person=alice.pk).exists()
    with acting_for(None):
        assert not model.objects.exists()


def test_a_page_that_forgets_its_filter_shows_nothing_of_others(cast, alice, signed_in, now, monkeypatch):
    """The very page, with the filter by person taken out of the opening: Mallory sees one title, which is her own."""
    everything = Segment.objects.filter

    def without_person(*args, **named):
        return everything(*args, **{name: value for name, value in named.items() if name != "person"})

    monkeypatch.setattr(Segment.objects, "filter", without_person)
    page = the_hour(signed_in(cast.mallory), now).content.decode()
    assert "mallorys own" in page
    assert CANARY not in page


def test_the_portals_role_cannot_step_around_the_policies(cast, alice):
    """It owns nothing, cannot bypass, reads no partition by itself, and cannot become the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
    partition = _partition_of(alice)
    for statement in (
        f"SELECT * FROM {partition}", "SET ROLE candor_owner", "ALTER TABLE captures_segment DISABLE ROW LEVEL SECURITY",
        "DROP POLICY captures_segment_select ON captures_segment",
    ):  # fmt: skip
        with (
            acting_for(cast.mallory.pk),
            connection.cursor() as cursor,
            pytest.raises(Exception, match="permission|owner"),
        ):
            cursor.execute(statement)


def _partition_of(person):
    with acting_for(person.pk), connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM captures_segment")
        return cursor.fetchone()[0]


# --- sealed ---


def test_what_is_stored_shows_nothing_of_what_it_says(alice):
    """Not as it is, not unpacked: another event of the same length has the same size and nothing in common."""
    sealed = bytes(theirs(alice).sealed)
    assert CANARY.encode() not in sealed
    for place in range(64):
        with pytest.raises(zstandard.ZstdError):
            zstandard.ZstdDecompressor().decompress(sealed[place:], max_output_size=1 << 20)


def test_without_the_keystore_the_whole_database_opens_nothing(alice, now, settings, tmp_path, signed_in):
    """A copy of the database on a machine whose keystore is another one."""
    forget(keys_of(alice))
    settings.KEYSTORE_DIR = tmp_path / "another keystore"
    keystore.check_keystore()
    with acting_for(alice.pk), pytest.raises(Unreadable):
        open_segment(theirs(alice))
    page = the_hour(signed_in(alice), now)
    assert CANARY not in page.content.decode()


def keys_of(person):
    with acting_for(person.pk):
        return list(DataKey.objects.values_list("pk", flat=True))


def test_a_keystore_of_the_same_name_with_another_key_opens_nothing(alice, settings, tmp_path):
    forget(keys_of(alice))
    before, settings.KEYSTORE_DIR = Path(settings.KEYSTORE_DIR), tmp_path / "forged"
    for epoch in Epoch.objects.values_list("pk", flat=True):
        keystore.create_epoch_key(epoch)
    with acting_for(alice.pk), pytest.raises(Unreadable):
        open_segment(theirs(alice))
    forget(keys_of(alice))
    settings.KEYSTORE_DIR = before
    with acting_for(alice.pk):
        assert open_segment(theirs(alice))[1]["title"] == [CANARY]


def test_no_key_lies_in_the_database_as_it_is(alice, settings):
    """The wrapped key is not the key, and the epoch's key is in no column of the tables of keys."""
    with acting_for(alice.pk):
        wrapped = b"".join(bytes(key.wrapped) for key in DataKey.objects.all())
    names = [
        path for path in Path(settings.KEYSTORE_DIR).rglob("*") if path.is_file() and path.stem.startswith("epoch")
    ]
    assert names
    assert wrapped
    for path in names:
        assert path.read_bytes()[:32] not in wrapped


def test_content_under_another_persons_key_does_not_open(cast, alice):
    """Alice's segment as Mallory's under Alice's key and under Mallory's, and Alice's bytes in Mallory's segment."""
    hers, other = theirs(alice), theirs(cast.mallory)
    with acting_for(alice.pk):
        moved = theirs(alice)
        moved.person = cast.mallory.pk
        with pytest.raises(Unreadable):
            open_segment(moved)
    with acting_for(cast.mallory.pk):
        hers.key = other.key
        with pytest.raises(Unreadable):
            open_segment(hers)
        hers.person = cast.mallory.pk
        with pytest.raises(Unreadable):
            open_segment(hers)
        other.sealed = theirs(alice).sealed
        with pytest.raises(Unreadable):
            open_segment(other)


def test_a_wrapped_key_that_was_moved_to_somebody_else_unwraps_for_nobody(cast, alice):
    """An administrator copies Alice's wrapped key, and her segment, to Mallory, with all rights on the database."""
    hers = theirs(alice)
    with connections["owner"].cursor() as cursor:
        for table in ("seals_datakey", "captures_segment"):
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        cursor.execute("ALTER TABLE captures_segment DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM captures_segment WHERE person = %s", [cast.mallory.pk])
        cursor.execute("UPDATE captures_segment SET person = %s WHERE person = %s", [cast.mallory.pk, alice.pk])
        cursor.execute("DELETE FROM seals_datakey WHERE person = %s", [cast.mallory.pk])
        cursor.execute("UPDATE seals_datakey SET person = %s WHERE person = %s", [cast.mallory.pk, alice.pk])
    forget([hers.key])
    with acting_for(cast.mallory.pk):
        with pytest.raises(InvalidTag):
            cipher_of(DataKey.objects.get())
        with pytest.raises(Unreadable):
            open_segment(theirs(cast.mallory))


# --- the sign-out, and what a browser may keep ---


def test_nothing_of_it_is_kept_by_a_browser_and_after_signing_out_it_is_gone(alice, signed_in, now):
    browser = signed_in(alice)
    assert "no-store" in the_hour(browser, now)["Cache-Control"]
    assert browser.post("/accounts/logout/")["Clear-Site-Data"] == '"cache", "storage"'
    assert re.match("/accounts/login/", the_hour(browser, now).headers["Location"])

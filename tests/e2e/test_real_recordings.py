"""P3 on real recordings: what goes in, from the command line and over the API, is what the page says and what the store holds.

Three mouse sessions and an export of ActivityWatch, which lie beside the project and not in it; Alice, whom the demonstration
had allow what they hold.
"""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from consent.captures.ingestion import read_recording
from tests.e2e.conftest import ROOT, Stack, database_of
from tests.e2e.visitor import Visitor

DATA = ROOT.parent / "shared" / "data"
SESSIONS = [f"mouse/session_{number}" for number in ("1909471574", "2080551697", "6509784211")]
EXPORT = "activitywatch/export.json"
LEARNING, DESKTOP = "interface-learning", "desktop-activity"
PROGRAMME = {"mouse": LEARNING, "click": LEARNING, "window": DESKTOP, "afk": DESKTOP, "input_count": DESKTOP}
RECORDED = datetime(2026, 11, 9, tzinfo=UTC)
STARTED = datetime.now(UTC)  # once: midnight may pass between two tests
PER_SEGMENT, PER_BATCH = 5_000, 4


@pytest.fixture(scope="module", autouse=True)
def _data_is_there() -> None:
    if not (DATA / EXPORT).exists():
        pytest.skip("THE REAL RECORDINGS ARE NOT BESIDE THE PROJECT: not tested on them")


@pytest.fixture(scope="module")
def alice(stack: Stack) -> Visitor:
    return Visitor(stack.url).sign_in("alice")


@pytest.fixture(scope="module")
def device(stack: Stack) -> Visitor:
    return Visitor(
        stack.url, token=stack.manage("enrol_collector", "--person", "alice", "--name", "recordings").split()[-1]
    )


def path(name: str) -> Path:
    return DATA / name


def events_in(name: str) -> Counter[str]:
    """Counted in the file itself, by other means than the readers': lines of a session, entries of an export."""
    text = path(name).read_text()
    if name == EXPORT:
        kinds = {"currentwindow": "window", "afkstatus": "afk", "os.hid.input": "input_count"}
        return Counter(
            {kinds[bucket["type"]]: len(bucket["events"]) for bucket in json.loads(text)["buckets"].values()}
        )
    states = Counter(line.split(",")[3] for line in text.splitlines()[1:])
    return Counter({"mouse": states["Move"] + states["Drag"], "click": states["Pressed"]})


def on_page(alice: Visitor) -> Counter[str]:
    text = alice.get("/captured/").body.decode()
    chips = re.findall(r'kind=(\w+)[^"]*"[^>]*>(?:(?!</a>).)*?<span class="soft num">([\d,]+)</span>', text, re.DOTALL)
    counted = Counter({kind: int(number.replace(",", "")) for kind, number in chips})
    [total] = re.findall(r"Stored now</dt>\s*<dd[^>]*>\D*([\d,]+)", text)
    assert counted.total() == int(total.replace(",", ""))
    return counted


def in_store(stack: Stack) -> Counter[str]:
    with database_of(stack) as owner:
        [[person]] = owner.execute("SELECT id FROM people_person WHERE username = 'alice'").fetchall()
        owner.execute("SELECT set_config('candor.person', %s, false)", [str(person)])
        rows = owner.execute("SELECT kind, sum(count) FROM captures_segment WHERE person = %s GROUP BY kind", [person])
        return Counter({kind: int(number) for kind, number in rows})


def evening(days: int) -> datetime:
    """Of a day that many days ago, when the demonstration's Alice is at home: a notice allows so many positions a minute and no
    more, and two sessions at once would be more."""
    return (STARTED - timedelta(days=days)).replace(hour=20, minute=0, second=0, microsecond=0)


def start_of(name: str) -> list[str]:
    if name in SESSIONS:
        return ["--start", evening(3 + SESSIONS.index(name)).isoformat()]
    is_recent = (STARTED - RECORDED).days < 50
    return [] if is_recent else ["--start", evening(20).isoformat()]


def outside(alice: Visitor) -> bool:
    return 'class="alarm"' in alice.get("/captured/").body.decode()


@pytest.mark.parametrize("name", [*SESSIONS, EXPORT])
def test_a_recording_goes_in_by_the_command_and_is_shown_to_the_event(stack, alice, name):
    """Each session on an evening of its own; the export on its own days, or, once they are too long ago, on later ones."""
    before, expected = on_page(alice), events_in(name)
    told = stack.manage(
        "ingest", str(path(name)), "--person", "alice", "--programme", LEARNING, "--programme", DESKTOP, *start_of(name)
    )  # fmt: skip
    after = on_page(alice)
    assert f"stored {expected.total()}\n" in told
    assert "refused" not in told
    assert after - before == expected
    assert after == in_store(stack)
    assert not outside(alice)


@pytest.mark.parametrize("name", [*SESSIONS, EXPORT])
def test_a_recording_moved_in_time_goes_in_over_the_api_and_is_shown_to_the_event(stack, alice, device, name):
    """As a device that was away for days hands in its backlog."""
    before, expected = on_page(alice), events_in(name)
    start = evening(10 + [*SESSIONS, EXPORT].index(name))
    recording = read_recording(path(name).read_bytes(), format_name=None, start=start, at=datetime.now(UTC))
    stored = Counter()
    for batch in batches(recording):
        answer = device.hand_in(json.dumps({"segments": batch}).encode())
        assert answer.status == 200, answer.body
        for sent, result in zip(batch, json.loads(answer.body)["results"], strict=True):
            assert result["refused"] == {}
            stored[sent["kind"]] += result["stored"]
    after = on_page(alice)
    assert stored == after - before == expected
    assert after == in_store(stack)


def batches(recording):
    segments = [
        {
            "programme": PROGRAMME[stream.kind],
            "kind": stream.kind,
            "events": [_as_sent(event) for event in stream.events[first : first + PER_SEGMENT]],
        }
        for stream in recording.streams
        for first in range(0, len(stream.events), PER_SEGMENT)
    ]
    return [segments[first : first + PER_BATCH] for first in range(0, len(segments), PER_BATCH)]


def _as_sent(event):
    return event | {"t": event["t"].isoformat()}


def test_an_hour_of_a_session_is_drawn(alice):
    local = evening(3).astimezone(ZoneInfo("Europe/Berlin"))
    page = alice.get(f"/captured/?day={local:%Y-%m-%d}&hour={local.hour}").body.decode()
    hour = page.partition('id="hour"')[2].partition("</section>")[0]
    assert '<polyline class="trail"' in hour, re.sub(r"<[^>]+>|\s+", " ", hour or page)[:600]

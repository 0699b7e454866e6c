"""Ingesting files: each format becomes events, moved in time if asked, and goes through the same gate."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consent.captures.formats import activitywatch, balabit, native
from consent.captures.formats.streams import NotThisFormat, shifted
from consent.captures.ingestion import ingest, read_recording
from consent.captures.timeline import totals
from tests.sessions import batch, regular_events

from .conftest import ASSISTANT, DESKTOP, LEARNING

DATA = Path(__file__).resolve().parents[2] / "data"
BALABIT, EXPORT = DATA / "balabit_session.csv", DATA / "activitywatch_export.json"
REAL = Path(__file__).resolve().parents[4] / "shared" / "data"
NINE = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)


def kinds(recording):
    return {stream.kind: list(stream.events) for stream in recording.streams}


def test_a_balabit_session_becomes_movement_and_clicks():
    found = balabit.read(BALABIT.read_bytes())
    events = kinds(found)
    assert [event["x"] for event in events["mouse"]] == [290, 252, 194, 140, 140, 30]
    assert [(event["button"], event["x"]) for event in events["click"]] == [("left", 140), ("right", 4)]
    assert found.skipped == {"Released": 1, "Down": 1}
    assert events["mouse"][1]["t"] - events["mouse"][0]["t"] == timedelta(milliseconds=109)


def test_an_activitywatch_export_becomes_windows_afk_and_input_counts():
    events = kinds(activitywatch.read(EXPORT.read_bytes()))
    assert [event["app"] for event in events["window"]] == ["Editor", "Browser"]
    assert events["afk"] == [{"t": datetime(2026, 11, 9, 8, tzinfo=UTC), "duration": 80.5, "status": "not-afk"}]
    (counted,) = events["input_count"]
    assert (counted["presses"], counted["delta_x"], counted["scroll_y"]) == (12, 461, -3)


def test_what_activitywatch_records_beyond_that_is_told_as_skipped():
    assert activitywatch.read(EXPORT.read_bytes()).skipped == {"web.tab.current": 1}


def test_buckets_may_be_a_list_as_the_published_schema_says():
    buckets = list(json.loads(EXPORT.read_bytes())["buckets"].values())
    listed = json.dumps({"buckets": buckets}).encode()
    assert activitywatch.read(listed) == activitywatch.read(EXPORT.read_bytes())


def test_our_own_format_is_the_body_of_a_batch(at):
    events = regular_events(3, start=at, every=timedelta(seconds=1), x=1)
    (stream,) = native.read(batch((ASSISTANT, "prompt", events))).streams
    assert (stream.programme, stream.kind, len(stream.events)) == (ASSISTANT, "prompt", 3)


def test_a_recording_is_moved_as_a_whole():
    moved = kinds(shifted(activitywatch.read(EXPORT.read_bytes()), start=NINE))
    assert moved["window"][0]["t"] == moved["afk"][0]["t"] == NINE
    assert moved["input_count"][0]["t"] == NINE + timedelta(seconds=5)


def test_a_session_without_a_time_of_day_ends_now(at):
    recording = read_recording(BALABIT.read_bytes(), format_name=None, start=None, at=at)
    assert max(event["t"] for stream in recording.streams for event in stream.events) == at


@pytest.mark.parametrize("name", [None, "balabit", "activitywatch", "segments"])
@pytest.mark.parametrize(
    "raw", [b"", b"canary,1\n", b"\xff\xfe", b"{}", b'{"segments": [{"canary": 1}]}', b"[" * 100_000]
)
def test_a_file_of_another_format_is_refused_without_being_quoted(raw, name, at):
    with pytest.raises(NotThisFormat) as refused:
        read_recording(raw, format_name=name, start=None, at=at)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize(
    "line", ["0,0,NoButton,Move,1", "0,canary,NoButton,Move,1,1", "0,nan,Left,Move,1,1", "0,1e99,a,Move,1,1"]
)
def test_a_wrong_line_is_named_by_its_number_and_not_quoted(line, at):
    raw = ",".join(balabit.HEADER) + "\n0,0,NoButton,Move,1,1\n" + line + "\n"
    with pytest.raises(NotThisFormat, match="Line 3") as refused:
        balabit.read(raw.encode())
    assert "canary" not in str(refused.value)


def test_each_kind_goes_to_the_programme_whose_notice_lists_it(alice, stands, programmes, at):
    for kind in ("window", "afk", "input_count"):
        stands(alice, kind, programme=DESKTOP, since=at - timedelta(days=2))
    recording = activitywatch.read(EXPORT.read_bytes())
    report = ingest(person=alice, programmes=[programmes[LEARNING], programmes[DESKTOP]], recording=recording, at=at)
    assert (report.stored, report.refused) == (4, {})
    assert report.dropped_fields == {"url": 1}
    assert totals(alice.pk).by_programme == {DESKTOP: 4}


def test_a_kind_that_no_programme_lists_is_refused_and_counted(alice, programmes, at):
    recording = activitywatch.read(EXPORT.read_bytes())
    report = ingest(person=alice, programmes=[programmes[LEARNING]], recording=recording, at=at)
    assert (report.stored, report.refused) == (0, {"undisclosed_kind": 4})


def test_the_command_prints_what_became_of_a_file(alice, stands, at):
    from django.utils import timezone

    now = timezone.now()
    stands(alice, "mouse", since=now - timedelta(hours=1))
    out = StringIO()
    call_command("ingest", BALABIT, person="alice", programme=[LEARNING], stdout=out)
    assert out.getvalue().splitlines() == [
        "stored 6",
        "refused not_consented 2",
        "skipped Down 1",
        "skipped Released 1",
    ]


def test_the_command_moves_a_file_to_the_time_asked_for(alice, stands, at):
    stands(alice, "mouse", since=NINE)
    out = StringIO()
    told = ("--person=alice", f"--programme={LEARNING}", "--start=2026-11-09T08:59:58Z")
    call_command("ingest", str(BALABIT), *told, stdout=out)
    assert "stored 2" in out.getvalue()
    assert "refused before_grant 4" in out.getvalue()


@pytest.mark.parametrize(
    "changes", [{"person": "zoe"}, {"programme": ["no-such"]}, {"file": DATA / "no-such-file"}, {"format": "segments"}]
)
def test_the_command_says_what_is_wrong(alice, changes):
    named = {"file": BALABIT, "person": "alice", "programme": [LEARNING]} | changes
    with pytest.raises(CommandError):
        call_command("ingest", named.pop("file"), **named)


def real(path):
    if not (REAL / path).exists():
        pytest.skip("the real data sets are not beside the project")
    return (REAL / path).read_bytes()


@pytest.mark.parametrize("name", ["session_1909471574", "session_2080551697", "session_6509784211"])
def test_a_real_mouse_session_is_stored_to_the_event(alice, stands, programmes, at, name):
    raw = real(Path("mouse") / name)
    stands(alice, "mouse", since=at - timedelta(days=2))
    stands(alice, "click", since=at - timedelta(days=2))
    recording = read_recording(raw, format_name=None, start=None, at=at)
    report = ingest(person=alice, programmes=[programmes[LEARNING]], recording=recording, at=at)
    lines = raw.decode().splitlines()[1:]
    moves = sum(line.split(",")[3] in ("Move", "Drag") for line in lines)
    presses = sum(line.split(",")[3] == "Pressed" for line in lines)
    assert (report.stored, report.refused) == (moves + presses, {})
    assert totals(alice.pk).by_kind == {"mouse": moves, "click": presses}


def test_a_real_export_is_stored_to_the_event(alice, stands, programmes, at):
    raw = real(Path("activitywatch") / "export.json")
    for kind in ("window", "afk", "input_count"):
        stands(alice, kind, programme=DESKTOP, since=at - timedelta(days=20))
    recording = read_recording(raw, format_name=None, start=at - timedelta(days=5), at=at)
    report = ingest(person=alice, programmes=[programmes[DESKTOP]], recording=recording, at=at)
    assert (report.stored, report.refused, report.dropped_fields) == (838 + 9 + 3048, {}, {})

"""The decoder: built from what the notice discloses, so that nothing else becomes an object; and it never trips."""

import json

import pytest

from consent.captures import decoding, limits
from consent.captures.decoding import NotAList, countable, decode, printable_name

T = "2026-11-10T08:59:00Z"
FIELDS = ("t", "x", "y")


def of(*events, kind="mouse", fields=FIELDS):
    return decode(json.dumps(events).encode(), kind=kind, fields=fields)


def values(decoded, *names):
    return [tuple(getattr(event, name) for name in names) for event in decoded.events]


def test_disclosed_fields_are_read():
    assert values(of({"t": T, "x": 1, "y": 2.5}), "x", "y") == [(1, 2.5)]


def test_an_undisclosed_field_is_dropped_and_counted_by_name():
    found = of({"t": T, "x": 1, "password": "hunter2"}, {"t": T, "x": 2}, {"t": T, "password": {"deep": [1]}})
    assert values(found, "x") == [(1,), (2,), (decoding.UNSET,)]
    assert found.dropped == {"password": 2}
    assert not hasattr(found.events[0], "password")


def test_a_field_of_the_kind_that_the_notice_does_not_list_is_dropped_too():
    found = of({"t": T, "x": 1, "app": "Mail"}, kind="click", fields=("t", "x"))
    assert found.dropped == {"app": 1}


def test_the_value_of_an_undisclosed_field_is_never_decoded():
    for value in ("1e999", "1" * 5000, "[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500):
        found = decode(f'[{{"t":"{T}","x":1,"q":{value}}}]'.encode(), kind="mouse", fields=FIELDS)
        assert (len(found.events), found.dropped) == (1, {"q": 1})


def test_names_that_a_sender_chose_are_fit_to_be_shown():
    found = of({"t": T, "<script>": 1, "my.field-1": 1, "pass word=hunter2": 1, "x" * 51: 1, "é": 1})
    assert found.dropped == {"my.field-1": 1, "…": 4}


def test_an_event_with_a_broken_name_is_malformed_and_nothing_else():
    found = decode(f'[{{}},{{"t":"{T}","x":1,"'.encode() + b'\xff":1}]', kind="mouse", fields=FIELDS)
    assert (len(found.events), found.malformed) == (0, 2)


def test_names_stay_few_over_all_events_also_beside_a_malformed_one():
    events = [{"t": T, f"f{place}": 1} for place in range(100)]
    found = of({}, *events)
    assert (len(found.dropped), found.dropped.total(), found.malformed) == (limits.NAMES_COUNTED + 1, 100, 1)


def test_no_more_than_twenty_names_are_counted_apart():
    found = of({"t": T} | {f"f{place}": 1 for place in range(100)})
    assert len(found.dropped) == limits.NAMES_COUNTED + 1
    assert found.dropped["…"] == 80


@pytest.mark.parametrize(
    "event",
    [
        {"x": 1},
        {"t": "2026-11-10T08:59:00"},
        {"t": "yesterday"},
        {"t": 1762765140},
        {"t": None},
        {"t": T, "x": "1"},
        {"t": T, "x": None},
        {"t": T, "x": True},
        {"t": T, "x": 10**10},
        {"t": T, "x": 1e300},
        [T, 1, 2],
        "text",
        None,
    ],
)
def test_an_event_of_the_wrong_types_is_malformed_and_the_others_are_read(event):
    found = of({"t": T, "x": 1}, event, {"t": T, "x": 3, "q": 1})
    assert (values(found, "x"), found.malformed, found.dropped) == ([(1,), (3,)], 1, {"q": 1})


@pytest.mark.parametrize(("name", "length"), [("title", 1000), ("app", 200)])
def test_a_text_longer_than_its_limit_is_malformed(name, length):
    found = of({"t": T, name: "x" * length}, {"t": T, name: "x" * (length + 1)}, kind="window", fields=("t", name))
    assert (len(found.events), found.malformed) == (1, 1)


def test_the_text_of_a_prompt_may_be_long():
    found = of({"t": T, "text": "x" * 20000}, {"t": T, "text": "x" * 20001}, kind="prompt", fields=("t", "text"))
    assert (len(found.events), found.malformed) == (1, 1)


@pytest.mark.parametrize("duration", [-1, 604801, "5"])
def test_a_duration_is_between_nothing_and_a_week(duration):
    assert of({"t": T, "duration": duration}, kind="afk", fields=("t", "duration")).malformed == 1


@pytest.mark.parametrize(
    ("image", "stored"),
    [
        ("iVBORw0KGgo=", 1),  # PNG
        ("/9j/4AAQ", 1),  # JPEG
        ("UklGRgAAAABXRUJQ", 1),  # WebP
        ("R0lGODlh", 0),  # GIF
        ("PHN2Zz4=", 0),  # SVG
        ("", 0),
        ("not base64", 0),
        ("iVBORw0KGgo=" + "AAAA" * 400_000, 0),  # more than 1 MiB
    ],
)
def test_an_image_is_a_png_jpeg_or_webp_of_at_most_one_mebibyte(image, stored):
    found = of({"t": T, "image": image}, kind="screenshot", fields=("t", "image"))
    assert (len(found.events), found.malformed) == (stored, 1 - stored)


@pytest.mark.parametrize("raw", [b"{}", b"null", b'"x"', b"3"])
def test_what_is_no_list_is_one_malformed_thing(raw):
    assert countable(raw) == 1
    with pytest.raises(NotAList):
        decode(raw, kind="mouse", fields=FIELDS)


@pytest.mark.parametrize("event", [b'{"t": "%s", "\xff": 1}', b'{"t": "%s", "app\xe9": {"a": 1}}'])
def test_a_name_that_is_no_utf_8_makes_the_list_no_list(event):
    raw = b"[" + event % T.encode() + b"]"
    with pytest.raises(NotAList):
        decode(raw, kind="mouse", fields=FIELDS)
    assert countable(raw) == 1


@pytest.mark.parametrize("depth", [100_000, 1_000_000])
def test_deep_nesting_trips_nothing(depth):
    with pytest.raises(NotAList):
        decode(b'[{"t":"' + T.encode() + b'","q":' + b"[" * depth + b"]" * depth + b"}]", kind="mouse", fields=FIELDS)


def test_events_are_counted_without_a_look_into_them():
    assert countable(b'[{"a": 1}, 2, [3, 4]]') == 3


def test_printable_names():
    assert [printable_name(name) for name in ("x", "a_b.c-d", "", "a b", "x" * 50)] == [
        "x",
        "a_b.c-d",
        "…",
        "…",
        "x" * 50,
    ]

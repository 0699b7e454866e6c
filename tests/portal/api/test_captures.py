"""The intake over HTTP: what is stored, and a clear answer to everything that cannot be."""

import gzip
import json
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
import zstandard
from django.test import Client

from consent.captures.limits import BODY_BYTES
from consent.captures.models import Batch, Refusal, Segment
from consent.choices.models import State
from consent.collectors.enrolment import enrol
from consent.database import acting_for
from consent.programmes.states import end, suspend
from portal.limits import INTAKES

from .conftest import code_of

PATH = "/api/v1/captures"
CANARY = "canary-51c0ffee"


@pytest.fixture
def allowed(choose, cast) -> datetime:
    """Alice has allowed mouse movement; the time from which it counts."""
    return choose(cast.alice).at


def events(start: datetime, number: int = 3, **more) -> list[dict]:
    return [{"t": (start + timedelta(milliseconds=10 * i)).isoformat(), "x": i, "y": 1, **more} for i in range(number)]


def segment(found: list[dict], kind: str = "mouse", programme: str = "interface-learning", **more) -> dict:
    return {"programme": programme, "kind": kind, "events": found, **more}


def send(client: Client, *segments: dict, key: str = "k1", body: bytes | None = None, **headers):
    content = json.dumps({"segments": segments}).encode() if body is None else body
    shown = {"Idempotency-Key": key} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.generic("POST", PATH, content, content_type="application/json", headers=shown)


def stored(person) -> int:
    with acting_for(person.pk):
        return sum(Segment.objects.filter(person=person.pk).values_list("count", flat=True))


def test_what_was_allowed_is_stored(collector, cast, allowed):
    body = send(collector, segment(events(allowed))).json()
    [result] = body["results"]
    assert result["stored"] == 3
    assert result["segment"]
    assert (result["refused"], result["dropped_fields"]) == ({}, {})
    assert body["permissions_version"] == collector.get("/api/v1/permissions").json()["version"]
    assert stored(cast.alice) == 3


def test_there_is_one_result_per_segment_in_their_order(collector, allowed):
    results = send(collector, segment(events(allowed), "click"), segment(events(allowed)), segment([])).json()[
        "results"
    ]
    assert [each["stored"] for each in results] == [0, 3, 0]
    assert results[0]["refused"] == {"not_consented": 3}


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress), ("identity", bytes)]
)
def test_compressed_batches_are_taken(collector, cast, allowed, encoding, compress):
    body = compress(json.dumps({"segments": [segment(events(allowed))]}).encode())
    assert send(collector, body=body, Content_Encoding=encoding).json()["results"][0]["stored"] == 3


def test_the_same_key_gives_the_same_answer_and_stores_once(collector, cast, allowed):
    first, second = send(collector, segment(events(allowed))), send(collector, segment(events(allowed)))
    assert first.json() == second.json()
    assert stored(cast.alice) == 3


def test_the_same_key_for_another_batch_is_refused(collector, cast, allowed):
    send(collector, segment(events(allowed)))
    assert code_of(send(collector, segment(events(allowed, 4))), 422) == "key_reused"
    assert stored(cast.alice) == 3


def test_without_a_key_nothing_is_stored(collector, cast, allowed):
    body = json.dumps({"segments": [segment(events(allowed))]})
    assert code_of(collector.post(PATH, body, content_type="application/json"), 400) == "missing_key"
    assert stored(cast.alice) == 0


@pytest.mark.parametrize("key", ["", "x" * 65, "\xe9", "a\tb\x01"])
def test_a_key_that_cannot_be_kept_is_refused(collector, allowed, key):
    assert code_of(send(collector, segment(events(allowed)), key=key), 400) in ("bad_key", "missing_key")


def test_the_first_words_after_a_withdrawal_find_the_gate_closed(collector, cast, choose, allowed):
    choose(cast.alice, state=State.WITHDRAWN)
    assert send(collector, segment(events(allowed))).json()["results"][0]["refused"] == {"withdrawn": 3}
    assert stored(cast.alice) == 0


@pytest.mark.parametrize(
    ("shift", "reason"),
    [(-timedelta(seconds=5), "before_grant"), (-timedelta(days=400), "before_grant"), (timedelta(minutes=30), "clock"), (timedelta(days=36500), "clock")],
)  # fmt: skip
def test_events_from_before_the_yes_and_from_the_future_are_refused(collector, cast, allowed, shift, reason):
    assert send(collector, segment(events(allowed + shift))).json()["results"][0]["refused"] == {reason: 3}
    assert stored(cast.alice) == 0


def test_an_undisclosed_field_is_dropped_counted_and_never_kept(collector, cast, allowed):
    result = send(collector, segment(events(allowed, screen=CANARY))).json()["results"][0]
    assert (result["stored"], result["dropped_fields"]) == (3, {"screen": 3})
    with acting_for(cast.alice.pk):
        assert Refusal.objects.get(reason="undisclosed_field").count == 3


@pytest.mark.parametrize("kind", ["window", "microphone", CANARY, "x" * 200])
def test_an_undisclosed_kind_is_refused_whole(collector, cast, allowed, kind):
    assert send(collector, segment(events(allowed), kind)).json()["results"][0]["refused"] == {"undisclosed_kind": 3}
    assert stored(cast.alice) == 0


@pytest.mark.parametrize("programme", ["no-such-programme", "x" * 200, "ü", "' OR 1=1 --"])
def test_an_unknown_programme_is_refused(collector, cast, allowed, programme):
    result = send(collector, segment(events(allowed), programme=programme)).json()["results"][0]
    assert result["stored"] == 0
    assert sum(result["refused"].values()) == 3


def test_a_programme_that_the_collector_is_not_for_is_refused(cast, programmes, choose, allowed, now):
    other, token = enrol(person=cast.alice, name="other", programmes=[programmes["desktop-activity"]], at=now)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert send(client, segment(events(allowed))).json()["results"][0]["refused"] == {"not_offered": 3}
    assert stored(cast.alice) == 0


@pytest.mark.parametrize(("act", "reason"), [(suspend, "programme_suspended"), (end, "programme_ended")])
def test_a_closed_programme_takes_nothing(collector, cast, programmes, allowed, now, act, reason):
    act(programme=programmes["interface-learning"], by=cast.erin.pk, at=now)
    assert send(collector, segment(events(allowed))).json()["results"][0]["refused"] == {reason: 3}


def test_the_person_comes_from_the_token_not_from_the_body(collector, cast, allowed):
    result = send(collector, segment(events(allowed), person=str(cast.mallory.pk))).json()["results"][0]
    assert result["refused"] == {"wrong_person": 3}
    assert stored(cast.mallory) == stored(cast.alice) == 0


@pytest.mark.parametrize(
    "event",
    [{}, {"t": "yesterday"}, {"t": None}, {"t": "2026-11-10T09:00:00"}, {"x": "left"}, {"x": 1e400}, {"x": None}, {"y": []}, {"x": 10**40}, {"t": -(10**30)}],
)  # fmt: skip
def test_a_malformed_event_is_counted_and_the_others_are_stored(collector, cast, allowed, event):
    good = events(allowed)
    body = json.dumps({"segments": [segment([good[0], good[1] | event if event else {}, good[2]])]}).replace(
        "Infinity", "1e400"
    )
    result = send(collector, body=body.encode()).json()["results"][0]
    assert (result["stored"], result["refused"]) == (2, {"malformed": 1})


def test_a_clock_that_runs_backwards_is_noticed(collector, cast, allowed):
    assert "clock" in send(collector, segment(events(allowed)[::-1])).json()["results"][0]["refused"]


@pytest.mark.parametrize(
    "body",
    [
        b" ", b"{", b"[]", b"null", b'{"segments":{}}', b'{"segments":[1]}', b'{"segments":[{"programme":"p"}]}', b'{"segment":[]}',
        b'{"segments":[{"programme":1,"kind":"mouse","events":[]}]}', b'{"segments":[],"x":1}', b"\xff\xfe{}", b"[" * 200_000,
        b'{"segments":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"segments":[{"programme":"p","kind":"k","events":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"segments":[{"programme":"interface-learning","kind":"mouse","events":[{"t":' + b"9" * 100_000 + b"}]}]}",
        json.dumps({"segments": [{"programme": "p", "kind": "k", "events": []}] * 201}).encode(),
        json.dumps({"segments": [{"programme": "p", "kind": CANARY * 40, "events": []}]}).encode(),
    ],
)  # fmt: skip
def test_a_malformed_batch_is_refused_whole(collector, cast, allowed, body):
    response = send(collector, body=body)
    if response.status_code == 200:  # well formed as a batch: then every event of it is refused
        assert sum(each["stored"] for each in response.json()["results"]) == 0
    else:
        assert code_of(response, response.status_code) in ("malformed", "too_large")
        assert response.status_code in (400, 413)
    assert CANARY not in response.content.decode()
    assert stored(cast.alice) == 0


def test_too_many_events_in_a_segment_are_refused(collector, cast, allowed):
    response = send(collector, segment([events(allowed, 1)[0]] * 10_001))
    assert response.status_code == 200 or code_of(response, response.status_code) in ("too_large", "malformed")
    assert stored(cast.alice) == 0


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(collector, allowed):
    response = collector.generic(
        "POST", PATH, b"{}", content_type="application/json", headers={"Idempotency-Key": "k"}, CONTENT_LENGTH=str(BODY_BYTES + 1)
    )  # fmt: skip
    assert code_of(response, 413) == "too_large"


# What is no number at all never arrives here: the server refuses it.
@pytest.mark.parametrize("length", ["", "-1", "٣"])
def test_a_body_that_does_not_say_how_long_it_is_is_refused(collector, allowed, length):
    response = collector.generic(
        "POST", PATH, b"{}", content_type="application/json", headers={"Idempotency-Key": "k"}, CONTENT_LENGTH=length
    )  # fmt: skip
    assert code_of(response, 411) == "length_required"


def bomb(compress) -> bytes:
    return compress(b'{"segments":[' + b" " * (40 << 20) + b"]}")


@pytest.mark.parametrize(("encoding", "body"), [("gzip", bomb(gzip.compress)), ("zstd", bomb(zstandard.compress))])
def test_a_small_body_that_expands_without_end_is_refused(collector, allowed, encoding, body):
    assert len(body) < 100_000
    assert code_of(send(collector, body=body, Content_Encoding=encoding), 413) == "too_large"


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "harm",
    [
        lambda body: body[:-5],
        lambda body: body[:10],
        lambda body: body + b"more",
        lambda body: b"{}",
        lambda body: b"\x00" * 50,
    ],
)
def test_a_wrongly_compressed_body_is_refused(collector, cast, allowed, encoding, harm):
    plain = json.dumps({"segments": [segment(events(allowed))]}).encode()
    whole = gzip.compress(plain) if encoding == "gzip" else zstandard.compress(plain)
    assert code_of(send(collector, body=harm(whole), Content_Encoding=encoding), 400) == "malformed"
    assert stored(cast.alice) == 0


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "gzip, identity", CANARY])
def test_another_encoding_is_refused(collector, allowed, encoding):
    response = send(collector, segment(events(allowed)), Content_Encoding=encoding)
    assert code_of(response, 415) == "unsupported_encoding"
    assert CANARY not in response.content.decode()


@pytest.mark.parametrize(
    "kind",
    ["application/msgpack", "text/plain", "", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"],
)
def test_another_type_is_refused(collector, allowed, kind):
    response = collector.generic("POST", PATH, b"{}", content_type=kind, headers={"Idempotency-Key": "k"})
    assert code_of(response, 415) in ("unsupported_encoding", "unsupported_media_type")


def test_a_refused_batch_leaves_its_key_free(collector, cast, allowed):
    assert send(collector, body=b"{").status_code == 400
    assert send(collector, segment(events(allowed))).json()["results"][0]["stored"] == 3
    with acting_for(cast.alice.pk):
        assert Batch.objects.count() == 1


def test_no_content_reaches_the_log_or_the_answer(collector, cast, choose, caplog):
    since = choose(cast.alice, "window", slug="desktop-activity").at
    window = {"t": since.isoformat(), "duration": 0, "app": CANARY, "title": CANARY}
    good = send(collector, segment([window, window | {"duration": CANARY}], "window", "desktop-activity"), key="a")
    bad = send(collector, body=json.dumps({"segments": [segment([window]) | {CANARY: CANARY}]}).encode(), key="b")
    assert good.json()["results"][0]["stored"] == 1
    assert bad.status_code == 400
    assert CANARY not in good.content.decode() + bad.content.decode() + caplog.text


def test_few_batches_of_one_person_are_taken_in_at_once_so_that_a_withdrawal_never_waits_long(collector, cast, allowed):
    with INTAKES.taken(cast.mallory.pk):
        assert send(collector, segment(events(allowed)), key="a").status_code == 200
    with ExitStack() as busy:
        for _ in range(4):
            busy.enter_context(INTAKES.taken(cast.alice.pk))
        answer = send(collector, segment(events(allowed)), key="b")
        assert code_of(answer, 429) == "throttled"
        assert answer["Retry-After"] == "1"
    assert send(collector, segment(events(allowed)), key="b").status_code == 200


def test_a_turn_is_given_back_when_a_batch_is_refused(collector, allowed):
    answers = [send(collector, body=b"{", key=f"k{n}").status_code for n in range(6)]
    assert answers == [400] * 6


def test_a_collector_cannot_read_back_what_it_sent(collector, allowed):
    send(collector, segment(events(allowed)))
    assert code_of(collector.get(PATH), 405) == "method_not_allowed"

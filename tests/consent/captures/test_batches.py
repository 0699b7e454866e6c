"""Batches: limits before anything is read, one answer per key, and errors that never quote what was sent."""

import gzip
import json
import threading

import pytest
import zstandard
from django.db import connection

from consent.captures import batches, limits
from consent.captures.batches import KeyReused, MissingKey, forget_answers, receive
from consent.captures.limits import Malformed, TooLarge, UnsupportedEncoding
from consent.captures.models import Batch, Refusal, Segment
from consent.captures.permissions import permissions
from consent.database import acting_for
from tests.sessions import batch, regular_events

LEARNING = "interface-learning"


@pytest.fixture
def take(alice, laptop, at):
    def taken(
        body, *, key="key-1", content_type="application/json", encoding="", chunk=1000, when=at, collector=laptop
    ):
        pieces = (body[place : place + chunk] for place in range(0, len(body), chunk))
        return receive(
            collector=collector, key=key, body=pieces, content_type=content_type, content_encoding=encoding, at=when
        )

    return taken


@pytest.fixture
def body(alice, stands, event):
    stands(alice, "mouse")
    return batch((LEARNING, "mouse", [event(-60, x=1, y=1), event(-59, x=2, y=2)]), (LEARNING, "click", [event(-1)]))


def test_a_batch_is_answered_segment_by_segment(body, take, laptop, at):
    answer = take(body)
    assert answer["permissions_version"] == permissions(collector=laptop, at=at).version
    mouse, click = answer["results"]
    assert mouse == {"segment": str(Segment.objects.get().id), "stored": 2, "refused": {}, "dropped_fields": {}}
    assert click == {"segment": None, "stored": 0, "refused": {"not_consented": 1}, "dropped_fields": {}}
    json.dumps(answer)


def test_the_same_key_gives_the_same_answer_and_stores_nothing_twice(body, take, alice):
    assert take(body) == take(body)
    assert Segment.objects.count() == 1
    assert Refusal.objects.get(person=alice).count == 1


def test_the_same_key_with_another_body_is_refused(body, take, event):
    take(body)
    with pytest.raises(KeyReused) as refused:
        take(batch((LEARNING, "mouse", [event(-5, x=9)])))
    assert refused.value.code == "key_reused"
    assert Segment.objects.count() == 1


def test_another_key_stores_again(body, take):
    take(body, key="a")
    take(body, key="b")
    assert Segment.objects.count() == 2


def test_a_key_of_another_collector_is_another_key(body, take, cast, programmes, alice, at):
    from consent.collectors.enrolment import enrol

    phone, _ = enrol(person=alice, name="phone", programmes=programmes.values(), at=at)
    take(body)
    take(body, collector=phone)
    assert Segment.objects.count() == 2


def test_the_same_body_compressed_otherwise_is_the_same_batch(body, take):
    assert take(gzip.compress(body), encoding="gzip") == take(body)


@pytest.mark.parametrize("key", [None, ""])
def test_a_batch_without_a_key_is_refused(body, take, key):
    with pytest.raises(MissingKey):
        take(body, key=key)


@pytest.mark.parametrize("key", ["x" * 65, "ключ", "a\nb"])
def test_a_key_is_short_and_printable(body, take, key):
    with pytest.raises(Malformed):
        take(body, key=key)


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity", ""])
def test_compressed_bodies_are_read(body, take, encoding):
    packed = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}.get(encoding, bytes)(body)
    assert take(packed, encoding=encoding)["results"][0]["stored"] == 2


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_other_encodings_are_refused(body, take, encoding):
    with pytest.raises(UnsupportedEncoding):
        take(body, encoding=encoding)


@pytest.mark.parametrize("content_type", ["text/plain", "application/msgpack", ""])
def test_other_media_types_are_refused(body, take, content_type):
    with pytest.raises(UnsupportedEncoding):
        take(body, content_type=content_type)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "spoil", [lambda packed: packed[:-3], lambda packed: packed + b"x", lambda packed: b"no" + packed]
)
def test_what_is_wrongly_compressed_is_refused(body, take, encoding, spoil):
    packed = gzip.compress(body) if encoding == "gzip" else zstandard.ZstdCompressor().compress(body)
    with pytest.raises(Malformed):
        take(spoil(packed), encoding=encoding)


def test_a_body_above_the_limit_is_refused_while_it_streams(take):
    read = []

    def endless():
        while True:
            read.append(1)
            yield b"x" * 65536

    with pytest.raises(TooLarge):
        limits.read_body(endless(), encoding="")
    assert len(read) == limits.BODY_BYTES // 65536 + 1


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_before_it_is_large(take, encoding):
    import tracemalloc

    zeros = bytes(256 << 20)
    packed = gzip.compress(zeros) if encoding == "gzip" else zstandard.ZstdCompressor().compress(zeros)
    del zeros
    tracemalloc.start()
    with pytest.raises(TooLarge):
        limits.read_body([packed], encoding=encoding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * limits.DECOMPRESSED_BYTES


CANARY = "canary-7f3a"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"segments": 3}',
        b'{"segments": [3]}',
        b'{"segments": [{"kind": "mouse", "events": []}]}',
        b'{"segments": [{"programme": "p", "kind": "mouse"}]}',
        b'{"segments": [{"programme": "", "kind": "mouse", "events": []}]}',
        b'{"segments": [{"programme": "p", "kind": "mouse", "events": [], "columns": {}}]}',
        b'{"segments": [{"programme": "p", "kind": "mouse", "events": [], "start": "canary-7f3a"}]}',
        b'{"segments": [], "canary-7f3a": 1}',
        b'{"segments": [{"programme": "p", "kind": "mouse", "events": [{"canary-7f3a"}]}]}',
        b'{"segments": [{"programme": "p", "kind": "mouse", "events": ' + b"[" * 200_000 + b"]" * 200_000 + b"}]}",
        b'{"segments": [{"programme": "p", "kind": "mouse", "events": [{"q": "\\ud800"}]}]}',
        b'\xff{"segments": []}',
        b'{"segments": []} canary-7f3a',
    ],
)
def test_what_is_not_a_batch_is_refused_without_being_quoted(take, raw):
    with pytest.raises(Malformed) as refused:
        take(raw)
    assert CANARY not in str(refused.value)
    assert refused.value.__cause__ is None
    assert not Batch.objects.exists()


def test_a_batch_has_at_most_200_segments(take):
    segments = [{"programme": LEARNING, "kind": "mouse", "events": []}] * 201
    with pytest.raises(Malformed):
        take(json.dumps({"segments": segments}).encode())
    assert len(take(json.dumps({"segments": segments[:200]}).encode())["results"]) == 200


def test_a_segment_with_more_than_10000_events_is_refused_and_nothing_of_the_batch_stays(
    alice, stands, take, event, at
):
    from datetime import timedelta

    stands(alice, "mouse")
    stands(alice, "keystroke_count")
    many = regular_events(10_001, start=at - timedelta(minutes=30), every=timedelta(milliseconds=1), count=1)
    with pytest.raises(TooLarge):
        take(batch((LEARNING, "mouse", [event(x=1)]), (LEARNING, "keystroke_count", many)))
    assert not Segment.objects.exists()
    assert not Batch.objects.exists()


def test_an_answer_is_kept_for_a_week_and_then_forgotten(body, take, laptop, at):
    from datetime import timedelta

    take(body)
    assert forget_answers(collector=laptop, at=at + timedelta(days=7)) == 0
    assert forget_answers(collector=laptop, at=at + timedelta(days=7, seconds=1)) == 1


def test_what_is_kept_of_a_body_confirms_no_guess_of_it(body, take):
    import hashlib

    take(body)
    assert bytes(Batch.objects.get().body_sha256) != hashlib.sha256(body).digest()


def test_the_same_key_at_the_same_time_is_stored_once(own_database, take, body, alice):
    answers, ready = [], threading.Barrier(6)

    def send():
        with acting_for(alice.pk):
            ready.wait()
            answers.append(take(body))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == 6
    assert all(each == answers[0] for each in answers)
    assert Segment.objects.count() == 1
    assert batches.Batch.objects.count() == 1

"""Confirmations: what a device says it applied and deleted, and purges ordered from it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from consent.collectors.confirmations import UnknownPurge, collectors_of, confirm, order_purge, purges_ordered
from consent.collectors.enrolment import enrol, revoke
from consent.programmes.scopes import Scope


@pytest.fixture
def laptop(cast, programmes, at):
    return enrol(person=cast.alice, name="laptop", programmes=[programmes["interface-learning"]], at=at)[0]


def said(collector, at, **values):
    told = {"version": "abc", "applied_at": at, "last_captured_at": None, "purged": [], "at": at} | values
    confirm(collector=collector, **told)
    collector.refresh_from_db()


def test_what_a_device_applied_is_noted(laptop, at):
    said(laptop, at, last_captured_at=at - timedelta(seconds=5))
    assert (laptop.confirmed_version, laptop.confirmed_at) == ("abc", at)
    assert laptop.last_captured_at == at - timedelta(seconds=5)


def test_a_device_cannot_have_applied_anything_in_the_future(laptop, at):
    said(laptop, at, applied_at=at + timedelta(days=1), last_captured_at=at + timedelta(days=1))
    assert laptop.confirmed_at == laptop.last_captured_at == at


def test_a_purge_is_ordered_from_each_device_of_the_programme_until_it_is_confirmed(laptop, cast, programmes, at):
    enrol(person=cast.alice, name="phone", programmes=[programmes["assistant-quality"]], at=at)
    scope = Scope(programme_id=programmes["interface-learning"].pk, kinds=("mouse",))
    (order,) = order_purge(person_id=cast.alice.pk, scope=scope, at=at)
    assert (order.collector, order.programme, order.kinds, order.end) == (laptop, "interface-learning", ["mouse"], at)
    assert purges_ordered(laptop) == [order]
    said(laptop, at, purged=[order.pk])
    assert purges_ordered(laptop) == []


def test_a_purge_of_everything_reaches_every_device_that_is_not_revoked(laptop, cast, at):
    old, _ = enrol(person=cast.alice, name="phone", programmes=[], at=at)
    revoke(collector=old, at=at)
    assert [each.collector for each in order_purge(person_id=cast.alice.pk, scope=Scope(), at=at)] == [laptop]


def test_ordering_twice_for_one_request_orders_once(laptop, cast, at):
    request = uuid4()
    first = order_purge(person_id=cast.alice.pk, scope=Scope(), at=at, request_id=request)
    assert order_purge(person_id=cast.alice.pk, scope=Scope(), at=at, request_id=request) == first
    assert len(purges_ordered(laptop)) == 1


def test_a_purge_of_another_device_cannot_be_confirmed_and_nothing_is_noted(laptop, cast, at):
    other, _ = enrol(person=cast.mallory, name="laptop", programmes=[], at=at)
    (order,) = order_purge(person_id=cast.mallory.pk, scope=Scope(), at=at)
    with pytest.raises(UnknownPurge):
        said(laptop, at, purged=[order.pk])
    laptop.refresh_from_db()
    assert laptop.confirmed_version == ""
    assert purges_ordered(other) == [order]


def test_the_devices_of_a_person_are_listed_by_name_without_the_revoked(laptop, cast, at):
    old, _ = enrol(person=cast.alice, name="desktop", programmes=[], at=at)
    tablet, _ = enrol(person=cast.alice, name="tablet", programmes=[], at=at)
    revoke(collector=old, at=at)
    assert collectors_of(cast.alice) == [laptop, tablet]

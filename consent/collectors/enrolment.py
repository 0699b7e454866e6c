"""Enrols devices that capture, recognises them by their token, and turns them away once revoked."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from consent.people.models import Person
from consent.programmes.models import Programme

from .models import Collector

MARK = "candor_"
TOKEN_BYTES = 32
SEEN_EVERY = timedelta(seconds=30)


class CredentialRefused(Exception):
    """The token does not let anything in; the device is told nothing else."""

    code = "credential_refused"


class UnknownToken(CredentialRefused):
    """No collector has this token."""

    code = "unknown_token"


class RevokedToken(CredentialRefused):
    """The collector was revoked, or its person does not work here any more."""

    code = "revoked_token"


class NameTaken(Exception):
    """The person has a collector of this name already."""

    code = "name_taken"


def enrol(*, person: Person, name: str, programmes: Iterable[Programme], at: datetime) -> tuple[Collector, str]:
    """A new collector of this person for these programmes, and its token: 256 random bits, shown once, kept as SHA-256.

    Raises NameTaken when another collector of the person that is not revoked has the name.
    """
    token = MARK + secrets.token_urlsafe(TOKEN_BYTES)
    try:
        with transaction.atomic():
            collector = Collector.objects.create(person=person, name=name, token_hash=_hash(token), enrolled_at=at)
            collector.programmes.set(programmes)
    except IntegrityError as error:
        raise NameTaken(_("There is a collector of that name already. Choose another name.")) from error
    return collector, token


def collector_for(token: str) -> Collector:
    """The collector whose token this is, with its person. Raises UnknownToken or RevokedToken."""
    collector = Collector.objects.select_related("person").filter(token_hash=_hash(token)).first()
    if collector is None:
        raise UnknownToken(_("This token is not known. Enrol the collector again."))
    if collector.revoked_at is not None or not collector.person.is_active:
        raise RevokedToken(_("This token was revoked. Ask for a new one."))
    return collector


def seen(*, collector: Collector, at: datetime) -> None:
    """Notes that the collector was heard from; at most once in 30 seconds, in a statement of its own."""
    stale = Q(seen_at__isnull=True) | Q(seen_at__lt=at - SEEN_EVERY)
    if collector.seen_at is None or collector.seen_at < at - SEEN_EVERY:
        Collector.objects.filter(stale, pk=collector.pk).update(seen_at=at)


def revoke(*, collector: Collector, at: datetime) -> None:
    """From the commit on nothing of this collector is stored: the gate reads this row, locked, in its INSERT. Twice is once."""
    Collector.objects.filter(pk=collector.pk, revoked_at__isnull=True).update(revoked_at=at)
    collector.refresh_from_db(fields=["revoked_at"])


def revoke_all(*, person: Person, at: datetime) -> int:
    """Revokes every collector of the person, for instance when they leave; returns how many were not revoked before."""
    return Collector.objects.filter(person=person, revoked_at__isnull=True).update(revoked_at=at)


def collector_named(*, person: Person, name: str) -> Collector | None:
    """The person's collector of that name which is not revoked."""
    return Collector.objects.filter(person=person, name=name, revoked_at__isnull=True).first()


def programme_ids(collector: Collector) -> frozenset[UUID]:
    """The programmes that the collector was enrolled for."""
    return frozenset(collector.programmes.values_list("pk", flat=True))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

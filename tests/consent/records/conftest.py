"""Decisions of several people, and an export of them taken apart."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from consent.choices.decisions import decide
from consent.choices.models import Channel, State
from consent.database import acting_for
from consent.programmes.notices import in_force
from consent.records import exporting
from consent.records.streaming import stream


@pytest.fixture
def now():
    """Decisions take their time from the database's clock, so an export must come after it."""
    return timezone.now() + timedelta(minutes=1)


@pytest.fixture
def decided(programmes):
    """Lets people decide about mouse movement in a programme."""

    def made(*people, slug="interface-learning", kind="mouse", state=State.GIVEN):
        for person in people:
            with acting_for(person.pk):
                decide(
                    person=person, programme=programmes[slug], kind=kind, state=state, channel=Channel.PORTAL,
                    notice_version=in_force(programmes[slug]).number, recorded_by=person.pk,
                )  # fmt: skip

    return made


@pytest.fixture
def ask(cast, now):
    """Lets Dan ask for an export of the last day."""

    def asked(**more):
        given = {
            "actor": cast.dan, "purpose": "Audit of the year 2026", "programme": None, "start": now - timedelta(days=1),
            "end": now, "named": False, "at": now,
        }  # fmt: skip
        return exporting.request_export(**given | more)

    return asked


@pytest.fixture
def taken(cast, now):
    """Lets whoever asked take an export; the files of the ZIP by name."""

    def files(export, actor=None):
        raw = b"".join(stream(actor=actor or export.requested_by, export=export, at=now))
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}

    return files


@pytest.fixture
def named(cast, ask, now):
    """An export with names to which Frank agreed."""
    export = ask(named=True)
    return exporting.approve(actor=cast.frank, number=export.number, at=now)


def lines(files):
    return [json.loads(line) for line in files["decisions.jsonl"].splitlines()]

"""Records of decisions and receipts of Alice, to test with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import transaction

from consent.database import acting_for
from consent.receipts.issuing import issue
from consent.receipts.models import Receipt, StatementType
from consent.receipts.records import ConsentRecord, consent_record
from consent.receipts.statements import (
    Place,
    ScopeWords,
    deletion_certificate,
    deletion_completed,
    deletion_on_hold,
    export_manifest,
    request_received,
)


@pytest.fixture
def record(at) -> Callable[..., ConsentRecord]:
    base = ConsentRecord(
        decision_id=UUID("6b0e1a52-8f0e-4a55-9a0e-55c5f1f3a001"),
        decision_number=7,
        state="given",
        at=at,
        channel="portal",
        person_reference="E-3M8D-71WX",
        programme_slug="interface-learning",
        programme_name="Interface learning",
        kind="mouse",
        kind_label="Mouse movement",
        fields=["t", "x", "y"],
        sensitivity=2,
        notice_number=2,
        notice_language="en",
        notice_published_at=at - timedelta(days=100),
        notice_ends_on=date(2027, 12, 31),
        text_sha256="a1" * 32,
        terms_digest="b2" * 32,
        purpose="To learn how people use our programs, so that they need fewer steps.",
        system_fed="Interface model 3",
        recipients=[{"name": "Interface team", "people": "6 people", "outside": False, "country": "DE"}],
        storage_days=180,
        storage_place="Germany, in our own data centre",
        storage_countries=["DE"],
        human_review="sample",
        human_review_by="Two researchers of the interface team",
        automated_decisions="Nothing.",
        transfers="",
        no_detriment="Refusing has no effect on your work, your pay or your evaluation.",
        irreversible="A model that was trained cannot forget.",
        controller_name="Example Works",
        controller_address="Example Street 1, 10115 Berlin",
        controller_contact="dpo@example.com",
        controller_country="DE",
        dpia_reference="DPIA-2026-04",
    )

    def made(**changes: object) -> ConsentRecord:
        return replace(base, **changes)

    return made


@pytest.fixture
def decided(cast, record, at) -> Callable[..., Receipt]:
    """Issues Alice a receipt of a decision, as she."""

    def issued(person=None, **changes: object) -> Receipt:
        person = person or cast.alice
        made = record(person_reference=person.reference, **changes)
        with acting_for(person.pk), transaction.atomic():
            return issue(
                person=person,
                statement=StatementType.DECISION,
                state=made.state,
                about=f"{made.programme_name}: {made.kind_label}",
                body=consent_record(made),
                at=made.at,
            )

    return issued


def _statement_bodies(at) -> dict[StatementType, tuple[str, dict]]:
    scope = ScopeWords(programme="Interface learning", kinds=("Mouse movement", "Clicks"), end=at)
    return {
        StatementType.REQUEST: ("received", request_received(
            number="DEL-7QK2-94TM", type="deletion", type_label="Deletion", scope=scope, received_at=at,
            due_at=at + timedelta(days=30), expected=14044,
        )),
        StatementType.HOLD: ("held", deletion_on_hold(
            number="DEL-7QK2-94TM", scope=ScopeWords(), told_why="A court asked for it.", held_since=at, received_at=at,
        )),
        StatementType.CERTIFICATE: ("done", deletion_certificate(
            number="DEL-7QK2-94TM", scope=scope, received_at=at, finished_at=at + timedelta(minutes=2), unreadable_since=at,
            removed=14044, by_kind={"Mouse movement": 11930, "Clicks": 2114},
            places=[
                Place("Sealed store", 14044, "searched again, 0 records found", "searched", at),
                Place("laptop", 0, "confirmed the order to delete its buffer", "confirmed", at),
            ],
            keys=["The key of Interface learning stays, because you kept other data of that programme."],
            residuals=["Backups of the database hold the sealed records until their epoch’s key ends."],
            kept="This certificate and your request, for 3 years, to prove that we deleted.",
        )),
        StatementType.COMPLETION: ("done", deletion_completed(
            number="DEL-7QK2-94TM", certificate="RCP-3M8D-71WX", scope=scope, unreadable_since=at,
            unrecoverable_since=at + timedelta(hours=20), epochs=["2026-11-09"], finished_at=at + timedelta(hours=20),
            keystore_backups_until=at + timedelta(days=30),
            residuals=["A backup of the keystore from before 11 November 2026, until it is deleted."],
        )),
        StatementType.EXPORT: ("exported", export_manifest(
            number="EXP-7QK2-94TM", purpose="Evidence for case 12", programme=None, start=at - timedelta(days=90), end=at,
            named=True, approved_by="Dana Demo", rows=1204, files={"decisions.csv": "ab" * 32}, exported_at=at,
        )),
    }  # fmt: skip


@pytest.fixture
def stated(cast, at) -> Callable[[StatementType], Receipt]:
    """Issues Alice a receipt of a statement that is no decision."""

    def issued(statement: StatementType) -> Receipt:
        state, body = _statement_bodies(at)[statement]
        with acting_for(cast.alice.pk), transaction.atomic():
            return issue(
                person=cast.alice, statement=statement, state=state, about=str(statement.label), body=body, at=at
            )

    return issued

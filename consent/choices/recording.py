"""Writes one decision with its receipt, its ledger entry and what now stands. Knows no rule, and takes the time as given.

Only the acts of this room call it, after their locks and with a time taken after them; and the demonstration, which alone may
backdate (a test holds that).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection

from consent.people.models import Person
from consent.programmes.models import NoticeKind
from consent.receipts.issuing import issue
from consent.receipts.models import StatementType
from consent.receipts.records import ConsentRecord, consent_record

from .models import Channel, Decision, Standing, State

_MOMENT = "SELECT greatest(%s::timestamptz + interval '1 microsecond', clock_timestamp())"


@dataclass(frozen=True)
class Place:
    """Where in a person's row of decisions a new one stands."""

    number: int
    at: datetime


def next_place(person: Person) -> Place:
    """The next number and time. To be called under the person's lock, after every other lock of the act (mechanisms 1).

    The clock is read here and not passed in: a time from before the lock could precede captures that were let in meanwhile.
    It is strictly after the previous decision's, even when the clock stands still or is set back.
    """
    last = Decision.objects.filter(person=person).order_by("-number").values_list("number", "at").first()
    with connection.cursor() as cursor:
        cursor.execute(_MOMENT, [last[1] if last else None])
        at = cursor.fetchone()[0]
    return Place(number=last[0] + 1 if last else 1, at=at)


def record(
    *,
    person: Person,
    terms: NoticeKind,
    state: State,
    place: Place,
    channel: Channel,
    recorded_by: UUID,
    standing: Standing | None,
    idempotency_key: str | None = None,
) -> Decision:
    """The decision, its receipt, the ledger entry and the standing row, in the caller's transaction (GDPR Art. 7(1)).

    `terms` is the kind as the notice describes it, with `terms.notice`; `standing` the locked row, None if there is none yet.
    Locks expected: the person's row, the standing row.
    """
    notice = terms.notice
    decision = Decision(
        id=uuid4(),
        person=person,
        programme=notice.programme,
        kind=terms.kind,
        state=state,
        number=place.number,
        at=place.at,
        notice=notice,
        terms_digest=terms.terms_digest,
        text_sha256=notice.text_sha256,
        channel=channel,
        recorded_by=recorded_by,
        idempotency_key=idempotency_key,
        erase_after=place.at + timedelta(days=notice.programme.grace_days) if state == State.WITHDRAWN else None,
    )
    decision.receipt = issue(
        person=person,
        statement=StatementType.DECISION,
        state=state,
        about=f"{notice.programme.name}: {terms.label}",
        body=consent_record(_stated(decision, terms)),
        at=place.at,
    )
    decision.save(force_insert=True)
    _stand(decision, standing)
    return decision


def _stand(decision: Decision, standing: Standing | None) -> None:
    """What the gate reads and share-locks: the UPDATE of `state` is what closes intake."""
    row = standing or Standing(person=decision.person, programme=decision.programme, kind=decision.kind)
    row.state, row.terms_digest = decision.state, decision.terms_digest
    row.decision_no, row.since = decision.number, decision.at
    if standing is None:
        row.save(force_insert=True)
    else:
        row.save(update_fields=["state", "terms_digest", "decision_no", "since"])


def _stated(decision: Decision, terms: NoticeKind) -> ConsentRecord:
    notice, programme = decision.notice, decision.programme
    return ConsentRecord(
        decision_id=decision.pk,
        decision_number=decision.number,
        state=decision.state,
        at=decision.at,
        channel=decision.channel,
        person_reference=decision.person.reference,
        programme_slug=programme.slug,
        programme_name=programme.name,
        kind=terms.kind,
        kind_label=terms.label,
        fields=terms.fields,
        sensitivity=terms.sensitivity,
        notice_number=notice.number,
        notice_language=notice.language,
        notice_published_at=notice.published_at,
        notice_ends_on=notice.ends_on,
        text_sha256=notice.text_sha256,
        terms_digest=terms.terms_digest,
        purpose=notice.purpose,
        system_fed=notice.system_fed,
        recipients=notice.recipients,
        storage_days=notice.storage_days,
        storage_place=notice.storage_place,
        storage_countries=notice.storage_countries,
        human_review=notice.human_review,
        human_review_by=notice.human_review_by,
        automated_decisions=notice.automated_decisions,
        transfers=notice.transfers,
        no_detriment=notice.no_detriment,
        irreversible=notice.irreversible,
        controller_name=notice.controller_name,
        controller_address=notice.controller_address,
        controller_contact=notice.controller_contact,
        controller_country=programme.controller.country,
        dpia_reference=notice.dpia_reference,
        erase_after=decision.erase_after,
    )

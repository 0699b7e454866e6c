"""Writes the decisions of one act with their receipt, its ledger entry and what now stands. Knows no rule, and takes times as given.

Only the acts of this room call it, after their locks and with a time taken after them; and the demonstration, which alone may
backdate (a test holds that).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection
from django.utils.translation import ngettext

from consent.people.models import Person
from consent.programmes.models import NoticeKind
from consent.receipts.issuing import issue
from consent.receipts.models import Receipt, StatementType
from consent.receipts.records import ConsentRecord, consent_records, together

from .models import ENDS, Channel, Decision, Standing, State

SEVERAL = "several"  # the state of a receipt whose records differ in theirs
_MOMENT = "SELECT greatest(%s::timestamptz + interval '1 microsecond', clock_timestamp())"


@dataclass(frozen=True)
class Place:
    """Where in a person's row of decisions a new one stands."""

    number: int
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What is recorded for one kind: as which notice describes it, the state, its place, and the locked standing row if there is one."""

    terms: NoticeKind
    state: State
    place: Place
    standing: Standing | None


def next_places(person: Person, how_many: int) -> list[Place]:
    """The next numbers and times. To be called under the person's lock, after every other lock of the act (mechanisms 1).

    The clock is read here and not passed in: a time from before the lock could precede captures that were let in meanwhile.
    Each is strictly after the one before, even when the clock stands still or is set back.
    """
    last = Decision.objects.filter(person=person).order_by("-number").values_list("number", "at").first()
    with connection.cursor() as cursor:
        cursor.execute(_MOMENT, [last[1] if last else None])
        at = cursor.fetchone()[0]
    first = last[0] + 1 if last else 1
    return [Place(number=first + step, at=at + timedelta(microseconds=step)) for step in range(how_many)]


def record(
    *,
    person: Person,
    answers: Sequence[Answer],
    channel: Channel,
    recorded_by: UUID,
    idempotency_key: str | None = None,
) -> list[Decision]:
    """The decisions of one act, their one receipt, its ledger entry and the standing rows, in the caller's transaction (GDPR Art. 7(1)).

    Answers are in the order of their places; an act without any leaves no trace. An idempotency key is for an act of one answer.
    Locks expected: the person's row, the standing rows.
    """
    decisions = [_decision(person, each, channel, recorded_by, idempotency_key) for each in answers]
    if not decisions:
        return []
    receipts = _receipts(person, decisions, answers)
    for decision, each in zip(decisions, answers, strict=True):
        decision.receipt = receipts[decision.pk]
        decision.save(force_insert=True)
        _stand(decision, each.standing)
    return decisions


def _decision(
    person: Person, answer: Answer, channel: Channel, recorded_by: UUID, idempotency_key: str | None
) -> Decision:
    notice, place = answer.terms.notice, answer.place
    return Decision(
        id=uuid4(),
        person=person,
        programme=notice.programme,
        kind=answer.terms.kind,
        state=answer.state,
        number=place.number,
        at=place.at,
        notice=notice,
        terms_digest=answer.terms.terms_digest,
        text_sha256=notice.text_sha256,
        channel=channel,
        recorded_by=recorded_by,
        idempotency_key=idempotency_key,
        erase_after=place.at + timedelta(days=notice.programme.grace_days) if answer.state in ENDS else None,
    )


def _receipts(person: Person, decisions: Sequence[Decision], answers: Sequence[Answer]) -> dict[UUID, Receipt]:
    """One act, one receipt, one leaf: it carries a record of each decision. By decision, since an act too large for one has more."""
    stated = [_stated(decision, each.terms) for decision, each in zip(decisions, answers, strict=True)]
    found: dict[UUID, Receipt] = {}
    for records in together(stated):
        receipt = _receipt(person, records, at=decisions[-1].at)
        found |= {each.decision_id: receipt for each in records}
    return found


def _receipt(person: Person, records: Sequence[ConsentRecord], *, at: datetime) -> Receipt:
    states = {each.state for each in records}
    return issue(
        person=person,
        statement=StatementType.DECISION,
        state=states.pop() if len(states) == 1 else SEVERAL,
        about=_about(records),
        body=consent_records(records),
        at=at,
    )


def _about(records: Sequence[ConsentRecord]) -> str:
    """For lists: the one kind, or how many choices there are; with the programme if it is one."""
    programmes = {each.programme_name for each in records}
    how_many = ngettext("%(count)d choice", "%(count)d choices", len(records)) % {"count": len(records)}
    what = records[0].kind_label if len(records) == 1 else how_many
    return f"{programmes.pop()}: {what}" if len(programmes) == 1 else what


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

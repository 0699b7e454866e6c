"""What stands for a person in some programmes, read in one statement: the ground on which the gate and the permissions decide.

Reading decides nothing by itself: what the gate stores is decided by its INSERT, under locks (mechanisms 1).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection

from consent.choices.models import State
from consent.people.models import Person
from consent.programmes.kinds import CATALOGUE
from consent.programmes.models import NoticeVersion, ProgrammeState
from consent.programmes.notices import includes

# One statement is one snapshot: spans read before the standing row could be older than its span_version.
# The notice in force is the one of the highest number, as in programmes.notices.in_force.
_GROUND = """
SELECT p.id, p.slug, p.state, n.id,
    q.employer_id, q.department, q.location, q.worker_type,
    (SELECT jsonb_object_agg(s.kind, jsonb_build_object(
        'state', s.state, 'digest', s.terms_digest, 'decision_no', s.decision_no, 'span_version', s.span_version,
        'since', (extract(epoch FROM s.since) * 1000000)::bigint,
        'paused', coalesce(s.paused_until > clock_timestamp(), false)))
     FROM choices_standing s WHERE s.person_id = q.id AND s.programme_id = p.id)::text,
    (SELECT jsonb_agg(jsonb_build_array(
        e.kind, (extract(epoch FROM e.start) * 1000000)::bigint, (extract(epoch FROM e."end") * 1000000)::bigint))
     FROM choices_erasedspan e WHERE e.person_id = q.id AND (e.programme_id IS NULL OR e.programme_id = p.id))::text,
    (SELECT jsonb_agg(jsonb_build_array(
        (extract(epoch FROM x.start) * 1000000)::bigint, (extract(epoch FROM x."end") * 1000000)::bigint))
     FROM programmes_suspension x WHERE x.programme_id = p.id AND x."end" IS NOT NULL)::text
FROM programmes_programme p
JOIN people_person q ON q.id = %s
LEFT JOIN LATERAL (
    SELECT id FROM programmes_noticeversion WHERE programme_id = p.id ORDER BY number DESC LIMIT 1
) n ON true
WHERE p.id = ANY(%s::uuid[])
"""


@dataclass(frozen=True)
class Terms:
    """What the notice in force says about one kind of data, and since when notices say just that without a break.

    A consent that stood before other terms came and went does not cover what was captured meanwhile.
    """

    kind: str
    fields: tuple[str, ...]
    apps: tuple[str, ...] | None
    per_minute: int | None
    digest: str
    in_force_since: datetime


@dataclass(frozen=True)
class Notice:
    """The notice in force, as far as the gate needs it. A notice never changes once published."""

    id: UUID
    number: int
    ends_on: date
    terms: Mapping[str, Terms]
    row: NoticeVersion


@dataclass(frozen=True)
class Stand:
    """What stands for one kind. `since` is in microseconds since 1970."""

    state: State
    digest: str
    decision_no: int
    span_version: int
    since: int
    paused: bool


@dataclass(frozen=True)
class Span:
    """A deleted span: of one kind or (empty) of every kind. `start` None is from the beginning; `end` is excluded."""

    kind: str
    start: int | None
    end: int


@dataclass(frozen=True)
class Stop:
    """A time, over by now, in which the programme was suspended: from `start` (included) to `end` (excluded), in microseconds."""

    start: int
    end: int


@dataclass(frozen=True)
class Ground:
    """One programme as it stands for one person."""

    programme: UUID
    slug: str
    state: ProgrammeState
    notice: Notice | None
    offered: bool
    standing: Mapping[str, Stand]
    spans: tuple[Span, ...]
    stops: tuple[Stop, ...] = ()

    def spans_of(self, kind: str) -> list[Span]:
        """The deleted spans that cover this kind."""
        return [span for span in self.spans if span.kind in ("", kind)]


def read_ground(*, person_id: UUID, programme_ids: Iterable[UUID]) -> dict[UUID, Ground]:
    """What stands now, by programme. Row-level security: the session must act for this person, or nothing seems to stand."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUND, [person_id, list(programme_ids)])
        return {row[0]: _ground(row) for row in cursor.fetchall()}


def refusal_of_programme(ground: Ground, *, enrolled: bool, at: datetime) -> str | None:
    """Why nothing of this programme may be stored for this person now, whatever kind it is; None when intake is open."""
    if ground.state == ProgrammeState.ENDED or (ground.notice and ground.notice.ends_on < at.date()):
        return "programme_ended"
    if ground.state == ProgrammeState.SUSPENDED:
        return "programme_suspended"
    if ground.notice is None:
        return "undisclosed_kind"
    return None if enrolled and ground.offered else "not_offered"


def refusal_of_kind(ground: Ground, kind: str) -> str | None:
    """Why no event of this kind may be stored now, if intake of the programme is open; None when consent stands."""
    if ground.notice is None or kind not in ground.notice.terms:
        return "undisclosed_kind"
    stand = ground.standing.get(kind)
    if stand is None or stand.state in (State.UNDECIDED, State.REFUSED):
        return "not_consented"
    if stand.state != State.GIVEN:
        return "withdrawn"
    if stand.digest != ground.notice.terms[kind].digest:
        return "not_consented"
    return "paused" if stand.paused else None


def open_kinds(ground: Ground, *, at: datetime) -> list[Terms]:
    """What may be captured of this programme now by a collector enrolled for it, kind by kind."""
    if ground.notice is None or refusal_of_programme(ground, enrolled=True, at=at):
        return []
    return [terms for kind, terms in sorted(ground.notice.terms.items()) if refusal_of_kind(ground, kind) is None]


def version_of(grounds: Iterable[Ground], *, at: datetime) -> str:
    """A digest that changes when, and only when, what may be captured changes."""
    told = [
        [ground.slug, terms.kind, terms.digest, ground.standing[terms.kind].decision_no]
        for ground in sorted(grounds, key=lambda each: each.slug)
        for terms in open_kinds(ground, at=at)
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@lru_cache(maxsize=256)
def _notice(notice_id: UUID) -> Notice:
    """Held by this process: a published notice is immutable, and only its id decides which one is in force."""
    row = NoticeVersion.objects.select_related("programme").get(pk=notice_id)
    terms = {
        each.kind: Terms(
            kind=each.kind,
            fields=tuple(each.fields),
            apps=None if each.apps_allowed is None else tuple(each.apps_allowed),
            per_minute=each.max_per_minute,
            digest=each.terms_digest,
            in_force_since=_same_since(row, each.kind, each.terms_digest),
        )
        for each in row.kinds.all()
        if each.kind in CATALOGUE
    }
    return Notice(id=row.pk, number=row.number, ends_on=row.ends_on, terms=terms, row=row)


def _same_since(notice: NoticeVersion, kind: str, digest: str) -> datetime:
    """When the first of the notices was published that, up to this one, all say the same about the kind."""
    earlier = NoticeVersion.objects.filter(programme=notice.programme_id, number__lt=notice.number)
    since = notice.published_at
    for each in earlier.prefetch_related("kinds").order_by("-number"):
        if not any(said.kind == kind and said.terms_digest == digest for said in each.kinds.all()):
            break
        since = each.published_at
    return since


def _ground(row: tuple[Any, ...]) -> Ground:
    programme, slug, state, notice_id, employer, department, location, worker_type, standing, spans, stops = row
    notice = _notice(notice_id) if notice_id else None
    who = Person(employer_id=employer, department=department, location=location, worker_type=worker_type)
    return Ground(
        programme=programme,
        slug=slug,
        state=ProgrammeState(state),
        notice=notice,
        offered=notice is not None and includes(notice.row, who),
        standing={
            kind: Stand(**(each | {"state": State(each["state"])}))
            for kind, each in json.loads(standing or "{}").items()
        },
        spans=tuple(Span(*each) for each in json.loads(spans or "[]")),
        stops=tuple(Stop(*each) for each in json.loads(stops or "[]")),
    )

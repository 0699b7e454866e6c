"""The deletions that follow the end of a consent: by themselves after the time of grace, or at once when the person says now.

What was captured on consent alone goes when the consent ends, without a second request (GDPR Art. 17(1)(b)).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, Max, OuterRef, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from consent.captures.models import Segment
from consent.choices.models import Decision, State
from consent.database import acting_for
from consent.people.models import Person
from consent.programmes.scopes import Scope

from .lodging import lodge
from .models import Origin, RequestType, RightsRequest
from .stumbling import stumbling

SERVICE = "sweep"
AT_ONCE = 50
ORIGIN = {
    State.WITHDRAWN: Origin.WITHDRAWAL,
    State.REVOKED: Origin.LEAVER,
    State.EXPIRED: Origin.ENDED,
    State.INVALIDATED: Origin.ENDED,
}


class NotWithdrawn(Exception):
    """The person has no such decision, or it is no end of a consent."""

    code = "not_withdrawn"


def delete_now(*, person: Person, decision_id: UUID, at: datetime) -> RightsRequest:
    """“Delete it now”: the deletion that follows the end of a consent, before its time of grace is over. Twice is the same request.

    The session acts for the person. Raises NotWithdrawn.
    """
    decision = Decision.objects.filter(pk=decision_id, person=person, state__in=ORIGIN).first()
    if decision is None:
        raise NotWithdrawn(_("This choice is not the end of one that you had allowed."))
    return _lodge(decision, at, lodged_by=person.pk)


def coming_deletions(person: Person) -> list[Decision]:
    """The ends of the person's consents whose deletion nobody has asked for yet, newest first: each is due on its `erase_after`.

    Also of kinds that were allowed again since: the new yes keeps nothing of what the old one had brought in. The session acts
    for the person.
    """
    handled = RightsRequest.objects.filter(decision=OuterRef("pk"))
    ended = Decision.objects.filter(person=person, state__in=ORIGIN, erase_after__isnull=False)
    return list(ended.filter(~Exists(handled)).order_by("-number"))


def lodge_due(*, at: datetime) -> int:
    """Lodges a deletion for each ended consent whose time of grace is over, once; returns how many were due. Safe in parallel.

    Of a consent that the employer ended because the person left, the grace is the programme's too.
    """
    due = due_decisions(at=at)
    for decision in due:
        with stumbling(what=f"deletion of {decision.pk}"), acting_for(decision.person_id):
            _lodge(decision, at)
    return len(due)


def due_decisions(*, at: datetime) -> list[Decision]:
    """The oldest of the ended consents that are due and have no deletion yet."""
    grace = ExpressionWrapper(F("programme__grace_days") * Value(timedelta(days=1)), output_field=DurationField())
    with acting_for(None, service=SERVICE):
        ended = Decision.objects.filter(state__in=ORIGIN).annotate(
            # The day was promised on the receipt: the programme's days of today do not move it. (Leavers of old have none.)
            due=Coalesce("erase_after", ExpressionWrapper(F("at") + grace, output_field=DateTimeField()))
        )
        handled = RightsRequest.objects.filter(decision=OuterRef("pk"))
        found = ended.filter(~Exists(handled), due__lte=at).select_related("person").order_by("due", "pk")
        return list(found[:AT_ONCE])


def scope_of(decision: Decision) -> Scope:
    """What was captured on the consents that this decision ended: of its kind, until it, a fast clock's last minutes included."""
    last = Segment.objects.filter(
        person=decision.person_id,
        programme=decision.programme_id,
        kind=decision.kind,
        decision_no__lt=decision.number,
    ).aggregate(found=Max("end"))["found"]
    end = max(decision.at, last + timedelta(microseconds=1)) if last else decision.at
    return Scope(programme_id=decision.programme_id, kinds=(decision.kind,), end=end)


def _lodge(decision: Decision, at: datetime, lodged_by: UUID | None = None) -> RightsRequest:
    return lodge(
        person=decision.person,
        type=RequestType.DELETION,
        scope=scope_of(decision),
        at=at,
        origin=ORIGIN[State(decision.state)],
        lodged_by=lodged_by,
        decision_id=decision.pk,
    )

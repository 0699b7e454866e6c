"""Ends the consents given to a notice that has ended, person by person, and tells everyone who had answered it.

Whoever said yes and whoever said no get the same letter in the same walk: from outside nobody can tell them apart (P7).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from consent.choices.ending import end_under
from consent.choices.models import Decision, State
from consent.database import acting_for
from consent.letters import outbox
from consent.people.models import Person
from consent.programmes.closings import expire, open_closings, seen_to
from consent.programmes.models import Closing

from .stumbling import stumbling

SERVICE = "sweep"
AT_ONCE = 100
LETTER = {Closing.State.EXPIRED: "notice_expired", Closing.State.INVALIDATED: "notice_invalidated"}


def end_due(*, at: datetime) -> int:
    """Closes the notices that are over, and sees to up to a hundred people of each closing; returns to how many. Safe in parallel."""
    expire(at=at)
    return sum(_walk_on(closing, at) for closing in open_closings())


def _walk_on(closing: Closing, at: datetime) -> int:
    people = _next_people(closing)
    stumbled = False
    for person in people:
        ended = False
        with stumbling(what=f"end of consents to notice {closing.notice_id} of {person.pk}"):
            _see_to(person, closing, at)
            ended = True
        stumbled = stumbled or not ended
    seen_to(closing, last=people[-1].pk if people else None, stumbled=stumbled, at=at)
    return len(people)


def _next_people(closing: Closing) -> list[Person]:
    """Whose last answer about some kind was one to this notice; those who have left were told all when they left."""
    with acting_for(None, service=SERVICE):
        about = {name: OuterRef(name) for name in ("person", "programme", "kind")}
        later = Decision.objects.filter(number__gt=OuterRef("number"), **about)
        last = Decision.objects.filter(~Exists(later), notice=closing.notice_id, person__is_active=True)
        if closing.cursor:
            last = last.filter(person__gt=closing.cursor)
        ids = list(last.order_by("person").values_list("person", flat=True).distinct()[:AT_ONCE])
    return list(Person.objects.filter(pk__in=ids).order_by("pk"))


def _see_to(person: Person, closing: Closing, at: datetime) -> None:
    """One person's consents and letter, in one transaction; a second time changes nothing."""
    with acting_for(person.pk), transaction.atomic():
        end_under(person=person, notice=closing.notice, state=State(closing.state), by=closing.by)
        outbox.write(
            person=person,
            template=LETTER[Closing.State(closing.state)],
            values={"programme": closing.notice.programme.name, "day": closing.at.date(), "why": closing.reason},
            key=f"closing:{closing.pk}:{person.pk}",
            at=at,
        )

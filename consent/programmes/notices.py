"""Which notice is in force, to whom it is offered, and how two versions differ."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consent.people.models import Person

from .differences import Difference as Difference
from .differences import difference as difference
from .models import NoticeKind, NoticeVersion, Programme, ProgrammeState


class NotOffered(Exception):
    """The programme does not ask this person for this kind of data."""

    code = "not_offered"


class NoSuchNotice(Exception):
    """There is no notice of this programme and number."""

    code = "no_such_notice"


@dataclass(frozen=True)
class Offer:
    """What a programme asks of one person now. `programme.state` tells whether intake is open."""

    programme: Programme
    notice: NoticeVersion
    kinds: tuple[NoticeKind, ...]


def _notices() -> QuerySet[NoticeVersion]:
    return NoticeVersion.objects.select_related("programme").prefetch_related("kinds")


def in_force(programme: Programme) -> NoticeVersion | None:
    """The latest notice of the programme, with its kinds; None before the first is published."""
    return _notices().filter(programme=programme).order_by("-number").first()


def notice(slug: str, number: int) -> NoticeVersion:
    """One version, as published, with its kinds. Raises NoSuchNotice."""
    found = _notices().filter(programme__slug=slug, number=number).first()
    if found is None:
        raise NoSuchNotice(_("There is no such notice."))
    return found


def includes(notice: NoticeVersion, person: Person) -> bool:
    """Whether the person belongs to those whom the notice invites: people of its employer, and of the places and groups it names."""
    if person.employer_id != notice.programme.controller_id:
        return False
    own = {"departments": person.department, "locations": person.location, "worker_types": person.worker_type}
    return all(own.get(group) in names for group, names in notice.audience.items())


def offers_for(person: Person) -> list[Offer]:
    """What is asked of this person, by programme name. Suspended programmes are included, ended ones are not."""
    running = Programme.objects.exclude(state=ProgrammeState.ENDED)
    latest = _notices().filter(programme__in=running).order_by("programme__name", "programme_id", "-number")
    found = [each for each in latest.distinct("programme__name", "programme_id") if includes(each, person)]
    return [Offer(programme=each.programme, notice=each, kinds=tuple(each.kinds.all())) for each in found]


def check_offered(person: Person, programme: Programme, kind: str) -> NoticeKind:
    """What the notice in force says about this kind, if it is asked of this person. Raises NotOffered."""
    current = in_force(programme)
    if current is not None and includes(current, person):
        for each in current.kinds.all():
            if each.kind == kind:
                each.notice = current
                return each
    raise NotOffered(_("This programme does not ask you for this kind of data."))

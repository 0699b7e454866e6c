"""What is recorded at this moment, and what each device has said to the choices: the banner of “Your choices”."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from consent.captures.permissions import permissions
from consent.choices.overview import ProgrammeChoices
from consent.collectors.confirmations import collectors_of
from consent.collectors.models import Collector
from consent.people.models import Person

CONFIRMS_WITHIN = timedelta(seconds=60)
SOON, SELDOM = "2s", "10s"


class Answer(StrEnum):
    """What a device has said to the choices that stand."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    LATE = "late"


@dataclass(frozen=True)
class Device:
    """One device, what it said, and when it last said anything."""

    name: str
    state: Answer
    at: datetime | None
    today: bool


@dataclass(frozen=True)
class Now:
    """`kinds` are recorded, by name. `poll` is how soon to ask again, empty when every device has confirmed."""

    kinds: tuple[str, ...]
    devices: tuple[Device, ...]

    @property
    def list(self) -> str:
        """The kinds in one breath."""
        return get_text_list(list(self.kinds), _("and"))

    @property
    def poll(self) -> str:
        """Two seconds while a device may still answer, ten when it is late."""
        states = {device.state for device in self.devices}
        return SOON if Answer.WAITING in states else SELDOM if Answer.LATE in states else ""


def now_of(person: Person, choices: list[ProgrammeChoices], *, at: datetime) -> Now:
    """The banner for this person, from their choices and what their devices confirmed."""
    kinds = tuple(label for programme in choices for label in programme.recorded)
    changed = max((kind.since for programme in choices for kind in programme.kinds if kind.since), default=None)
    return Now(kinds, tuple(_device(collector, changed=changed, at=at) for collector in collectors_of(person)))


def _device(collector: Collector, *, changed: datetime | None, at: datetime) -> Device:
    current = permissions(collector=collector, at=at).version
    if collector.confirmed_at and collector.confirmed_version == current:
        return Device(collector.name, Answer.CONFIRMED, collector.confirmed_at, _same_day(collector.confirmed_at, at))
    since = max(filter(None, (changed, collector.enrolled_at)))
    state = Answer.LATE if at - since > CONFIRMS_WITHIN else Answer.WAITING
    return Device(collector.name, state, collector.seen_at, False)


def _same_day(one: datetime, other: datetime) -> bool:
    return timezone.localtime(one).date() == timezone.localtime(other).date()

"""A person's own requests, and where each stands: only places with a proof count as done."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consent.people.models import Person
from consent.receipts.models import Receipt

from .models import Event, RequestState, RightsRequest, Step, StepState
from .proofs import next_try, sentence_of
from .states import STATES, is_final


class NotFound(Exception):
    """The person has no request of that number."""

    code = "not_found"


@dataclass(frozen=True)
class PlaceProgress:
    """One place: what it is called, where it stands, what it proved or waits for, and since when or until when."""

    place: str
    name: str
    state: StepState
    sentence: str
    removed: int
    expected: int
    done_at: datetime | None
    next_try: datetime | None


@dataclass(frozen=True)
class Progress:
    """Where a request stands, as its page says it. `done` of `total` places have proof; nothing is estimated."""

    request: RightsRequest
    places: tuple[PlaceProgress, ...]
    events: tuple[Event, ...]
    held_because: str
    next_step: str

    @property
    def total(self) -> int:
        """How many places there are."""
        return len(self.places)

    @property
    def done(self) -> int:
        """How many places have given proof."""
        return sum(place.state == StepState.DONE for place in self.places)

    @property
    def final(self) -> bool:
        """Whether nothing more happens."""
        return is_final(RequestState(self.request.state))

    @property
    def certificate(self) -> Receipt | None:
        """The certificate, once there is one."""
        return self.request.certificate


def requests_of(person: Person) -> QuerySet[RightsRequest]:
    """The person's requests, newest first."""
    return RightsRequest.objects.filter(person=person).order_by("-received_at", "-number")


def request_of(person: Person, number: str) -> RightsRequest:
    """The person's request of this number, with its receipts and steps. Raises NotFound, for others' numbers too."""
    found = RightsRequest.objects.filter(person=person, number=number).select_related("receipt", "certificate")
    request = found.prefetch_related("steps").first()
    if request is None:
        raise NotFound(_("You have no request of that number."))
    return request


def progress(person: Person, number: str) -> Progress:
    """Where the request stands now. Raises NotFound."""
    request = request_of(person, number)
    events = tuple(Event.objects.filter(request=request))
    held = [event.note for event in events if event.what == "held"] if request.state == RequestState.HELD else []
    return Progress(
        request=request,
        places=tuple(_place(step) for step in request.steps.all()),
        events=events,
        held_because=held[-1] if held else "",
        next_step=str(STATES[RequestState(request.state)].next_step),
    )


def _place(step: Step) -> PlaceProgress:
    return PlaceProgress(
        place=step.place.partition(":")[0],
        name=step.place_name,
        state=StepState(step.state),
        sentence=sentence_of(step),
        removed=step.removed,
        expected=step.expected,
        done_at=step.done_at,
        next_try=next_try(step),
    )

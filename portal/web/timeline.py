"""What was captured: totals, days, one day, one hour, the pictures in it, and who looked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consent.captures import timeline
from consent.captures.agreement import outside
from consent.captures.opening import Event, Unreadable, open_events
from consent.captures.timeline import Day
from consent.choices.history import Interval, allowed_times, decision_times
from consent.choices.spans import spans_of
from consent.consultations.looks import who_looked as looks_at
from consent.people.models import Person
from consent.programmes.kinds import CATALOGUE
from consent.programmes.models import Programme

from .asking import ScopeForm
from .clock import zone_of
from .days import DayView, day_view, hour_of, neighbours
from .hours import evidence_of
from .months import sheets
from .signed import SignedRequest

PER_PAGE = 50
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; what it does not say, or says wrongly, is left to the page."""

    kind: str | None
    month: date
    day: date | None
    hour: int | None


@require_safe
def captured(request: SignedRequest) -> HttpResponse:
    """Everything stored about the person, in numbers; an hour is opened, and written down, only when it is asked for."""
    at, person = timezone.now(), request.user
    totals = timeline.totals(person.pk)
    asked = _asked(request.GET, newest=totals.newest or at)
    today = timezone.localtime(at).date()
    zone, shown = zone_of(person), asked.day or timezone.localtime(totals.newest or at).date()
    day = timeline.day(person.pk, day=shown, zone=zone, kind=asked.kind)
    hour = hour_of(day, asked.hour) if asked.hour is not None else None
    months = timeline.calendar(person.pk, last=asked.month, zone=zone, kind=asked.kind)
    context = {
        "asked": asked,
        "totals": totals,
        "outside": outside(person=person),
        "chips": [(kind, _label(kind), count) for kind, count in totals.by_kind.items()],
        "refusals": timeline.refusals(person.pk),
        "sheets": sheets(
            months,
            erased=[span for span in spans_of(person.pk) if asked.kind is None or span.kind in {"", asked.kind}],
            allowed=_allowed(person, asked.kind),
            today=today,
        ),
        "earlier": months[0].first,
        "later": _later(asked.month, today=today),
        "view": _view(day),
        "neighbours": neighbours(day, today=today),
        "hour": hour,
        "form": ScopeForm(initial=_chosen(request.GET, asked, shown, hour)),
        "zone": zone.key,
    }
    if hour:
        context |= _opened(person, day, hour, asked.kind, at=at)
    return render(request, "captured/captured.html", context)


@require_safe
def picture(request: SignedRequest, moment: str, number: int) -> HttpResponse:
    """One screenshot, opened for the person it is of, and written down like every opening."""
    try:
        t = datetime.strptime(moment, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
        found = _open(request.user, t, t + timedelta(microseconds=1), ["screenshot"], at=timezone.now())
        image = found[number].values["image"]
    except (ValueError, IndexError, KeyError) as missing:
        raise Http404 from missing
    kinds = (kind for start, kind in PICTURES.items() if image.startswith(start))
    response = HttpResponse(image, content_type=next(kinds, "application/octet-stream"))
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
def who_looked(request: SignedRequest) -> HttpResponse:
    """Every look at the person's data, by whom and why (GDPR Article 15(1)(c))."""
    looks = looks_at(person_id=request.user.pk, decided=decision_times(request.user))
    page = Paginator(looks, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "captured/who_looked.html", {"page": page})


def _asked(given: QueryDict, *, newest: datetime) -> Asked:
    day = _date(given.get("day", ""))
    month = _date(f"{given.get('month', '')}-01")
    hour = given.get("hour", "")
    kind = given.get("kind", "")
    return Asked(
        kind=kind if kind in CATALOGUE else None,
        month=month or day or timezone.localtime(newest).date(),
        day=day,
        hour=int(hour) if hour.isdecimal() and len(hour) <= 2 and day else None,
    )


def _date(text: str) -> date | None:
    """A day of our calendar; None for what is none, or lies where time zones cannot be reckoned."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year < 2200 else None


def _opened(
    person: Person, day: Day, hour: tuple[datetime, datetime], kind: str | None, *, at: datetime
) -> dict[str, Any]:
    """The content of an hour. What was altered in the store is not shown as if it were whole."""
    kinds = sorted({lane.kind for lane in day.lanes})
    try:
        return {"evidence": evidence_of(_open(person, *hour, [kind] if kind else kinds, at=at))}
    except Unreadable as error:
        return {"unreadable": str(error)}


def _open(person: Person, start: datetime, end: datetime, kinds: list[str], *, at: datetime) -> list[Event]:
    return open_events(
        person_id=person.pk,
        actor=person,
        label=person.full_name,
        why=_("To see what was captured"),
        start=start,
        end=end,
        kinds=kinds,
        at=at,
    )


def _view(day: Day) -> DayView:
    labels = {lane.kind: _label(lane.kind) for lane in day.lanes}
    return day_view(day, labels=labels, names=dict(Programme.objects.values_list("slug", "name")))


def _allowed(person: Person, kind: str | None) -> list[Interval]:
    """Every time in which something (or this kind) was allowed."""
    times = allowed_times(person_id=person.pk)
    return [each for (_programme, of), whole in times.items() if kind in (None, of) for each in whole]


def _later(month: date, *, today: date) -> date | None:
    """The month that the next page of the calendar ends with; None when it would only show what has not come."""
    this = today.replace(day=1)
    number = month.year * 12 + month.month - 1 + timeline.MONTHS
    return min(date(number // 12, number % 12 + 1, 1), this) if month.replace(day=1) < this else None


def _chosen(given: QueryDict, asked: Asked, day: date, hour: tuple[datetime, datetime] | None) -> dict[str, Any]:
    """What the form to delete begins with: what was chosen before, else the hour or the day that is open."""
    if "to_day" in given:
        return {name: given.getlist("kinds") if name == "kinds" else given.get(name) for name in ScopeForm.base_fields}
    start = timezone.localtime(hour[0]) if hour else None
    end = timezone.localtime(hour[1]) if hour else None
    return {
        "from_day": start.date() if start else day,
        "from_time": start.time() if start else None,
        "to_day": end.date() if end else day,
        "to_time": end.time() if end else None,
        "kinds": [asked.kind] if asked.kind else [],
    }


def _label(kind: str) -> str:
    return str(CATALOGUE[kind].label) if kind in CATALOGUE else kind

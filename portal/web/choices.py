"""Your choices: see what is asked, answer it, and turn everything off."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consent.choices.decisions import KeyReused, NotByAnother, NoticeChanged
from consent.choices.decisions import decide as decide_choice
from consent.choices.models import Channel, Decision, State
from consent.choices.off import turn_everything_off
from consent.choices.overview import ProgrammeChoices, overview
from consent.people.roles import Inactive
from consent.programmes.models import Programme
from consent.programmes.notices import NoSuchNotice, NotOffered, notice
from consent.programmes.states import ProgrammeClosed

from .asking import AnswerForm
from .cards import Card, card_of, deletions_of, said
from .now import Now, now_of
from .signed import SignedRequest
from .templatetags.candor import when

ANSWERS = {"allow": State.GIVEN, "deny": State.REFUSED}


@dataclass(frozen=True)
class Page:
    """All of “Your choices”."""

    now: Now
    cards: tuple[Card, ...]


@require_safe
def choices(request: SignedRequest) -> HttpResponse:
    """Everything that is asked of the person, and what stands; with `part=now` only the banner."""
    at = timezone.now()
    asked = overview(request.user)
    if request.GET.get("part") == "now":
        return render(request, "choices/_now.html", {"now": now_of(request.user, asked, at=at)})
    deletions = deletions_of(request.user)
    cards = tuple(card_of(one, deletions=deletions, at=at) for one in asked)
    return render(request, "choices/index.html", {"page": Page(now_of(request.user, asked, at=at), cards)})


@require_POST
def decide(request: SignedRequest) -> HttpResponse:
    """One answer to one question: in force when the page comes back (GDPR Article 7)."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Http404
    answer = form.cleaned_data
    try:
        decision = decide_choice(
            person=request.user,
            programme=answer["programme"],
            kind=answer["kind"],
            state=ANSWERS[answer["answer"]],
            notice_version=answer["notice_version"],
            channel=Channel.PORTAL,
            recorded_by=request.user.pk,
            idempotency_key=answer["key"],
        )
    except NotOffered as refusal:
        raise Http404 from refusal
    except NoticeChanged:
        return _changed(request, answer["programme"], answer["notice_version"])
    except (ProgrammeClosed, KeyReused, NotByAnother, Inactive) as refusal:
        return render(request, "409.html", {"problem": str(refusal), "url": reverse("web:choices")}, status=409)
    return _answered(request, decision) or _seen_again(request, decision)


@require_POST
def turn_off(request: SignedRequest) -> HttpResponse:
    """No to everything, in one act."""
    made = turn_everything_off(person=request.user, channel=Channel.PORTAL, recorded_by=request.user.pk)
    words = _("Everything is off.")
    if made:
        words = format_html("{} {}", words, _linked(made[0]))
    messages.success(request, words)
    return redirect("web:choices")


def _seen_again(request: SignedRequest, decision: Decision) -> HttpResponse:
    """The whole page once more, with the answer as a message. A card that is gone, because nothing is asked any more, too."""
    messages.success(request, _receipted(decision))
    place = f"{reverse('web:choices')}#programme-{decision.programme.slug}"
    if not request.htmx:
        return redirect(place)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = reverse("web:choices")
    return response


def _answered(request: SignedRequest, decision: Decision) -> HttpResponse | None:
    """The fragment after a press: the card with the answer, and the banner beside it. None where a whole page is due."""
    at, asked = timezone.now(), overview(request.user)
    own = _of(asked, decision.programme_id)
    if own is None or not request.htmx:
        return None
    card = card_of(own, deletions=deletions_of(request.user), at=at, answered=decision)
    now = now_of(request.user, asked, at=at)
    spoken = " ".join(row.said for row in card.rows if row.answered)
    return render(request, "choices/_answer.html", {"card": card, "now": now, "said": spoken})


def _changed(request: SignedRequest, programme: Programme, version: int | None) -> HttpResponse:
    """409: the notice is another one than the person saw; the difference, and the choice on the new one."""
    try:
        seen = notice(programme.slug, version) if version is not None else None
    except NoSuchNotice:
        seen = None
    at, asked = timezone.now(), overview(request.user)
    own = _of(asked, programme.pk)
    if own is None:
        raise Http404
    card = card_of(own, deletions=deletions_of(request.user), at=at, seen=seen)
    context = {"card": card, "now": now_of(request.user, asked, at=at), "said": _("The notice has changed.")}
    template = "choices/_answer.html" if request.htmx else "choices/notice_changed.html"
    return render(request, template, context, status=409)


def _of(asked: list[ProgrammeChoices], programme: UUID) -> ProgrammeChoices | None:
    return next((one for one in asked if one.programme.pk == programme), None)


def _receipted(decision: Decision) -> str:
    """State, time and receipt number of a decision, for the message after a redirect."""
    kind = decision.notice.kinds.filter(kind=decision.kind).first()
    return format_html("{} {} {}", said(decision, kind) if kind else "", when(decision.at, "exact"), _linked(decision))


def _linked(decision: Decision) -> str:
    """The receipt of the act that a decision belongs to."""
    number = _("Receipt %(number)s") % {"number": decision.receipt.number}
    return format_html('<a href="{}">{}</a>', reverse("web:receipt", args=[decision.receipt_id]), number)

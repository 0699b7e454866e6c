"""One card per programme on “Your choices”: what is asked, what stands, and what became of what was recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from consent.choices.models import Decision, State
from consent.choices.overview import KindChoice, ProgrammeChoices
from consent.people.models import Person
from consent.programmes.models import NoticeKind, NoticeVersion, Programme
from consent.programmes.notices import Difference, difference
from consent.programmes.states import ProgrammeClosed, check_open
from consent.receipts.models import Receipt
from consent.rights.models import RightsRequest
from consent.rights.reading import requests_of
from consent.rights.withdrawals import coming_deletions

NO = frozenset({State.REFUSED, State.WITHDRAWN})


@dataclass(frozen=True)
class Deletions:
    """What becomes of what was recorded on a yes that was withdrawn: asked for, by the withdrawal's id, or still to come."""

    asked: Mapping[UUID, RightsRequest]
    coming: Sequence[Decision]

    def asked_after(self, decision: Decision | None) -> RightsRequest | None:
        """The deletion that follows this withdrawal."""
        return self.asked.get(decision.pk) if decision else None

    def before(self, decision: Decision | None) -> tuple[Decision, ...]:
        """The withdrawals of the same kind, before this decision, that are still to be followed by theirs."""
        if decision is None:
            return ()
        kind = (decision.programme_id, decision.kind)
        return tuple(
            one for one in self.coming if (one.programme_id, one.kind) == kind and one.number < decision.number
        )


def deletions_of(person: Person) -> Deletions:
    """What becomes of what was recorded on this person's withdrawn consents."""
    asked = {one.decision: one for one in requests_of(person) if one.decision}
    return Deletions(asked=asked, coming=coming_deletions(person))


@dataclass(frozen=True)
class Row:
    """One kind of data on a card. `key` makes a press count once; `answered` is the decision just made here, if any.

    `deletion` follows the decision that stands; `earlier` are withdrawals before it whose deletions are still to come.
    """

    choice: KindChoice
    deletion: RightsRequest | None = None
    earlier: tuple[Decision, ...] = ()
    answered: Decision | None = None
    key: str = field(default_factory=lambda: uuid4().hex)

    @property
    def kind(self) -> NoticeKind:
        """What the notice says about this kind."""
        return self.choice.kind

    @property
    def state(self) -> str:
        """What stands."""
        return str(self.choice.state)

    @property
    def since(self) -> datetime | None:
        """Since when it stands."""
        return self.choice.since

    @property
    def notice_changed(self) -> bool:
        """Whether a yes no longer counts because the terms are others now."""
        return self.choice.notice_changed

    @property
    def allowed(self) -> bool:
        """Whether Allow holds."""
        return self.choice.state == State.GIVEN

    @property
    def denied(self) -> bool:
        """Whether Don't allow holds: the person's own no, never an ending by somebody else."""
        return self.choice.state in NO

    @property
    def decision(self) -> Decision | None:
        """The decision that stands."""
        return self.choice.decision

    @property
    def channel(self) -> str:
        """How the decision that stands reached Candor."""
        return str(self.choice.decision.channel) if self.choice.decision else ""

    @property
    def written_by(self) -> str:
        """Who wrote the decision that stands down for the person; empty when they made it themselves."""
        made = self.choice.decision
        if made is None or made.recorded_by == made.person_id:
            return ""
        return Person.objects.values_list("full_name", flat=True).filter(pk=made.recorded_by).first() or ""

    @property
    def erase_after(self) -> datetime | None:
        """When what was recorded on the withdrawn yes is deleted."""
        return self.choice.erase_after

    @property
    def receipt(self) -> Receipt | None:
        """The receipt of the decision just made here."""
        return self.answered.receipt if self.answered else None

    @property
    def said(self) -> str:
        """What was just done, in words."""
        return said(self.answered, self.kind) if self.answered else ""


@dataclass(frozen=True)
class Card:
    """One programme. `closed` says why nothing can be allowed now; `differences` what changed since the notice one saw."""

    programme: Programme
    notice: NoticeVersion
    rows: tuple[Row, ...]
    recorded: tuple[str, ...]
    closed: str = ""
    differences: tuple[Difference, ...] = ()
    unanswered: bool = False

    @property
    def slug(self) -> str:
        """The programme's name in addresses."""
        return self.programme.slug

    @property
    def recorded_list(self) -> str:
        """The recorded kinds in one breath."""
        return get_text_list(list(self.recorded), _("and"))

    @property
    def decided(self) -> bool:
        """Whether anything was chosen here."""
        return any(row.choice.state != State.UNDECIDED for row in self.rows)


def card_of(
    choices: ProgrammeChoices,
    *,
    deletions: Deletions,
    at: datetime,
    answered: Decision | None = None,
    seen: NoticeVersion | None = None,
) -> Card:
    """The card. `seen` is the notice that the person had before them when it had changed; by default the one they chose on."""
    older = seen or _chosen_on(choices.kinds)
    return Card(
        programme=choices.programme,
        notice=choices.notice,
        rows=tuple(_row(choice, deletions, answered) for choice in choices.kinds),
        recorded=choices.recorded,
        closed=_closed(choices, at=at),
        differences=tuple(difference(older, choices.notice)) if older and older.pk != choices.notice.pk else (),
        unanswered=seen is not None,
    )


def said(decision: Decision, kind: NoticeKind) -> str:
    """What a decision did, for the message and for those who listen: the kind and the state."""
    if decision.state == State.GIVEN:
        return _("%(kind)s: allowed.") % {"kind": kind.label}
    return _("%(kind)s: not allowed.") % {"kind": kind.label}


def _row(choice: KindChoice, deletions: Deletions, answered: Decision | None) -> Row:
    mine = answered if answered and answered.kind == choice.kind.kind else None
    standing = choice.decision
    return Row(choice, deletions.asked_after(standing), deletions.before(standing), answered=mine)


def _chosen_on(kinds: Iterable[KindChoice]) -> NoticeVersion | None:
    """The notice of a yes that no longer counts, if there is one."""
    stale = [kind.decision.notice for kind in kinds if kind.notice_changed and kind.decision]
    return max(stale, key=lambda notice: notice.number, default=None)


def _closed(choices: ProgrammeChoices, *, at: datetime) -> str:
    try:
        check_open(programme=choices.programme, notice=choices.notice, at=at)
    except ProgrammeClosed as reason:
        return str(reason)
    return ""

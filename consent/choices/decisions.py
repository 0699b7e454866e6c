"""Deciding: the one way in which a consent is given, refused or withdrawn (GDPR Art. 7)."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from consent.people.locks import locked
from consent.people.models import Person
from consent.people.roles import Inactive
from consent.programmes.locks import lock_shared
from consent.programmes.models import NoticeKind, NoticeVersion, Programme
from consent.programmes.notices import NotOffered, check_offered, in_force
from consent.programmes.states import check_open

from .models import ANSWERS, Channel, Decision, Standing, State
from .recording import Answer, next_places, record
from .wording import terms_shown


class NoticeChanged(Exception):
    """The notice in force is not the one that was shown: a consent to the old one would not be informed. `current` is in force."""

    code = "notice_changed"

    def __init__(self, sentence: str, *, current: NoticeVersion) -> None:
        super().__init__(sentence)
        self.current = current


class NotByAnother(Exception):
    """Somebody else tried to say yes for a person."""

    code = "not_by_another"


class KeyReused(Exception):
    """An idempotency key came back with another choice."""

    code = "key_reused"


def decide(
    *,
    person: Person,
    programme: Programme,
    kind: str,
    state: State,
    notice_version: int | None,
    channel: Channel,
    recorded_by: UUID,
    idempotency_key: str | None = None,
) -> Decision:
    """Gives, or refuses or withdraws, consent to one kind of data of one programme; in force from the commit (P1, P7).

    1. For a yes, the programme's shared lock: no notice is published and nothing is suspended until this is committed.
    2. The person's row: decisions of one person happen one after the other, from however many tabs.
    3. A repeated idempotency key is answered with the decision that it made.
    4. A yes is checked: said by the person (GDPR Art. 4(11)), still employed, the kind is asked of them, the programme is open,
       the notice in force is the one shown (Art. 7(2)). A no is not checked: it always succeeds (Art. 7(3)), whatever version
       it names, in a suspended programme too. It is bound to the notice shown, or to the last that asked for this kind.
    5. The standing row. The same answer to the same terms once more is the decision that stands, if the person gives it: somebody who
       writes a no down for them must not learn from what it leaves (the log's size is public) that one stood already.
    6. The time, taken after all locks; then decision, receipt, ledger entry and standing row, all or nothing.

    `refused` and `withdrawn` are the same act: it becomes `withdrawn` if a yes stood, else `refused`.
    Raises NotOffered, NoticeChanged, ProgrammeClosed, NotByAnother, Inactive or KeyReused for a yes; NotOffered for a no only if
    the programme never asked for such a kind. The session must act for the person.
    """
    if state not in ANSWERS:
        raise ValueError(f"{state} is no answer")
    with transaction.atomic():
        if state == State.GIVEN:
            lock_shared(programme.pk)  # 1
        subject = locked(person.pk)  # 2
        before = _made_with(subject, idempotency_key)  # 3
        if before and _is_same(before, programme=programme, kind=kind, state=state):
            return before
        if state == State.GIVEN:  # 4
            if before:
                raise KeyReused(_("This key was used for another choice. Nothing was changed."))
            terms = _checked_terms(subject, programme.pk, kind, notice_version, recorded_by)
        else:
            terms = terms_shown(programme=programme, kind=kind, number=notice_version)
        standing = locked_standing(subject, programme_id=programme.pk, kind=kind)  # 5
        said = answer(state, standing)
        [place] = next_places(subject, 1)  # 6
        if state == State.GIVEN:
            check_open(programme=terms.notice.programme, notice=terms.notice, at=place.at)
        if standing and recorded_by == person.pk and _says_already(standing, said, terms):
            return Decision.objects.get(person=subject, number=standing.decision_no)
        [decision] = record(
            person=subject,
            answers=[Answer(terms, said, place, standing)],
            channel=channel,
            recorded_by=recorded_by,
            idempotency_key=None if before else idempotency_key,
        )
        return decision


def locked_standing(person: Person, *, programme_id: UUID, kind: str) -> Standing | None:
    """What stands, under a lock that waits for intake in progress and that later intake waits for."""
    rows = Standing.objects.select_for_update().filter(person=person, programme_id=programme_id, kind=kind)
    return rows.first()


def answer(state: State, standing: Standing | None) -> State:
    """What is recorded for an answer: a no is a withdrawal if a yes stood (to whatever terms), else a refusal."""
    if state == State.GIVEN:
        return State.GIVEN
    return State.WITHDRAWN if standing and standing.state == State.GIVEN else State.REFUSED


def _says_already(standing: Standing, said: State, terms: NoticeKind) -> bool:
    """Whether the answer, on the same terms, is what stands; a no after a withdrawal is the withdrawal."""
    same_side = standing.state == said or (said == State.REFUSED and standing.state == State.WITHDRAWN)
    return same_side and standing.terms_digest == terms.terms_digest


def _checked_terms(
    person: Person, programme_id: UUID, kind: str, notice_version: int | None, recorded_by: UUID
) -> NoticeKind:
    if recorded_by != person.pk:
        raise NotByAnother(_("Only the person can allow this. A “no” can be written down for them."))
    if not person.is_active:
        raise Inactive(_("This person does not work here any more."))
    programme = Programme.objects.select_related("controller").get(pk=programme_id)
    current = in_force(programme)
    if current is None:
        raise NotOffered(_("This programme does not ask you for this kind of data."))
    if current.number != notice_version:
        raise NoticeChanged(
            _("The notice has changed since you opened the page. Read what is different, then choose."), current=current
        )
    return check_offered(person, programme, kind)


def _made_with(person: Person, key: str | None) -> Decision | None:
    if not key:
        return None
    return Decision.objects.filter(person=person, idempotency_key=key).first()


def _is_same(decision: Decision, *, programme: Programme, kind: str, state: State) -> bool:
    """Whether a decision is what this answer made: a no may have become either word."""
    yes = state == State.GIVEN
    return decision.programme_id == programme.pk and decision.kind == kind and (decision.state == State.GIVEN) == yes

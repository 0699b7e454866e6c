"""Closes a deletion: when every place has proven it, the certificate is signed (GDPR Art. 17, 19; P5, P6)."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from consent.letters import outbox
from consent.people.locks import locked
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.receipts.issuing import issue
from consent.receipts.models import StatementType
from consent.receipts.statements import Place, deletion_certificate

from .changes import Doer, move
from .failpoints import reach
from .models import Event, RequestState, RightsRequest, Step, StepState
from .places import keys, store
from .proofs import sentence_of
from .scoping import in_words, label_of
from .states import NotAllowed

CONFIRMED = {"confirmed"}
UNPROVEN = {"unconfirmed", "revoked"}


def close_if_done(*, request_id: UUID, at: datetime) -> bool:
    """Signs the certificate and closes the request, once, when all its steps are done. True when this call closed it.

    One transaction under the person's row lock: certificate, ledger entries, letter and state, or none of them.
    """
    with transaction.atomic():
        request = _under_lock(request_id)
        steps = list(request.steps.all())
        if request.state != RequestState.IN_PROGRESS or any(step.state != StepState.DONE for step in steps):
            return False
        _close(request, steps, target=RequestState.DONE, doer=Doer(), reason="", at=at)
        reach("certificate.before_commit")
    reach("certificate.after_commit")
    return True


def close_with_residue(*, request_id: UUID, doer: Doer, reason: str, at: datetime) -> None:
    """A person closes a deletion that some place never finished: the certificate names what is left, and why (GDPR Art. 19).

    Raises NotAllowed without a reason, or when the request is not with a person.
    """
    if not reason.strip():
        raise NotAllowed(_("Say why something is left: it stands on the certificate."))
    with transaction.atomic():
        request = _under_lock(request_id)
        steps = list(request.steps.all())
        _close(request, steps, target=RequestState.CLOSED_WITH_RESIDUE, doer=doer, reason=reason.strip(), at=at)


def _under_lock(request_id: UUID) -> RightsRequest:
    person_id = RightsRequest.objects.values_list("person_id", flat=True).get(pk=request_id)
    locked(person_id)
    return RightsRequest.objects.select_related("person__employer").get(pk=request_id)


def _close(
    request: RightsRequest, steps: list[Step], *, target: RequestState, doer: Doer, reason: str, at: datetime
) -> None:
    move(request=request, target=target, what=str(target), at=at, doer=doer, text=reason)
    by_place = {step.place: step for step in steps}
    counted = store.parts(by_place[store.CODE].cursor)
    removed = sum(counted.values())
    request.certificate = issue(
        person=request.person,
        statement=StatementType.CERTIFICATE,
        state=str(target),
        about=_("Deletion certificate: %(number)s") % {"number": request.number},
        body=deletion_certificate(
            number=request.number,
            scope=in_words(Scope.from_json(request.scope)),
            received_at=request.received_at,
            finished_at=at,
            unreadable_since=_unreadable_since(request, by_place[store.CODE], by_place[keys.CODE], at),
            removed=removed,
            by_kind=_by_label(counted),
            places=[_place(step) for step in steps if step.state == StepState.DONE],
            keys=_keys(by_place[keys.CODE]),
            residuals=_residuals(request, steps, reason, at),
            kept=_(
                "This certificate, your request, your choices and “Who looked” stay, to prove them; and the list of your devices."
                " They hold none of the deleted data."
            ),
        ),
        at=at,
    )
    request.reason = reason
    request.save(update_fields=["certificate", "reason"])
    outbox.write(
        person=request.person,
        template="deletion_done",
        values={"number": request.number, "receipt": request.certificate.number},
        key=f"deletion_done:{request.pk}",
        at=at,
    )


def _place(step: Step) -> Place:
    proof = step.proof or {}
    return Place(
        name=step.place_name,
        removed=step.removed,
        proof=sentence_of(step),
        how="confirmed" if proof.get("how") in CONFIRMED else "searched",
        at=step.done_at or step.due_at,
    )


def _unreadable_since(request: RightsRequest, stored: Step, keyed: Step, at: datetime) -> datetime:
    """When nobody could open any of it any more: from the beginning where its keys went then, else when the last record went."""
    began = Event.objects.filter(request=request, what="started").values_list("at", flat=True).first()
    return began if keyed.cursor.get("at_once") and began else stored.done_at or at


def _keys(step: Step) -> list[str]:
    proof = step.proof or {}
    names = _programme_names()
    destroyed = [
        _("The key of %(programme)s was destroyed (%(key)s).") % {"programme": names[programme], "key": key}
        for key, programme in proof.get("destroyed", [])
    ]
    kept = [
        _("The key of %(programme)s stays, because it seals other data that you kept.") % {"programme": name}
        for name in dict.fromkeys(names[programme] for _key, programme in proof.get("kept", []))
    ]
    return destroyed + kept


def _residuals(request: RightsRequest, steps: list[Step], reason: str, at: datetime) -> list[str]:
    moment = date_format(localtime(at), "j F Y, H:i e")
    found = [
        _(
            "Backups of the database from before %(moment)s hold the deleted data in sealed form. They can be opened only with"
            " keys that are kept apart. Until those keys are replaced, we do not say that nothing can be restored."
        )
        % {"moment": moment}
    ]
    found += [sentence_of(step) for step in steps if (step.proof or {}).get("how") in UNPROVEN]
    unfinished = [step.place_name for step in steps if step.state != StepState.DONE]
    if unfinished:
        told = {"places": ", ".join(unfinished), "reason": reason}
        found.append(_("Not proven by: %(places)s. %(reason)s") % told)
    return found


def _by_label(counted: dict[tuple[UUID, str], int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (_programme, kind), number in counted.items():
        found[label_of(kind)] += number
    return dict(found.most_common())


def _programme_names() -> dict[str, str]:
    return {str(key): name for key, name in Programme.objects.values_list("pk", "name")}

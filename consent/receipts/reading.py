"""Finds a person's receipts."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consent.ledger import proofs
from consent.people.models import Person

from .models import Receipt


class NotFound(Exception):
    """The person has no such receipt; somebody else's is answered alike."""

    code = "not_found"


def receipts_of(person: Person) -> QuerySet[Receipt]:
    """The person's receipts, newest first, without their documents."""
    return Receipt.objects.filter(person=person).defer("document")


def receipt_of(person: Person, receipt_id: UUID) -> Receipt:
    """One receipt of the person. Raises NotFound, also for one of somebody else."""
    receipt = Receipt.objects.filter(person=person, pk=receipt_id).first()
    if receipt is None:
        raise NotFound(_("There is no such receipt among yours."))
    return receipt


def proof_of(receipt: Receipt) -> str | None:
    """The proof that the receipt is in the log (c2sp.org/tlog-proof@v1); None until the log has taken it in, a second or two."""
    return proofs.proof_of(receipt.entry)

"""Decisions, which are only ever added, and what stands now."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.people.models import Person
from consent.programmes.models import NoticeVersion, Programme
from consent.receipts.models import Receipt


class State(models.TextChoices):
    """States of a consent (ISO/IEC TS 27560, DPV); a person gives, refuses and withdraws, anyone else revokes."""

    UNDECIDED = "undecided", _("Not chosen")
    GIVEN = "given", _("Allowed")
    REFUSED = "refused", _("Not allowed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    REVOKED = "revoked", _("Ended by the employer")
    INVALIDATED = "invalidated", _("No longer valid")
    EXPIRED = "expired", _("Expired")


ANSWERS = frozenset({State.GIVEN, State.REFUSED, State.WITHDRAWN})  # what a person says
ENDS = frozenset({State.WITHDRAWN, State.REVOKED, State.EXPIRED, State.INVALIDATED})  # of a consent that stood


class Channel(models.TextChoices):
    """How a decision reached Candor."""

    PORTAL = "portal", _("In the portal")
    API = "api", _("Through the API")
    PAPER = "paper", _("On paper")
    PHONE = "phone", _("By phone")
    SYSTEM = "system", _("By rule")
    DEMONSTRATION = "demonstration", _("Demonstration")


class Decision(models.Model):
    """One decision of one person on one kind of data of one programme, bound to the notice shown (GDPR Art. 7(1)). Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="decisions")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=12, choices=State.choices)
    number = models.BigIntegerField(help_text=_("Rising per person: the order of decisions."))
    at = models.DateTimeField(help_text=_("Taken after the lock; never equal to or before the previous decision's."))
    notice = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="+")
    terms_digest = models.CharField(max_length=64)
    text_sha256 = models.CharField(max_length=64)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    recorded_by = models.UUIDField(help_text=_("The person, or who wrote it down for them."))
    idempotency_key = models.CharField(max_length=64, null=True)
    erase_after = models.DateTimeField(null=True, help_text=_("When what was captured on this consent is deleted."))
    receipt = models.ForeignKey(
        Receipt, on_delete=models.PROTECT, related_name="+", help_text=_("Of the act: it may carry several decisions.")
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(name="decision_number_once", fields=["person", "number"]),
            models.UniqueConstraint(name="decision_key_once", fields=["person", "idempotency_key"]),
            models.CheckConstraint(
                name="given_by_the_person",
                condition=~models.Q(state="given") | models.Q(recorded_by=models.F("person")),
            ),
            models.CheckConstraint(
                name="erased_after_an_end",
                condition=models.Q(erase_after__isnull=True) | ~models.Q(state__in=["undecided", "given", "refused"]),
            ),
        ]
        indexes = [
            models.Index(
                name="decisions_to_erase", fields=["erase_after"], condition=models.Q(erase_after__isnull=False)
            ),
            models.Index(name="decisions_by_time", fields=["programme", "at"]),
        ]


class Standing(models.Model):
    """What stands now for a person, a programme and a kind: the row that intake share-locks and every act that closes intake updates.

    `decision_no` is the decision in force. `span_version` rises with each deletion of a span, so that intake that read the
    older spans is refused by its WHERE and reads again (mechanisms 1).
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="standing")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UNDECIDED)
    terms_digest = models.CharField(max_length=64)
    decision_no = models.BigIntegerField()
    since = models.DateTimeField()
    paused_until = models.DateTimeField(null=True)
    span_version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="standing_once", fields=["person", "programme", "kind"])]


class ErasedSpan(models.Model):
    """A tombstone: what falls into it is refused as `deleted`, however late it arrives. Kind empty: every kind; programme null: every one."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="erased_spans")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=32, blank=True)
    start = models.DateTimeField(null=True, help_text=_("Null: from the beginning."))
    end = models.DateTimeField()
    request = models.UUIDField(help_text=_("The rights request that asked for it."))
    erased_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="spans_of_person", fields=["person", "end"])]

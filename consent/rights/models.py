"""Requests of data subjects and the steps that fulfil them: rows that are the truth about the work (ADR 0003)."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.people.models import Person
from consent.receipts.models import Receipt


class RequestType(models.TextChoices):
    """What the person asks for (GDPR Chapter III)."""

    DELETION = "deletion", _("Deletion")
    COPY = "copy", _("Copy of data")
    OBJECTION = "objection", _("Objection")
    RESTRICTION = "restriction", _("Restriction")
    CORRECTION = "correction", _("Correction")
    THIRD_PARTY = "third_party", _("Am I in a colleague’s file?")
    QUESTION = "question", _("Question or complaint")


class RequestState(models.TextChoices):
    """Where a request stands; `consent.rights.states` says which may follow which."""

    RECEIVED = "received", _("Received")
    HELD = "held", _("On hold")
    IN_PROGRESS = "in_progress", _("In progress")
    WITH_A_PERSON = "with_a_person", _("With a person")
    DONE = "done", _("Done")
    CLOSED_WITH_RESIDUE = "closed_with_residue", _("Closed, with something left")
    REFUSED = "refused", _("Refused")


class Origin(models.TextChoices):
    """Why the request exists."""

    PERSON = "person", _("Asked by the person")
    WITHDRAWAL = "withdrawal", _("Follows a withdrawal")
    ON_BEHALF = "on_behalf", _("Written down for the person")
    LEAVER = "leaver", _("The person has left")
    ENDED = "ended", _("The consent ended by itself")


class RightsRequest(models.Model):
    """One request with its statutory deadline (GDPR Art. 12(3)). `scope` is {programme, kinds, from, to}, each optional."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="rights_requests")
    type = models.CharField(max_length=12, choices=RequestType.choices)
    state = models.CharField(max_length=20, choices=RequestState.choices, default=RequestState.RECEIVED)
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.PERSON)
    decision = models.UUIDField(null=True, unique=True, help_text=_("The withdrawal that it follows."))
    scope = models.JSONField(default=dict)
    message = models.TextField(blank=True, help_text=_("What the person wrote, for requests that a person answers."))
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lodged_by = models.UUIDField()
    handler = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text=_("Why it was refused, or how it was answered."))
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True, related_name="+")
    certificate = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True, related_name="+")
    idempotency_key = models.CharField(max_length=64, null=True)
    version = models.PositiveIntegerField(
        default=0, help_text=_("Rises with each change; a stale form names an older one.")
    )

    class Meta:
        ordering = ["due_at"]
        constraints = [
            models.UniqueConstraint(name="request_key_once", fields=["person", "idempotency_key"]),
            models.CheckConstraint(
                name="refused_has_reason", condition=~models.Q(state="refused") | ~models.Q(reason="")
            ),
        ]
        indexes = [models.Index(name="requests_open", fields=["due_at"], condition=models.Q(closed_at__isnull=True))]

    def __str__(self) -> str:
        return self.number


class Event(models.Model):
    """One line of a request's timeline. Append-only; written with the change that it tells of."""

    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="events")
    person = models.UUIDField(help_text=_("Whose request it is: the row's owner."))
    at = models.DateTimeField()
    actor = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=100)
    what = models.CharField(max_length=50)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]


class StepState(models.TextChoices):
    """Where the work at one place stands."""

    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Working")
    RETRYING = "retrying", _("Trying again")
    PARKED = "parked", _("With a person")
    DONE = "done", _("Done")


class Step(models.Model):
    """The work of one request at one place, leased by one worker at a time.

    `token` is the fencing token: it rises with each lease, and a write with an older one changes nothing. `cursor` is where the
    work goes on after a crash. `proof` is what that place answered; a step is done only with one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(RightsRequest, on_delete=models.PROTECT, related_name="steps")
    person = models.UUIDField(help_text=_("Whose request it is: the row's owner."))
    position = models.PositiveSmallIntegerField()
    place = models.CharField(max_length=32)
    place_name = models.CharField(max_length=150)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.WAITING)
    due_at = models.DateTimeField(help_text=_("Not before."))
    leased_until = models.DateTimeField(null=True)
    token = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=100, blank=True, help_text=_("A code, never content."))
    cursor = models.JSONField(default=dict)
    expected = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0)
    proof = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="step_place_once", fields=["request", "place"]),
            models.CheckConstraint(
                name="done_has_proof", condition=~models.Q(state="done") | models.Q(proof__isnull=False)
            ),
        ]
        indexes = [models.Index(name="steps_due", fields=["due_at"], condition=~models.Q(state="done"))]

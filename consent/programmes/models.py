"""Programmes and the notice versions under which they may capture; a notice is immutable once it exists."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from consent.people.models import Employer, Person


class ProgrammeState(models.TextChoices):
    """Whether intake is open."""

    OPEN = "open", _("Open")
    SUSPENDED = "suspended", _("Suspended")
    ENDED = "ended", _("Ended")


class Programme(models.Model):
    """One purpose for which an employer would like to capture (GDPR Art. 5(1)(b))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    controller = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="programmes")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="owned_programmes")
    state = models.CharField(max_length=10, choices=ProgrammeState.choices, default=ProgrammeState.OPEN)
    grace_days = models.PositiveSmallIntegerField(
        default=7, help_text=_("Days from a withdrawal to the deletion, 0 to 30.")
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(name="programme_grace_0_30", condition=models.Q(grace_days__lte=30))]

    def __str__(self) -> str:
        return self.slug


class Suspension(models.Model):
    """From when to when a programme was stopped: what was captured in between is not stored, however late it arrives.

    Times are those of the database's clock under the programme's lock. It ends once; `end` null: it is stopped still.
    """

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="suspensions")
    start = models.DateTimeField()
    end = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="suspended_once_at_a_time", fields=["programme"], condition=models.Q(end__isnull=True)
            )
        ]


class HumanReview(models.TextChoices):
    """Whether people will look at what is captured."""

    NONE = "none", _("No person looks at it")
    SAMPLE = "sample", _("People look at a sample")
    ALL = "all", _("People look at all of it")


class LawfulBasis(models.TextChoices):
    """GDPR Art. 6(1). Candor asks for consent; the notice says so."""

    CONSENT = "consent", _("Consent (GDPR Article 6(1)(a))")


class NoticeVersion(models.Model):
    """What people are told before they choose (GDPR Art. 13), in one version and one language. Never changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="notices")
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=8, default="en")
    published_at = models.DateTimeField()
    purpose = models.TextField()
    system_fed = models.CharField(max_length=200, help_text=_("Which model or system it feeds."))
    recipients = models.JSONField(
        help_text=_("[{name, people, outside, country}]; with address and contact if outside.")
    )
    human_review = models.CharField(max_length=8, choices=HumanReview.choices)
    human_review_by = models.CharField(max_length=200, blank=True, help_text=_("Who looks."))
    audience = models.JSONField(
        default=dict, help_text=_("{} is everyone; else {departments, locations, worker_types}.")
    )
    audience_words = models.CharField(max_length=200)
    storage_days = models.PositiveIntegerField()
    # These four are empty in notices from before Candor asked for them: their text, digests and terms stay as they were.
    storage_place = models.CharField(
        max_length=200, blank=True, db_default="", help_text=_("Where the data is stored, in words.")
    )
    storage_countries = models.JSONField(default=list, db_default=[], help_text=_("The countries of it (ISO 3166-1)."))
    transfers = models.TextField(
        blank=True, db_default="", help_text=_("What protects data that leaves the European Economic Area.")
    )
    automated_decisions = models.TextField(
        blank=True, db_default="", help_text=_("What is decided about people by software alone.")
    )
    lawful_basis = models.CharField(max_length=16, choices=LawfulBasis.choices, default=LawfulBasis.CONSENT)
    no_detriment = models.TextField()
    alternative = models.TextField(help_text=_("What is offered to those who refuse."))
    irreversible = models.TextField(help_text=_("What cannot be taken back."))
    effect_on_jobs = models.TextField()
    controller_name = models.CharField(max_length=200)
    controller_address = models.CharField(max_length=300)
    controller_contact = models.EmailField()
    dpia_reference = models.CharField(max_length=100)
    agreed_on = models.DateField(null=True, help_text=_("When the works council agreed."))
    ends_on = models.DateField()
    text = models.TextField(help_text=_("The full text, as paragraphs."))
    text_sha256 = models.CharField(max_length=64, help_text=_("Of the canonical JSON of everything the notice says."))

    class Meta:
        ordering = ["programme", "-number"]
        constraints = [models.UniqueConstraint(name="notice_number_once", fields=["programme", "number", "language"])]

    def __str__(self) -> str:
        return f"{self.programme.slug} v{self.number}"


class Closing(models.Model):
    """The consents given to one notice end without the people: its last day is over, or it was found void. Worked off person by person.

    `cursor` is the last person who was seen to, until it is done; with `again` somebody was not, and the walk begins anew.
    """

    class State(models.TextChoices):
        """What the consents become."""

        EXPIRED = "expired", _("Expired")
        INVALIDATED = "invalidated", _("Found not to be valid")

    notice = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="closings")
    state = models.CharField(max_length=12, choices=State.choices)
    at = models.DateTimeField()
    by = models.UUIDField(null=True, help_text=_("Who found it void; null: by rule."))
    reason = models.TextField(blank=True, help_text=_("What people are told of it."))
    cursor = models.UUIDField(null=True)
    again = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(name="notice_closes_once", fields=["notice", "state"]),
            models.CheckConstraint(
                name="void_by_somebody_for_a_reason",
                condition=models.Q(state="expired") | (models.Q(by__isnull=False) & ~models.Q(reason="")),
            ),
        ]


class NoticeKind(models.Model):
    """One kind of data that a notice discloses: the gate stores these fields of it, and nothing else (P2)."""

    notice = models.ForeignKey(NoticeVersion, on_delete=models.PROTECT, related_name="kinds")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=32)
    label = models.CharField(max_length=100)
    description = models.TextField(help_text=_("What it is, and what it is not."))
    fields = models.JSONField(help_text=_("Names of the disclosed fields."))
    sensitivity = models.PositiveSmallIntegerField()
    apps_allowed = models.JSONField(null=True, help_text=_("Programs, or null for any."))
    max_per_minute = models.PositiveIntegerField(null=True)
    terms_digest = models.CharField(max_length=64, help_text=_("SHA-256 of what the notice says about this kind."))

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="kind_once_per_notice", fields=["notice", "kind"]),
            models.CheckConstraint(name="sensitivity_1_4", condition=models.Q(sensitivity__gte=1, sensitivity__lte=4)),
        ]

"""Employees, their employer and roles."""

import uuid

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from consent import identifiers


def new_reference() -> str:
    """A reference such as E-3M8D-71WX that names a person in HR's queue without saying who it is."""
    return identifiers.number("E")


class Employer(models.Model):
    """A legal entity: the controller of what its programmes capture (GDPR Art. 4(7))."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    address = models.CharField(max_length=300)
    country = models.CharField(max_length=2, help_text=_("ISO 3166-1 code, for the regime of deadlines."))
    contact = models.EmailField(help_text=_("Where people reach the data protection officer."))

    def __str__(self) -> str:
        return self.name


class WorkerType(models.TextChoices):
    """How somebody works for the employer."""

    EMPLOYEE = "employee", _("Employee")
    TEMPORARY = "temporary", _("Temporary worker")
    CONTRACTOR = "contractor", _("Contractor")


class Role(models.TextChoices):
    """What a person may do beyond being an employee, which everyone is."""

    HR = "hr", _("HR case handler")
    LEGAL = "legal", _("Legal")
    OWNER = "owner", _("Programme owner")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    WORKS_COUNCIL = "works_council", _("Works council")
    ADMINISTRATOR = "administrator", _("Administrator")


class PersonManager(BaseUserManager["Person"]):
    """Finds and makes people."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Person":
        """A person who can sign in with this password, or with none at all if it is None."""
        person = self.model(username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Sign-in names are compared without case."""
        return self.get(username__iexact=username)


class Person(AbstractBaseUser):
    """An employee: the data subject, and the account that signs in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=150, unique=True)
    full_name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    reference = models.CharField(max_length=16, unique=True, default=new_reference)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="people")
    manager = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reports")
    worker_type = models.CharField(max_length=16, choices=WorkerType.choices, default=WorkerType.EMPLOYEE)
    department = models.CharField(max_length=100, blank=True)
    location = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=8, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]
    objects = PersonManager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="person_not_own_manager", condition=~Q(manager=models.F("id"))),
            models.CheckConstraint(
                name="person_inactive_has_end", condition=Q(is_active=True) | Q(active_to__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class RoleGrant(models.Model):
    """One role of one person."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="role_once_per_person", fields=["person", "role"])]

"""Who may do what to whom: the one place that decides roles and conflicts of interest."""

from uuid import UUID

from django.utils.translation import gettext as _

from .models import Person, Role


class ConflictOfInterest(Exception):
    """The acting person is the other, or the other's manager or report (mechanisms 8)."""

    code = "conflict_of_interest"


class Inactive(Exception):
    """The person does not work here any more."""

    code = "inactive"


def roles_of(person: Person) -> frozenset[Role]:
    """The roles granted to an active person; an inactive one has none."""
    if not person.is_active:
        return frozenset()
    return frozenset(Role(name) for name in person.role_grants.values_list("role", flat=True))


def has_role(person: Person, *roles: Role) -> bool:
    """True when the person holds one of these roles."""
    return not roles_of(person).isdisjoint(roles)


def holders_of(role: Role) -> list[Person]:
    """The active people who hold the role, with their employer."""
    found = Person.objects.filter(is_active=True, role_grants__role=role).select_related("employer")
    return list(found.order_by("username"))


def check_unconflicted(*, actor: Person, subject: Person) -> None:
    """Nobody handles, exports or approves for themselves, their manager or their report.

    Raises ConflictOfInterest with a sentence for the acting person.
    """
    if actor.pk == subject.pk:
        raise ConflictOfInterest(_("This is about yourself. Ask a colleague in your role to take it."))
    if subject.manager_id == actor.pk or actor.manager_id == subject.pk:
        raise ConflictOfInterest(
            _("This is about your manager or someone who reports to you. Ask a colleague in your role to take it.")
        )


def is_unconflicted(*, actor: Person, subject: Person) -> bool:
    """Whether `check_unconflicted` would pass."""
    try:
        check_unconflicted(actor=actor, subject=subject)
    except ConflictOfInterest:
        return False
    return True


def conflicted_ids(actor: Person) -> frozenset[UUID]:
    """The people whom the actor may not handle: self, manager, reports. For filtering lists in one query."""
    reports = Person.objects.filter(manager=actor).values_list("pk", flat=True)
    return frozenset({actor.pk, *reports} | ({actor.manager_id} if actor.manager_id else set()))

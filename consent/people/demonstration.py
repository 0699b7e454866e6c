"""The demonstration's cast: who can sign in where DEMO=1, and what for. The rows themselves are written by `seed_demo`."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .models import Role


@dataclass(frozen=True)
class CastMember:
    """One person of the demonstration; the password of each is `demo`."""

    username: str
    full_name: str
    roles: tuple[Role, ...]
    what_for: Promise


def cast() -> tuple[CastMember, ...]:
    """The people of the one-click list, in its order."""
    return (
        CastMember("alice", "Alice Adler", (), _("Employee. Has chosen, and has captures to look at.")),
        CastMember("mallory", "Mallory Moreau", (), _("Employee. Has not chosen yet.")),
        CastMember("bob", "Bob Brandt", (), _("Employee, and Alice’s manager. Sees nothing of hers.")),
        CastMember("carol", "Carol Castillo", (Role.HR,), _("HR. Handles requests.")),
        CastMember("dan", "Dan Dupont", (Role.LEGAL,), _("Legal. Exports records.")),
        CastMember("erin", "Erin Eriksen", (Role.OWNER,), _("Owner of the programmes.")),
        CastMember(
            "frank", "Frank Fischer", (Role.PRIVACY_OFFICER,), _("Privacy officer. Agrees to exports with names.")
        ),
        CastMember("grace", "Grace Gruber", (Role.WORKS_COUNCIL,), _("Works council.")),
    )

"""Refuses to start as a database role that could pass the walls: superuser, owner of the tables, or BYPASSRLS (ADR 0002)."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

_ROLE = """
SELECT rolsuper, rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class WHERE relname = 'captures_segment' AND pg_has_role(current_user, relowner, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""


def check_role() -> None:
    """Raises ImproperlyConfigured when DATABASE_URL names a role that row-level security would not bind.

    A database that does not answer passes: nothing can be read from it either, and /readyz says so.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ROLE)
            superuser, bypasses, owns = cursor.fetchone()
    except OperationalError:
        return
    finally:
        connection.close()
    if superuser or bypasses or owns:
        raise ImproperlyConfigured(
            "DATABASE_URL names a role that row-level security does not bind (a superuser, the tables' owner, or BYPASSRLS). "
            "Give the portal the plain role that the migrations grant rights to, and the owner's address as DATABASE_OWNER_URL."
        )

"""Opens what was sealed. Only `consent.captures` may import this module (enforced): it commits the consultation first."""

from uuid import UUID

from cryptography.exceptions import InvalidTag
from django.utils.translation import gettext as _

from .directory import KeyMissing
from .models import DataKey
from .wrapping import NONCE_BYTES, cipher_of, forget


class Unreadable(Exception):
    """What was sealed cannot be opened: its key is gone, or something was altered."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


def open_sealed(sealed: bytes, *, key_id: UUID, associated: bytes) -> bytes:
    """The plaintext, if key, nonce, ciphertext and associated data are exactly those of the sealing.

    The key's row is looked up at every opening: from the commit that deletes it, no process opens anything under it.
    Row-level security: the session must act for the key's person. Raises Unreadable: `key_destroyed` or `altered`.
    """
    row = DataKey.objects.filter(id=key_id).first()
    if row is None:
        forget([key_id])
        raise _destroyed()
    try:
        return cipher_of(row).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated)
    except KeyMissing:
        raise _destroyed() from None
    except (InvalidTag, ValueError):
        raise Unreadable(_("This was altered after it was stored, and cannot be opened."), code="altered") from None


def _destroyed() -> Unreadable:
    return Unreadable(_("The key to this was destroyed. Nobody can open it any more."), code="key_destroyed")

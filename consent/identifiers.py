"""Numbers that people read aloud: a prefix and eight characters without look-alikes, from a random source."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


def number(prefix: str) -> str:
    """A new number such as RCP-3M8D-71WX: 40 random bits; the table's unique constraint catches the rare double."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{drawn[:4]}-{drawn[4:]}"

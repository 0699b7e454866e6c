"""Where receipts send people: the few addresses of the portal that are printed into statements for good."""

from urllib.parse import urlencode

from django.conf import settings


def check_page(number: str = "") -> str:
    """Where anyone can check a receipt, without an account."""
    return f"{settings.PUBLIC_URL}/check/" + (f"?{urlencode({'number': number})}" if number else "")


def choices_page() -> str:
    """Where a person gives, refuses and withdraws."""
    return f"{settings.PUBLIC_URL}/choices/"


def requests_page() -> str:
    """Where a person exercises rights."""
    return f"{settings.PUBLIC_URL}/requests/"


def notice_page(slug: str, number: int) -> str:
    """The text that was shown."""
    return f"{settings.PUBLIC_URL}/notices/{slug}/{number}/"

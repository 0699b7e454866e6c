"""How django-allauth is told that accounts come from the employer, never from a sign-up form."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up: people are created from the employer's records."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always False."""
        return False

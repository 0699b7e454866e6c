"""The addresses of django-allauth that Candor opens: sign in and out, change or reset a password."""

from allauth.account import urls as account
from django.urls import URLPattern

OPEN = {
    "account_login",
    "account_logout",
    "account_signup",  # closed by portal.accounts; allauth's sign-in page needs the name
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}

urlpatterns = [pattern for pattern in account.urlpatterns if isinstance(pattern, URLPattern) and pattern.name in OPEN]

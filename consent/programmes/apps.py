"""The Django app of this room."""

from django.apps import AppConfig


class Programmes(AppConfig):
    """`consent.programmes`."""

    name = "consent.programmes"
    label = "programmes"
    default_auto_field = "django.db.models.BigAutoField"

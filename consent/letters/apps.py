"""The Django app of this room."""

from django.apps import AppConfig


class Letters(AppConfig):
    """`consent.letters`."""

    name = "consent.letters"
    label = "letters"
    default_auto_field = "django.db.models.BigAutoField"

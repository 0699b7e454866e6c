"""The Django app of this room."""

from django.apps import AppConfig


class Seals(AppConfig):
    """`consent.seals`."""

    name = "consent.seals"
    label = "seals"
    default_auto_field = "django.db.models.BigAutoField"

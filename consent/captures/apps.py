"""The Django app of this room."""

from django.apps import AppConfig


class Captures(AppConfig):
    """`consent.captures`."""

    name = "consent.captures"
    label = "captures"
    default_auto_field = "django.db.models.BigAutoField"

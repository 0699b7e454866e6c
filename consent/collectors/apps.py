"""The Django app of this room."""

from django.apps import AppConfig


class Collectors(AppConfig):
    """`consent.collectors`."""

    name = "consent.collectors"
    label = "collectors"
    default_auto_field = "django.db.models.BigAutoField"

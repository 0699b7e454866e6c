"""The Django app of this room."""

from django.apps import AppConfig


class Choices(AppConfig):
    """`consent.choices`."""

    name = "consent.choices"
    label = "choices"
    default_auto_field = "django.db.models.BigAutoField"

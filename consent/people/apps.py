"""The Django app of this room."""

from django.apps import AppConfig


class People(AppConfig):
    """`consent.people`."""

    name = "consent.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of this room."""

from django.apps import AppConfig


class Records(AppConfig):
    """`consent.records`."""

    name = "consent.records"
    label = "records"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of this room."""

from django.apps import AppConfig


class Retention(AppConfig):
    """`consent.retention`."""

    name = "consent.retention"
    label = "retention"
    default_auto_field = "django.db.models.BigAutoField"

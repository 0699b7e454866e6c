"""The Django app of this room."""

from django.apps import AppConfig


class Consultations(AppConfig):
    """`consent.consultations`."""

    name = "consent.consultations"
    label = "consultations"
    default_auto_field = "django.db.models.BigAutoField"

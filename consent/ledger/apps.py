"""The Django app of this room."""

from django.apps import AppConfig


class Ledger(AppConfig):
    """`consent.ledger`."""

    name = "consent.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of this room."""

from django.apps import AppConfig


class Receipts(AppConfig):
    """`consent.receipts`."""

    name = "consent.receipts"
    label = "receipts"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of this room."""

from django.apps import AppConfig


class Rights(AppConfig):
    """`consent.rights`."""

    name = "consent.rights"
    label = "rights"
    default_auto_field = "django.db.models.BigAutoField"

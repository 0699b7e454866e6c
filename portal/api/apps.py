"""The Django app of this door: templates and template tags."""

from django.apps import AppConfig


class Api(AppConfig):
    """`portal.api`."""

    name = "portal.api"
    label = "portal_api"

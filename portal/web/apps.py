"""The Django app of this door: templates and template tags."""

from django.apps import AppConfig


class Web(AppConfig):
    """`portal.web`."""

    name = "portal.web"
    label = "portal_web"

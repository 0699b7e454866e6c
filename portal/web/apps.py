"""The Django app of this door: templates and template tags."""

from django.apps import AppConfig

from portal import celery  # the queue that rooms ring through, known to every process from its start


class Web(AppConfig):
    """`portal.web`."""

    name = "portal.web"
    label = "portal_web"
    queue = celery.app

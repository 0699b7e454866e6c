"""The Django app of this room."""

from django.apps import AppConfig


class Demonstration(AppConfig):
    """`consent.demonstration`."""

    name = "consent.demonstration"
    label = "demonstration"

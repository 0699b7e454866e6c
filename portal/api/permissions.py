"""Collectors ask what may be captured now, and confirm what they applied (GET /permissions, POST /permissions/confirmations)."""

from .resource import CollectorResource


class CurrentPermissions(CollectorResource):
    """x"""


class Confirmations(CollectorResource):
    """x"""

"""Collectors: the devices and services that capture, what they were told, and what they confirmed."""

import uuid

from django.db import models

from consent.people.models import Person
from consent.programmes.models import Programme


class Collector(models.Model):
    """One device of one person. Its token is shown once and kept as a SHA-256 hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="collectors")
    programmes = models.ManyToManyField(Programme, related_name="+")
    name = models.CharField(max_length=100)
    build = models.CharField(max_length=100, blank=True)
    token_hash = models.BinaryField(unique=True)
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    confirmed_version = models.CharField(max_length=64, blank=True)
    confirmed_at = models.DateTimeField(null=True)
    last_captured_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                name="collector_name_once", fields=["person", "name"], condition=models.Q(revoked_at__isnull=True)
            )
        ]


class Purge(models.Model):
    """An order to delete a span from a collector's buffer; done when the collector confirmed it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    collector = models.ForeignKey(Collector, on_delete=models.CASCADE, related_name="purges")
    programme = models.CharField(max_length=50, blank=True)
    kinds = models.JSONField(null=True)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField()
    ordered_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

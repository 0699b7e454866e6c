"""Legal holds: what may not be deleted yet, and why."""

import uuid

from django.db import models

from consent.people.models import Person
from consent.programmes.models import Programme


class Hold(models.Model):
    """While it stands, a deletion in its scope waits (GDPR Art. 17(3)(e)); the person is told that, and `told_why`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holds")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True)
    kinds = models.JSONField(null=True)
    start = models.DateTimeField(null=True)
    end = models.DateTimeField(null=True)
    matter = models.CharField(max_length=100)
    told_why = models.CharField(max_length=300)
    placed_by = models.UUIDField()
    placed_at = models.DateTimeField()
    lifted_by = models.UUIDField(null=True)
    lifted_at = models.DateTimeField(null=True)

"""The rows of the keys: epochs and wrapped data keys. No secret is stored in the clear."""

from uuid import uuid4

from django.db import models
from django.db.models.functions import Now


class Epoch(models.Model):
    """The time during which one epoch key, kept outside the database, wraps the data keys.

    `owes_rotation_since` is the first destruction of a data key in this epoch: only the end of the epoch key makes it final.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    owes_rotation_since = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.ExpressionWrapper(models.Q(retired_at__isnull=True), output_field=models.BooleanField()),
                condition=models.Q(retired_at__isnull=True),
                name="seals_one_live_epoch",
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(retired_at__isnull=False),
                name="seals_epoch_retired_before_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DataKey(models.Model):
    """The data key of one person in one programme, wrapped under the key of its epoch. Holds bare ids: no row of a person is needed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.UUIDField()
    programme = models.UUIDField()
    epoch = models.ForeignKey(Epoch, on_delete=models.PROTECT)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "programme"], condition=models.Q(retired_at__isnull=True), name="seals_one_live_key"
            ),
        ]
        indexes = [models.Index(fields=["person", "programme"], name="seals_key_of_person")]

    def __str__(self) -> str:
        return str(self.pk)

"""Rings for a worker after the commit. Only a bell: who does not hear it finds the work in PostgreSQL (ADR 0003)."""

import logging
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.pools import producers

TASK = "rights.fulfil"
# A page must not wait for a queue that is away: one try, a second at most. (Without `max_retries` a refused connection costs 6 s.)
QUICKLY = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}

log = logging.getLogger(__name__)


def ring_after_commit(step_ids: Iterable[UUID]) -> None:
    """When and if the caller's transaction commits, a worker is told of these steps. Never fails the page that committed."""
    for step_id in step_ids:
        transaction.on_commit(partial(ring, step_id), robust=True)


def ring(step_id: UUID) -> bool:
    """Puts one message, holding the step's id alone, into the queue. False when the queue cannot be reached; the sweeper rings again."""
    try:
        connection = current_app.connection_for_write(transport_options=QUICKLY)
        with producers[connection].acquire(block=True, timeout=1) as producer:
            current_app.send_task(TASK, args=[str(step_id)], producer=producer, retry=False)
    except Exception as error:  # whatever the queue's client raises: the work is safe in its row
        log.warning("not rung: %s", type(error).__name__)
        return False
    return True

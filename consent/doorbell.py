"""Rings for a worker. Only a bell: who does not hear it finds the work in PostgreSQL (ADR 0003)."""

import logging
from uuid import UUID

from celery import current_app
from kombu.pools import producers

# A page must not wait for a queue that is away: one try, a second at most. (Without `max_retries` a refused connection costs 6 s.)
QUICKLY = {"max_retries": 0, "socket_connect_timeout": 1, "socket_timeout": 1}

log = logging.getLogger(__name__)


def ring(task: str, work: UUID) -> bool:
    """Puts one message, holding an id alone, into the queue. False when the queue cannot be reached; somebody rings again later."""
    try:
        connection = current_app.connection_for_write(transport_options=QUICKLY)
        with producers[connection].acquire(block=True, timeout=1) as producer:
            current_app.send_task(task, args=[str(work)], producer=producer, retry=False)
    except Exception as error:  # whatever the queue's client raises: the work is safe in its row
        log.warning("not rung: %s", type(error).__name__)
        return False
    return True

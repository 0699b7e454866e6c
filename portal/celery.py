"""The Celery application: Redis is the doorbell, PostgreSQL the truth (ADR 0003)."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

from django.conf import settings

# A Unix socket has another scheme here than in the Redis client.
app = Celery("candor", broker=settings.REDIS_URL.replace("unix://", "redis+socket://", 1))
app.conf.update(
    task_default_queue=settings.QUEUE,
    task_ignore_result=True,
    result_backend=None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=240,
    task_soft_time_limit=200,
    task_publish_retry=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "max_retries": 0,  # of publishing: without it a refused connection costs the page 6 s; consumers reconnect by themselves
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
    },
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        "sweep requests": {"task": "rights.sweep", "schedule": 5.0},
        "sweep print runs": {"task": "receipts.sweep", "schedule": 5.0},
        "deliver letters": {"task": "letters.deliver", "schedule": 5.0},
        "deposit checkpoints": {"task": "ledger.deposit", "schedule": 30.0, "options": {"expires": 30}},
        "time-stamp checkpoints": {"task": "ledger.stamp", "schedule": 30.0, "options": {"expires": 30}},
        "verify the ledger": {"task": "ledger.verify", "schedule": crontab(hour=2, minute=30)},
        "mail the checkpoint": {"task": "records.mail_checkpoint", "schedule": 600.0, "options": {"expires": 600}},
    },
)
app.set_default()  # in every thread, so that a room rings by the task's name and knows no portal
app.autodiscover_tasks(["consent.ledger", "consent.rights", "consent.letters", "consent.receipts", "consent.records"])

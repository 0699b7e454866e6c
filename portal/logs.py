"""Log lines as JSON: event, ids and the traceback's places, never an exception's message, a request's body, or who sent it."""

import logging
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# What Celery calls the parts of its lines about a task: the exception's words, the traceback with them, what went in and came out.
QUOTING = frozenset({"exc", "traceback", "args", "kwargs", "return_value"})
WITHHELD = "(not logged)"
# What the request's lines, and every line written during a request, would say about who sent it.
WHO = ("user_id", "ip", "user_agent")


def places_only(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replaces an exception by its type and the files and lines it passed; its message may hold captured content (P4)."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if record is not None and record.exc_info:
        info = record.exc_info
    if isinstance(info, tuple) and info[0] is not None:
        event["exception"] = info[0].__name__
        event["places"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(info[2])]
    return event


def nobodys(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leaves out who asked, and what for beyond the address: who opens “turn everything off” tells what they chose (P7)."""
    for name in WHO:
        event.pop(name, None)
    if isinstance(event.get("request"), str):
        event["request"] = event["request"].partition("?")[0]
    return event


def without_quotes(arguments: Any) -> Any:
    """A record's arguments without what quotes an exception: libraries put its words into their own lines, and so does Celery."""
    if isinstance(arguments, Mapping):
        return {name: WITHHELD if name in QUOTING else _named(value) for name, value in arguments.items()}
    return tuple(_named(value) for value in arguments) if isinstance(arguments, tuple) else arguments


def _named(value: Any) -> Any:
    """An exception by its type; anything else as it is."""
    return type(value).__name__ if isinstance(value, BaseException) else value


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats every record, ours and the libraries', as one JSON line."""

    def __init__(self) -> None:
        super().__init__(
            foreign_pre_chain=[
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
            processors=[
                places_only,
                nobodys,
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            use_get_message=True,
        )

    def format(self, record: logging.LogRecord) -> str:
        """One line; the record's own traceback text is not appended."""
        copied = logging.makeLogRecord(record.__dict__)
        copied.exc_text = None
        copied.args = without_quotes(copied.args)
        return super().format(copied)

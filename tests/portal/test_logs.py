"""Logs: what failed and where, never an exception's words (P4)."""

import json
import logging
import sys

import pytest

from portal.logs import Formatter

CANARY = "canary-9c41"


def line_of(*, message: str, arguments: tuple = (), error: BaseException | None = None, name: str = "candor") -> dict:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return json.loads(
        Formatter().format(logging.LogRecord(name, logging.ERROR, __file__, 1, message, arguments, exc_info))
    )


@pytest.fixture
def error() -> BaseException | None:
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as first:
            raise RuntimeError(f"and {CANARY}") from first
    except RuntimeError:
        return sys.exc_info()[1]


def test_an_exception_is_its_type_and_the_places_it_passed(error):
    told = line_of(message="it failed", error=error)
    assert (told["event"], told["exception"]) == ("it failed", "RuntimeError")
    assert __file__ in told["places"][0]
    assert CANARY not in json.dumps(told)


def test_an_exception_among_the_words_of_a_line_is_its_type(error):
    assert (
        line_of(message="no answer from %s: %s", arguments=("there", error))["event"]
        == "no answer from there: RuntimeError"
    )
    assert CANARY not in json.dumps(line_of(message="%r", arguments=(error,)))


def test_celerys_line_about_a_failed_task_names_the_task_and_quotes_nothing(error):
    context = {
        "id": "1f", "name": "rights.fulfil", "description": "raised unexpected", "exc": repr(error), "traceback": CANARY,
        "args": CANARY, "kwargs": CANARY,
    }  # fmt: skip
    message = "Task %(name)s[%(id)s] %(description)s: %(exc)s\n%(traceback)s"
    told = line_of(message=message, arguments=(context,), error=error, name="celery.app.trace")
    assert told["event"].startswith("Task rights.fulfil[1f] raised unexpected: (not logged)")
    assert told["exception"] == "RuntimeError"
    assert CANARY not in json.dumps(told)


def test_what_a_line_says_besides_stays(error):
    assert line_of(message="%d of %s", arguments=(3, "letters"))["event"] == "3 of letters"
    assert line_of(message="50 % of it")["event"] == "50 % of it"


def test_no_line_says_who_sent_a_request_or_what_they_asked_for(cast, programmes, client, caplog):
    """Whoever reads the logs would learn from “turn everything off”, or from a deletion, what somebody had chosen."""
    client.force_login(cast.alice)
    with caplog.at_level(logging.INFO):
        client.post("/choices/off/", headers={"user-agent": "Alices Browser"})
        client.get("/receipts/", {"find": CANARY})
    told = "\n".join(Formatter().format(record) for record in caplog.records)
    assert "POST /choices/off/" in told
    for word in (str(cast.alice.pk), "127.0.0.1", "Alices Browser", CANARY):
        assert word not in told


def test_a_library_that_says_that_it_is_there_does_not_say_so_at_each_command():
    assert not logging.getLogger("pikepdf._core").isEnabledFor(logging.INFO)

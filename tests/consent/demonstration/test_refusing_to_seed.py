"""Where the demonstration is not written, and who may backdate."""

import ast
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from consent.demonstration import seeding
from consent.demonstration.programmes import PUBLISHED, dated
from consent.demonstration.seeding import NotADemonstration, seed
from consent.ledger.models import Entry
from consent.people.models import Employer, Person
from tests.cast import NOTICE_FILES, NOTICES
from tests.cast import draft as draft_of

ROOT = Path(__file__).resolve().parents[3]


def test_without_demo_nothing_is_written(db, settings, at):
    settings.DEMO = False
    with pytest.raises(NotADemonstration):
        seed(at=at)
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
    assert not Employer.objects.exists()


def test_a_database_with_people_in_it_is_left_alone(cast, settings, at):
    settings.DEMO = True
    before = Person.objects.count()
    with pytest.raises(NotADemonstration):
        seed(at=at)
    assert Person.objects.count() == before


def test_a_seeding_that_fails_leaves_nothing(db, settings, at, monkeypatch):
    settings.DEMO = True

    def fail(**named):
        raise RuntimeError("power cut")

    monkeypatch.setattr(seeding, "live", fail)
    with pytest.raises(RuntimeError):
        seed(at=at)
    assert not Person.objects.exists()
    assert not Entry.objects.exists()


def test_the_command_says_what_it_wrote(db, settings, monkeypatch):
    settings.DEMO = True
    answers = iter([seeding.Seeded(people=208, decisions=1000, captured=60000), seeding.Seeded()])
    monkeypatch.setattr("consent.demonstration.management.commands.seed_demo.seed", lambda at: next(answers))
    out = StringIO()
    call_command("seed_demo", stdout=out)
    call_command("seed_demo", stdout=out)
    assert "208 people, 1000 choices" in out.getvalue()
    assert "here already" in out.getvalue()


def test_a_demonstration_started_in_another_year_has_programmes_that_run(at):
    then = datetime(2029, 6, 1, tzinfo=UTC)
    moved = dated(
        draft_of("assistant-quality-1", ends_on=datetime(2027, 1, 31, tzinfo=UTC).date()), published=then, at=then
    )
    assert moved.ends_on.isoformat() == "2030-01-31"
    assert "31 January 2030" in moved.text


def test_every_notice_file_is_published():
    assert {path.stem for path in NOTICES.glob("*.json")} == set(PUBLISHED) == set(NOTICE_FILES)


def test_nothing_but_the_demonstration_can_backdate_a_decision():
    """`record` takes a time as given: only the acts of choices, which take it from the clock, and the demonstration call it."""
    callers = {
        path.relative_to(ROOT).as_posix()
        for folder in ("consent", "portal")
        for path in (ROOT / folder).rglob("*.py")
        if _uses_recording(ast.parse(path.read_text()))
    }
    assert callers == {
        "consent/choices/decisions.py", "consent/choices/off.py", "consent/demonstration/choosing.py",
    }  # fmt: skip
    makers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "consent").rglob("*.py")
        if _makes_a_place(ast.parse(path.read_text()))
    }
    assert makers == {"consent/choices/recording.py", "consent/demonstration/choosing.py"}


def _uses_recording(tree):
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named = any(
        (node.module or "").split(".")[-1] == "recording"
        for node in imports
        if "choices" in (node.module or "") or node.level
    )
    whole = any(
        alias.name == "recording" for node in imports for alias in node.names if "choices" in (node.module or "")
    )
    return named or whole


def _makes_a_place(tree):
    imported = any(
        alias.name == "Place" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and "recording" in (node.module or "")
        for alias in node.names
    )  # fmt: skip
    defined = any(isinstance(node, ast.ClassDef) and node.name == "Place" for node in tree.body)
    calls = any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Place" for node in ast.walk(tree))
    near = imported or (defined and any(isinstance(n, ast.FunctionDef) and n.name == "next_places" for n in tree.body))
    return near and calls

"""The floors, as far as imports do not show them: foreign keys look down, every room is registered, ledger rooms hold bare ids."""

import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS = next(contract["layers"] for contract in CONTRACTS if contract["name"].startswith("Rooms look down"))
FLOOR_OF = {room.strip(" ()"): len(FLOORS) - height for height, floor in enumerate(FLOORS) for room in floor.split("|")}
ROOMS = sorted(path.name for path in (ROOT / "consent").iterdir() if (path / "apps.py").exists())
WITHOUT_FOREIGN_KEYS = {"seals", "ledger", "consultations"}


def foreign_keys():
    for model in apps.get_models(include_auto_created=True):
        if model.__module__.startswith("consent."):
            for field in model._meta.get_fields():
                if field.is_relation and field.concrete and field.related_model.__module__.startswith("consent."):
                    yield model._meta.app_label, field.related_model._meta.app_label, f"{model.__name__}.{field.name}"


@pytest.mark.parametrize(("room", "target", "name"), sorted(set(foreign_keys())))
def test_a_foreign_key_looks_down_or_stays_in_its_room(room, target, name):
    assert room == target or FLOOR_OF[target] < FLOOR_OF[room], f"{name} points from {room} up or across to {target}"


def test_the_lowest_rooms_and_the_consultations_hold_bare_ids():
    crossing = [name for room, target, name in foreign_keys() if room in WITHOUT_FOREIGN_KEYS and room != target]
    assert crossing == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_floor_an_app_and_something_in_it(room):
    assert room in FLOOR_OF
    assert f"consent.{room}" in settings.INSTALLED_APPS
    modules = [
        path
        for path in (ROOT / "consent" / room).glob("*.py")
        if path.name not in {"__init__.py", "apps.py", "models.py"}
    ]
    assert modules, f"consent/{room} is empty"


def test_the_top_level_holds_what_the_house_allows():
    allowed = {
        "manage.py", "portal", "consent", "templates", "tests", "requirements.txt", "requirements.in", "requirements-dev.txt",
        "requirements-dev.in", "requirements-uv.txt", "README.md", "Makefile", "pyproject.toml", "docs", "bench", "verify", ".ci", ".gitignore",
        "CONTRIBUTING.md", "VENDOR.toml", "requirements-uv.in", "LICENSE", ".djlintrc", ".gitattributes",
    }  # fmt: skip
    unknown = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")} - allowed - {"build"}
    assert unknown == set()

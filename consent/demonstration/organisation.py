"""The demonstration's employer: the cast of the one-click list, and about two hundred people with made-up names."""

from datetime import datetime, timedelta
from itertools import product
from random import Random

from django.contrib.auth.hashers import make_password

from consent.people.demonstration import cast
from consent.people.models import Employer, Person, RoleGrant, WorkerType

PASSWORD = "demo"  # noqa: S105 – printed on the sign-in page of the demonstration
OTHERS = 200
LOCATIONS = (
    ("Berlin", "Europe/Berlin"),
    ("Lyon", "Europe/Paris"),
    ("Madrid", "Europe/Madrid"),
    ("Dublin", "Europe/Dublin"),
)
DEPARTMENTS = ("Office", "Finance", "Sales", "Support", "Engineering", "Logistics", "Research", "Purchasing")
FIRST = (
    "Ada", "Anton", "Birgit", "Bruno", "Carmen", "Cem", "Clara", "Dario", "Edda", "Emil", "Fatima", "Felix", "Greta", "Hugo", "Ines",
    "Ivan", "Jana", "Jonas", "Karim", "Lea", "Lucia", "Malik", "Mira", "Nils", "Olga", "Pablo", "Rosa", "Samir", "Tilda", "Yusuf",
)  # fmt: skip
LAST = (
    "Abel", "Bauer", "Costa", "Dahl", "Ebert", "Faure", "Garcia", "Holm", "Ivanov", "Jansen", "Kaya", "Lang", "Moreno", "Novak", "Olsen",
    "Petit", "Quandt", "Rossi", "Sato", "Turan", "Ulrich", "Vidal", "Weber", "Young", "Zeller",
)  # fmt: skip


def found_employer() -> Employer:
    """The legal entity that everybody works for."""
    return Employer.objects.create(
        name="Example Works GmbH",
        address="Beispielstraße 1, 10115 Berlin",
        country="DE",
        contact="privacy@works.example",
    )


def hire_cast(*, employer: Employer, at: datetime) -> dict[str, Person]:
    """The people of the one-click list, by name; Bob is Alice's manager, and Erin is everybody's but her own."""
    joined = at - timedelta(days=900)
    password = make_password(PASSWORD)
    people: dict[str, Person] = {}
    for member in cast():
        people[member.username] = Person(
            username=member.username,
            full_name=member.full_name,
            email=f"{member.username}@works.example",
            password=password,
            employer=employer,
            department="Office",
            location="Berlin",
            time_zone="Europe/Berlin",
            active_from=joined,
        )
    Person.objects.bulk_create(people.values())
    for person in people.values():
        if person.username != "erin":
            person.manager = people["bob"] if person.username == "alice" else people["erin"]
    Person.objects.bulk_update(people.values(), ["manager"])
    RoleGrant.objects.bulk_create(
        RoleGrant(person=people[member.username], role=role, granted_at=joined)
        for member in cast()
        for role in member.roles
    )
    return people


def hire_others(*, employer: Employer, managers: list[Person], chance: Random, at: datetime) -> list[Person]:
    """About two hundred people who cannot sign in."""
    names = chance.sample(list(product(FIRST, LAST)), OTHERS)
    others = [_made_up(names[number], number, employer, managers, chance, at) for number in range(OTHERS)]
    return Person.objects.bulk_create(others)


def _made_up(
    name: tuple[str, str], number: int, employer: Employer, managers: list[Person], chance: Random, at: datetime
) -> Person:
    first, last = name
    location, zone = chance.choice(LOCATIONS)
    temporary = chance.random() < 0.1
    return Person(
        username=f"{first}.{last}".lower(),
        full_name=f"{first} {last}",
        email=f"{first}.{last}@works.example".lower(),
        password=make_password(None),
        employer=employer,
        manager=managers[number % len(managers)],
        department=chance.choice(DEPARTMENTS),
        location=location,
        time_zone=zone,
        worker_type=WorkerType.TEMPORARY if temporary else WorkerType.EMPLOYEE,
        active_from=at - timedelta(days=chance.randrange(150, 2500)),
    )

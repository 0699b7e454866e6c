"""`manage.py suspend_programme SLUG --by NAME --reason WHY`."""

from consent.programmes.acting import ProgrammeCommand
from consent.programmes.states import suspend


class Command(ProgrammeCommand):
    help = (
        "Stops a programme for everyone, at once. What is captured meanwhile is never stored, however late it arrives."
    )
    act = suspend

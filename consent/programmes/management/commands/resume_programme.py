"""`manage.py resume_programme SLUG --by NAME --reason WHY`."""

from consent.programmes.acting import ProgrammeCommand
from consent.programmes.states import resume


class Command(ProgrammeCommand):
    help = "Opens a stopped programme again. What people chose still stands."
    act = resume

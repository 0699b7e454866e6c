"""`manage.py end_programme SLUG --by NAME --reason WHY`."""

from consent.programmes.acting import ProgrammeCommand
from consent.programmes.states import end


class Command(ProgrammeCommand):
    help = "Ends a programme for good. The consents in it expire, each with a receipt."
    act = end

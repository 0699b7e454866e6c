"""The second search: looks for what is left in every place of Candor's own, after all of them reported done."""

from consent.captures import erasure
from consent.captures.keys import on_record
from consent.rights.failpoints import reach
from consent.rights.models import Step

from . import keys, store
from .work import Done, Work

CODE = "search"


class StillThere(Exception):
    """Something that was reported deleted was found. The step fails, is tried again, and ends with a person."""

    code = "still_there"


def run(work: Work) -> Done:
    """Asks the store again for the scope, and for the segments that were noted before; and for the keys. Raises StillThere.

    What it proves is a search of Candor's own places; what others say they did is confirmed, not searched (mechanisms 6).
    """
    steps = {step.place: step for step in Step.objects.filter(request=work.request)}
    left = erasure.count(person_id=work.person_id, scope=work.scope, reader=work.reader, at=work.now()).total
    probes = store.sampled(steps[store.CODE].cursor)
    again = erasure.found_again(person_id=work.person_id, sampled=probes)
    gone = keys.noted({"keys": (steps[keys.CODE].proof or {}).get("destroyed", [])})
    reach("search.before_proof")
    if left or again or on_record(gone):
        raise StillThere
    return Done("searched", told={"found": 0, "probed": len(probes), "keys": len(gone)})

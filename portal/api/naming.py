"""Finds what a body names by its short name."""

from consent.programmes.models import Programme

from .problems import refused


def programme_named(slug: str) -> Programme:
    """The programme of this short name. Raises a problem 422, the same as for one that asks this person for nothing."""
    found = Programme.objects.filter(slug=slug).first()
    if found is None:
        raise refused(422, "not_offered", "There is no such programme, or it does not ask you for this kind of data.")
    return found

"""Presses a page: its form is laid out once and kept, and filled for each receipt. Imported when the first one is printed."""

from functools import lru_cache

from django.utils.translation import gettext as _

from .composing import Composition, placeholder
from .forms import Form, NoForm, form_of, markers_in
from .lettering import characters_without_glyph
from .typesetting import typeset

KEPT = 64  # forms in a process, each about 100 kB
# How long a line may be beside the labels, in CSS pixels: A4 without margins and the column of labels, less a hair.
ROOM = (210 - 2 * 20 - 43 - 6) * 96 / 25.4 - 1


def pressed(composition: Composition) -> bytes:
    """The PDF, ready to be sealed. What a blank cannot hold is set literally, in a form of its own."""
    html, lines = composition.page()
    every, literal = frozenset(range(len(lines))), frozenset[int]()
    if markers_in(html) != len(lines):  # somebody wrote what looks like a marker: nothing may be taken for one
        literal = every
        html, _lines = composition.page(literal=literal)
    while True:
        try:
            form = _form(html, every - literal, composition.modules, _("Seal of this document"))
        except NoForm:
            if literal == every:
                raise
            unfit = every - literal
        else:
            unfit = form.unfit(lines, room=ROOM)
            if not unfit:
                return form.filled(composition.filling(lines))
        literal |= unfit
        html, _lines = composition.page(literal=literal)


@lru_cache(maxsize=KEPT)
def _form(html: str, blanks: frozenset[int], modules: int, field: str) -> Form:
    pictures = {"qr.svg": placeholder(modules)}
    laid_out = typeset(html, pictures=pictures)
    if boxes := characters_without_glyph(laid_out):  # written out, so that they can be told apart, and looked up
        laid_out = typeset(html.translate({ord(each): f"[U+{ord(each):04X}]" for each in boxes}), pictures=pictures)
    return form_of(laid_out, blanks=blanks, modules=modules, field=field)

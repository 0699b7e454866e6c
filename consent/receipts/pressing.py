"""Presses a page: its form is laid out once and kept, and filled for each receipt. Imported when the first one is printed."""

from functools import lru_cache

from django.utils.translation import gettext as _

from .composing import Composition, Paper, placeholder
from .forms import Form, NoForm, form_of, markers_in
from .lettering import characters_without_glyph
from .typesetting import typeset

KEPT = 64  # forms in a process, each about 100 kB
TAKEN = 2 * 20 + 43 + 6  # millimetres of a line that are margins and the column of labels (receipt.css)


def pressed(composition: Composition) -> bytes:
    """The PDF, ready to be sealed. What a blank cannot hold is set literally, in a form of its own."""
    html, lines = composition.page()
    every, literal = frozenset(range(len(lines))), frozenset[int]()
    if markers_in(html) != len(lines):  # somebody wrote what looks like a marker: nothing may be taken for one
        literal = every
        html, _lines = composition.page(literal=literal)
    while True:
        try:
            form = _form(html, every - literal, composition.modules, composition.paper.name, _("Seal of this document"))
        except NoForm:
            if literal == every:
                raise
            unfit = every - literal
        else:
            unfit = form.unfit(lines, room=room(composition.paper))
            if not unfit:
                return form.filled(composition.filling(lines))
        literal |= unfit
        html, _lines = composition.page(literal=literal)


def room(paper: Paper) -> float:
    """How long a line may be beside its label, in CSS pixels, less a hair."""
    return (paper.width - TAKEN) * 96 / 25.4 - 1


@lru_cache(maxsize=KEPT)
def _form(html: str, blanks: frozenset[int], modules: int, paper: str, field: str) -> Form:
    pictures = {"qr.svg": placeholder(modules)}
    laid_out = typeset(html, pictures=pictures, paper=paper)
    if boxes := characters_without_glyph(laid_out):  # written out, so that they can be told apart, and looked up
        laid_out = typeset(
            html.translate({ord(each): f"[U+{ord(each):04X}]" for each in boxes}), pictures=pictures, paper=paper
        )
    return form_of(laid_out, blanks=blanks, modules=modules, field=field)

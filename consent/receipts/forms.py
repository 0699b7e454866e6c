"""Forms: a print laid out once, with blanks where receipts of one layout differ, and filled as often as it is needed (ADR 0007).

1. WeasyPrint lays out the sheet with a marker in each blank, a plain square for the QR code, and a specimen of characters.
2. The specimen is read (`lettering`) and taken away.
3. The document is finished (`finishing`) and given a place for the seal (`sealing`).
4. Markers and square are found in the content of the pages, which is cut there; the file is written once, and kept in pieces.
5. Filling joins the pieces: lines, QR code, enclosures, what the file says about itself (`filling`).

A line that a blank cannot hold – too long, or with characters that the typeface lacks – is no blank: that receipt has a form of its own.
"""

import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pikepdf
from pikepdf import Array, ContentStreamInlineImage, ContentStreamInstruction, Operator, Pdf

from . import filling, finishing, sealing
from .filling import Filling, Writer
from .lettering import Alphabet, glyphs_shown, learned, specimen_of_exact, specimen_of_text

ENCLOSURES = 2
SPECIMEN = "/BlockQuote"  # the element of the specimen; a receipt has no other
_MARK = "~"
_MARKED = re.compile(rf"{_MARK}(\d+){_MARK}")
Instruction = ContentStreamInstruction | ContentStreamInlineImage
_BEGIN, _END = (Operator("BDC"), Operator("BMC")), Operator("EMC")
_FONT, _SHOW, _SQUARE, _FILL = Operator("Tf"), Operator("TJ"), Operator("re"), Operator("f")


class NoForm(Exception):
    """The page cannot be cut as it was laid out: a text looks like a marker, or a blank is not where it should be."""

    code = "no_form"


@dataclass(frozen=True)
class Blank:
    """A place for a line: for which, and in which face and size."""

    number: int
    alphabet: Alphabet
    size: float

    def holds(self, line: str, *, room: float) -> bool:
        """Whether the line can be set here and is not longer than `room`, in units of the page."""
        return self.alphabet.can_set(line) and self.alphabet.width(line, size=self.size) <= room

    def drawn(self, with_: Filling) -> bytes:
        """What draws the line that belongs here."""
        return self.alphabet.operators(with_.lines[self.number], size=self.size)


@dataclass(frozen=True)
class Code:
    """The place of the QR code."""

    def drawn(self, with_: Filling) -> bytes:
        """What draws it: a square for each dark module."""
        return with_.code


Piece = bytes | Blank | Code


@dataclass(frozen=True)
class Form:
    """The objects of a file in their order: as they are, or as a filling writes them."""

    objects: tuple[bytes | Writer, ...]
    blanks: tuple[Blank, ...]
    root: int
    info: int

    def unfit(self, lines: Sequence[str], *, room: float) -> frozenset[int]:
        """The numbers of the lines that their blanks cannot hold."""
        return frozenset(each.number for each in self.blanks if not each.holds(lines[each.number], room=room))

    def filled(self, with_: Filling) -> bytes:
        """The file, ready to be sealed."""
        objects = [each if isinstance(each, bytes) else each(with_) for each in self.objects]
        identity = hashlib.sha256(b"".join(each.content for each in with_.enclosures)).digest()[:16]
        return filling.file_of(objects, root=self.root, info=self.info, identity=identity)


def marker(number: int) -> str:
    """What stands in a blank while the form is laid out."""
    return f"{_MARK}{number}{_MARK}"


def markers_in(html: str) -> int:
    """How many markers a page has, or what looks like one."""
    return len(_MARKED.findall(html))


def form_of(typeset: bytes, *, blanks: frozenset[int], modules: int, field: str) -> Form:
    """Cuts what was laid out with this many markers, and a square of so many modules, into a form. Raises NoForm.

    `field` is what readers call the field of the seal.
    """
    pdf = pikepdf.open(io.BytesIO(typeset))
    alphabets = _take_specimen(pdf)  # 2
    finishing.finish(pdf, enclosures=ENCLOSURES)  # 3
    sealing.reserve(pdf, alternative=field)
    contents = [list(_cut(pikepdf.parse_content_stream(page), alphabets, blanks, modules)) for page in pdf.pages]  # 4
    found = tuple(piece for pieces in contents for piece in pieces if isinstance(piece, Blank))
    codes = [piece for pieces in contents for piece in pieces if isinstance(piece, Code)]
    if {each.number for each in found} != blanks or len(codes) != 1:
        raise NoForm("A blank of this form is not where it should be.")
    return _in_pieces(sealing.written(pdf), contents, found)


def _take_specimen(pdf: Pdf) -> list[Alphabet]:
    """Reads the specimen – one line in each face – off its page, and takes it out of content and structure."""
    document = pdf.Root.StructTreeRoot.K[0]
    element = next((each for each in finishing.kids(document) if each.S == SPECIMEN), None)
    if element is None:
        raise NoForm("There is no specimen.")
    document.K = Array([each for each in finishing.kids(document) if each.objgen != element.objgen])
    numbers = [
        int(kid)
        for each in finishing.elements(element)
        for kid in finishing.kids(each)
        if not finishing.is_element(kid)
    ]
    page, parents = next(finishing.parents_by_page(pdf))
    shown: dict[int, list[Instruction]] = {number: [] for number in numbers}
    kept: list[Instruction] = []
    taken: list[Instruction] | None = None
    for instruction in pikepdf.parse_content_stream(page):
        if instruction.operator in _BEGIN and len(instruction.operands) == 2:
            taken = shown.get(int(instruction.operands[1].get("/MCID", -1)))
        (kept if taken is None else taken).append(instruction)
        if instruction.operator == _END:
            taken = None
    page.obj.Contents.write(pikepdf.unparse_content_stream(kept))
    for number in numbers:
        parents[number] = None
    specimens = (specimen_of_text(), specimen_of_exact())
    fonts = page.obj.Resources.Font
    return [
        learned(specimen, list(glyphs_shown(shown[number])), fonts)
        for specimen, number in zip(specimens, numbers, strict=True)
    ]


def _cut(
    instructions: Sequence[Instruction], alphabets: Sequence[Alphabet], blanks: frozenset[int], modules: int
) -> Iterator[Piece]:
    """The content of a page as bytes that stay, with blanks and the code between them."""
    staying: list[Instruction] = []

    def stayed() -> bytes:
        made = pikepdf.unparse_content_stream(staying)
        staying.clear()
        return made

    for marked in _sequences(instructions):
        blank = _blank(marked, alphabets, blanks)
        square = _square(marked, modules)
        if blank:
            first = next(index for index, each in enumerate(marked) if each.operator == _FONT)
            staying += marked[:first]
            yield stayed()
            yield blank
            staying += [each for each in marked[first:] if each.operator not in (_FONT, _SHOW)]
        elif square is not None:
            staying += marked[:square]
            yield stayed()
            yield Code()
            staying += marked[square + 2 :]
        else:
            staying += marked
    yield stayed()


def _sequences(instructions: Sequence[Instruction]) -> Iterator[list[Instruction]]:
    """The instructions in groups: each piece of marked content, and what stands between two of them."""
    group: list[Instruction] = []
    for instruction in instructions:
        if instruction.operator in _BEGIN:
            yield group
            group = []
        group.append(instruction)
        if instruction.operator == _END:
            yield group
            group = []
    yield group


def _blank(marked: Sequence[Instruction], alphabets: Sequence[Alphabet], blanks: frozenset[int]) -> Blank | None:
    """The blank whose marker is all that this piece of marked content shows."""
    shown = list(glyphs_shown(marked))
    for alphabet in alphabets:
        found = _MARKED.fullmatch("".join(alphabet.characters.get(glyph, "?") for glyph in shown))
        if found and int(found[1]) in blanks:
            size = next(float(each.operands[1]) for each in marked if each.operator == _FONT)
            return Blank(int(found[1]), alphabet, size)
    return None


def _square(marked: Sequence[Instruction], modules: int) -> int | None:
    """Where the square stands that was drawn in place of the QR code."""
    for index, (each, following) in enumerate(zip(marked, marked[1:], strict=False)):
        if (
            each.operator == _SQUARE
            and following.operator == _FILL
            and [*map(float, each.operands)] == [0, 0, modules, modules]
        ):
            return index
    return None


def _in_pieces(file: bytes, contents: Sequence[Sequence[Piece]], blanks: tuple[Blank, ...]) -> Form:
    """The written file as objects, those that a filling writes as their writers."""
    with pikepdf.open(io.BytesIO(file)) as pdf:
        specifications = [each.objgen[0] for each in pdf.Root.AF]
        files = [each.EF.F.objgen[0] for each in pdf.Root.AF]
        names, root, info = pdf.Root.Names.EmbeddedFiles.objgen[0], pdf.Root.objgen[0], pdf.trailer.Info.objgen[0]
        metadata = pdf.Root.Metadata.objgen[0]
        pages = [page.obj.Contents.objgen[0] for page in pdf.pages]
    writers: dict[int, Writer] = {
        metadata: partial(filling.metadata, metadata),
        info: partial(filling.information, info),
        names: partial(filling.names_of_files, names, specifications=specifications),
    }
    for index, (number, specification) in enumerate(zip(files, specifications, strict=True)):
        writers[number] = partial(filling.enclosed_file, number, index=index)
        writers[specification] = partial(filling.file_specification, specification, index=index, file=number)
    for number, pieces in zip(pages, contents, strict=True):
        writers[number] = partial(_content, number, pieces)
    objects = tuple(writers.get(number, written) for number, written in _objects(file).items())
    return Form(objects=objects, blanks=blanks, root=root, info=info)


def _content(number: int, pieces: Sequence[Piece], with_: Filling) -> bytes:
    """The content of a page, filled."""
    drawn = [each if isinstance(each, bytes) else each.drawn(with_) for each in pieces]
    return filling.a_stream(number, b"", b"\n".join(drawn))


def _objects(file: bytes) -> Mapping[int, bytes]:
    """Every object of a plainly written file, as it stands there, by number (ISO 32000-1, 7.5.4)."""
    table = int(file[file.rindex(b"startxref") :].split()[1])
    entries = re.findall(rb"(\d{10}) \d{5} ([nf])", file[table:])
    places = {number: int(place) for number, (place, kind) in enumerate(entries) if kind == b"n"}
    if sorted(places) != list(range(1, len(entries))):
        raise NoForm("The file has objects that are not in use.")
    ends = dict(zip(sorted(places.values()), [*sorted(places.values())[1:], table], strict=True))
    return {number: file[place : ends[place]] for number, place in places.items()}

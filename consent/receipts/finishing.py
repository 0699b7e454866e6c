"""Makes what WeasyPrint set into one file that is PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1), with its enclosures.

WeasyPrint can declare one of the two, and leaves some of both to do. What is done here, by clause:

1. Margin boxes are artifacts: what repeats on every page is not read aloud in the middle of a table (ISO 14289-1, 7.1, 7.8).
2. Headers of a table say what they head (ISO 14289-1, 7.5): each stands before its row.
3. Empty elements of structure are taken out; nothing points at what is not in the tree (ISO 32000-1, 14.7.4.4).
4. Both standards are declared, and the one that PDF/A does not know is described (ISO 19005-3, 6.6.2.3.3; ISO 14289-1, 5).
5. Enclosures are associated files of the document, each once (ISO 19005-3, 6.8).
"""

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pikepdf
from django.template import Context, Engine
from pikepdf import Array, ContentStreamInstruction, Dictionary, Name, Operator, Pdf, String

PRINT = Path(__file__).resolve().parent / "print"
CREATOR = "Candor"


@dataclass(frozen=True)
class About:
    """What a PDF says about itself as a file."""

    title: str
    author: str
    subject: str
    created: datetime


@dataclass(frozen=True)
class Enclosure:
    """A file attached to the PDF, byte for byte."""

    name: str
    description: str
    content: bytes
    media_type: str


def finished(typeset: bytes, *, about: About, enclosures: Sequence[Enclosure]) -> Pdf:
    """The document as an open PDF, to be sealed and written."""
    pdf = pikepdf.open(io.BytesIO(typeset))
    _tidy_structure(pdf)
    _declare(pdf, about)
    _enclose(pdf, enclosures, about.created)
    return pdf


def _tidy_structure(pdf: Pdf) -> None:
    root = pdf.Root.StructTreeRoot
    _drop_empty(root.K[0])
    read_aloud = {each.objgen for each in _elements(root.K[0])}
    by_number = {int(key): value for key, value in _pairs(root.ParentTree.Nums)}
    for page in pdf.pages:  # 1
        parents = by_number[int(page.obj.StructParents)]
        unread = {number for number, each in enumerate(parents) if each.objgen not in read_aloud}
        if unread:
            page.obj.Contents.write(_as_artifacts(page, unread))
        for number in unread:
            parents[number] = None
    for element in _elements(root.K[0]):  # 2
        if element.S == "/TH":
            element.A = Dictionary(O=Name.Table, Scope=Name.Row)
        if element.S in ("/TH", "/TD"):
            _without(element, "/ID")
            _without(element.A, "/Headers")


def _elements(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The element and all below it, in reading order."""
    yield element
    for kid in _kids(element):
        if _is_element(kid):
            yield from _elements(kid)


def _kids(element: pikepdf.Object) -> list[Any]:
    """What stands in the element: other elements, references to annotations, numbers of marked content."""
    kids: Any = element.get("/K", [])
    return list(kids) if isinstance(kids, Array | list) else [kids]


def _is_element(kid: Any) -> bool:
    return isinstance(kid, Dictionary) and "/S" in kid


def _drop_empty(element: pikepdf.Object) -> bool:  # 3
    """Takes out of the element what has no content; true when nothing is left of it. A cell stays: columns are counted by them."""
    kept = [kid for kid in _kids(element) if not (_is_element(kid) and _drop_empty(kid))]
    element.K = Array(kept)
    return not kept and element.S not in ("/TD", "/TH")


def _as_artifacts(page: pikepdf.Page, numbers: set[int]) -> bytes:
    """The content of the page with these pieces of marked content turned into artifacts."""
    instructions = []
    for instruction in pikepdf.parse_content_stream(page):
        if instruction.operator == Operator("BDC") and instruction.operands[1].get("/MCID") in numbers:
            properties = Dictionary(Type=Name.Pagination)
            instruction = ContentStreamInstruction([Name.Artifact, properties], Operator("BDC"))
        instructions.append(instruction)
    return pikepdf.unparse_content_stream(instructions)


def _pairs(flat: pikepdf.Object) -> Iterator[tuple[pikepdf.Object, pikepdf.Object]]:
    each = iter(flat)
    return zip(each, each, strict=True)


def _without(dictionary: pikepdf.Object, key: str) -> None:
    if key in dictionary:
        del dictionary[key]


def _declare(pdf: Pdf, about: About) -> None:  # 4
    values = {
        "about": about,
        "created": about.created.astimezone(UTC).isoformat(timespec="seconds"),
        "creator": CREATOR,
        "producer": producer(),
    }
    metadata = _engine().get_template("metadata.xml").render(Context(values)).encode()
    pdf.Root.Metadata = pdf.make_stream(metadata, Type=Name.Metadata, Subtype=Name.XML)
    date = _date(about.created)
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            Title=String(about.title), Author=String(about.author), Subject=String(about.subject), Creator=String(CREATOR),
            Producer=String(producer()), CreationDate=date, ModDate=date,
        )
    )  # fmt: skip


def _enclose(pdf: Pdf, enclosures: Sequence[Enclosure], at: datetime) -> None:  # 5
    listed, names = Array(), Array()
    for each in sorted(enclosures, key=lambda each: each.name):
        size, checksum = len(each.content), String(hashlib.md5(each.content, usedforsecurity=False).digest())
        parameters = Dictionary(Size=size, CheckSum=checksum, CreationDate=_date(at), ModDate=_date(at))
        file = pdf.make_stream(
            each.content, Type=Name.EmbeddedFile, Subtype=Name(f"/{each.media_type}"), Params=parameters
        )
        name = String(each.name)
        specification = Dictionary(
            Type=Name.Filespec, F=name, UF=name, Desc=String(each.description), AFRelationship=Name.Data,
            EF=Dictionary(F=file, UF=file),
        )  # fmt: skip
        reference = pdf.make_indirect(specification)
        listed.append(reference)
        names.extend([name, reference])
    pdf.Root.AF = listed
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))


def _date(at: datetime) -> String:
    return String(at.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ"))


@cache
def producer() -> str:
    """What the file is made with."""
    return f"WeasyPrint {version('weasyprint')}, pikepdf {version('pikepdf')}, pyHanko {version('pyhanko')}"


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(PRINT)], autoescape=True)

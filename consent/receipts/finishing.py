"""Makes what WeasyPrint set into a document that can be PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1) at once.

WeasyPrint can declare one of the two, and leaves some of both to do. What is done here, by clause:

1. Margin boxes are artifacts: what repeats on every page is not read aloud in the middle of a table (ISO 14289-1, 7.1, 7.8).
2. Headers of a table say what they head (ISO 14289-1, 7.5): each stands before its row.
3. Empty elements of structure are taken out; nothing points at what is not in the tree (ISO 32000-1, 14.7.4.4).
4. There are places for what the file says about itself and for its enclosures, which are associated files of the document, each
   once (ISO 19005-3, 6.8). `filling` writes what belongs there.
"""

from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, ContentStreamInstruction, Dictionary, Name, Operator, Pdf


def finish(pdf: Pdf, *, enclosures: int) -> None:
    """Does all of it, in place."""
    _tidy_structure(pdf)
    _make_places(pdf, enclosures)


def _tidy_structure(pdf: Pdf) -> None:
    root = pdf.Root.StructTreeRoot
    _drop_empty(root.K[0])  # 3
    read_aloud = {each.objgen for each in elements(root.K[0])}
    for page, parents in parents_by_page(pdf):  # 1
        unread = {number for number, each in enumerate(parents) if each is not None and each.objgen not in read_aloud}
        if unread:
            page.obj.Contents.write(_as_artifacts(page, unread))
        for number in unread:
            parents[number] = None
    for element in elements(root.K[0]):  # 2
        if element.S == "/TH":
            element.A = Dictionary(O=Name.Table, Scope=Name.Row)
        if element.S in ("/TH", "/TD"):
            _without(element, "/ID")
            _without(element.A, "/Headers")


def elements(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """The element and all below it, in reading order."""
    yield element
    for kid in kids(element):
        if is_element(kid):
            yield from elements(kid)


def kids(element: pikepdf.Object) -> list[Any]:
    """What stands in the element: other elements, references to annotations, numbers of marked content."""
    found: Any = element.get("/K", [])
    return list(found) if isinstance(found, Array | list) else [found]


def is_element(kid: Any) -> bool:
    """Whether what stands in an element is an element too."""
    return isinstance(kid, Dictionary) and "/S" in kid


def parents_by_page(pdf: Pdf) -> Iterator[tuple[pikepdf.Page, pikepdf.Object]]:
    """Each page with the elements of its marked content, by number."""
    flat = iter(pdf.Root.StructTreeRoot.ParentTree.Nums)
    by_number = {int(number): each for number, each in zip(flat, flat, strict=True)}
    return ((page, by_number[int(page.obj.StructParents)]) for page in pdf.pages)


def _drop_empty(element: pikepdf.Object) -> bool:
    """Takes out of the element what has no content; true when nothing is left of it. A cell stays: columns are counted by them."""
    kept = [kid for kid in kids(element) if not (is_element(kid) and _drop_empty(kid))]
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


def _without(dictionary: pikepdf.Object, key: str) -> None:
    if key in dictionary:
        del dictionary[key]


def _make_places(pdf: Pdf, enclosures: int) -> None:  # 4
    pdf.Root.Metadata = pdf.make_stream(b"")
    pdf.trailer.Info = pdf.make_indirect(Dictionary())
    specifications = [Dictionary(EF=Dictionary(F=pdf.make_stream(b""))) for _ in range(enclosures)]
    pdf.Root.AF = Array([pdf.make_indirect(each) for each in specifications])
    pdf.Root.Names = Dictionary(EmbeddedFiles=pdf.make_indirect(Dictionary()))

"""Reads a PDF against the clauses of PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1) that receipts rely on.

Not a validator of everything a PDF could hold: what receipts do not have (images with soft masks, lists, forms to fill, notes …) is
not looked at, or is complained about as soon as it appears.
"""

import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pikepdf
from pikepdf import Array, Dictionary, Stream

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
}
KNOWN_TYPES = {
    "Document", "Part", "Art", "Sect", "Div", "BlockQuote", "Caption", "NonStruct", "P", "H1", "H2", "H3", "L", "LI", "Lbl",
    "LBody", "Table", "TR", "TH", "TD", "THead", "TBody", "TFoot", "Span", "Link", "Figure",
}  # fmt: skip
PAINTING = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "EI", "INLINE IMAGE"}
DEVICE_CMYK = {"k", "K"}
PRINTED, HIDING = 1 << 2, 1 | 1 << 1 | 1 << 5 | 1 << 8


def complaints(file: bytes) -> list[str]:
    """What is wrong with the file, each with its clause; nothing is a pass."""
    with pikepdf.open(io.BytesIO(file)) as pdf:
        return [
            *_file(file, pdf), *_colours(pdf), *_fonts(pdf), *_annotations(pdf), *_actions(pdf), *_metadata(pdf), *_enclosures(pdf),
            *_document(pdf), *_content(pdf), *_structure(pdf),
        ]  # fmt: skip


def _file(file: bytes, pdf: pikepdf.Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", file):
        yield "19005-3, 6.1.2: the file header"
    if "/ID" not in pdf.trailer or "/Encrypt" in pdf.trailer or pdf.is_encrypted:
        yield "19005-3, 6.1.3: an ID, and no encryption"
    if set(pdf.Root.get("/Perms", {}).keys()) - {"/DocMDP"}:
        yield "19005-3, 6.1.12: permissions"
    filters = [str(each.get("/Filter", "")) for each in pdf.objects if isinstance(each, Stream)]
    if any("LZW" in name or "Crypt" in name for name in filters):
        yield "19005-3, 6.1.7.2: filters"
    if any(isinstance(each, Stream) and "/F" in each for each in pdf.objects):
        yield "19005-3, 6.1.7.1: a stream outside the file"
    if "/OCProperties" in pdf.Root:
        yield "19005-3, 6.9: optional content"


def _colours(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = pdf.Root.get("/OutputIntents", [])
    profiles = [each.DestOutputProfile for each in intents if each.S == "/GTS_PDFA1"]
    if len(profiles) != 1 or profiles[0].N != 3 or profiles[0].read_bytes()[16:20] != b"RGB ":
        yield "19005-3, 6.2.3: one output intent, an RGB profile"
    for content in _contents(pdf):
        if any(str(each.operator) in DEVICE_CMYK for each in content):
            yield "19005-3, 6.2.4.3: DeviceCMYK under an RGB output intent"
    for each in pdf.objects:
        if isinstance(each, Stream) and each.get("/Subtype") == "/Image" and each.get("/Interpolate"):
            yield "19005-3, 6.2.8: an image that asks for interpolation"


def _fonts(pdf: pikepdf.Pdf) -> Iterator[str]:
    fonts = [each for each in pdf.objects if isinstance(each, Dictionary) and each.get("/Type") == "/Font"]
    for font in fonts:
        name = font.get("/BaseFont", "a font")
        if font.Subtype in ("/CIDFontType0", "/CIDFontType2"):
            if not {"/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys()):
                yield f"19005-3, 6.2.11.4.1: {name} is not embedded"
            if font.Subtype == "/CIDFontType2" and "/CIDToGIDMap" not in font:
                yield f"19005-3, 6.2.11.3.2: {name} has no CIDToGIDMap"
            if "/CIDSet" in font.FontDescriptor:
                yield f"19005-3, 6.2.11.4.2: {name} has a CIDSet, which nobody looks after"
        elif font.Subtype == "/Type0":
            if "/ToUnicode" not in font:
                yield f"19005-3, 6.2.11.7.2 and 14289-1, 7.21.7: {name} has no ToUnicode"
            if font.Encoding != "/Identity-H":
                yield f"19005-3, 6.2.11.3.3: {name} has a CMap of its own"
        else:
            yield f"19005-3, 6.2.11: {name} is of a kind that receipts do not use"
    if not fonts:
        yield "19005-3, 6.2.11: no font"


def _annotations(pdf: pikepdf.Pdf) -> Iterator[str]:
    for page in pdf.pages:
        for each in page.obj.get("/Annots", []):
            flags, subtype = int(each.get("/F", 0)), str(each.Subtype)
            outside = each.Rect[0] == each.Rect[2] and each.Rect[0] < page.mediabox[0]
            if subtype not in ("/Link", "/Widget"):
                yield f"19005-3, 6.3.1: an annotation of type {subtype}"
            if not flags & PRINTED or flags & HIDING:
                yield f"19005-3, 6.3.2: the flags of a {subtype}"
            if subtype == "/Widget" and not outside:
                yield "19005-3, 6.3.3 and 14289-1, 7.18.4: a visible widget without appearance and form element"
            if subtype == "/Link" and not str(each.get("/Contents", "")):
                yield "14289-1, 7.18.5: a link without a description"
            if subtype == "/Widget" and not str(each.get("/TU", "")):
                yield "14289-1, 7.18.1: a field without a name for people"
        if page.obj.get("/Tabs") != "/S":
            yield "14289-1, 7.18.3: tab order"


def _actions(pdf: pikepdf.Pdf) -> Iterator[str]:
    form = pdf.Root.get("/AcroForm", {})
    if form.get("/NeedAppearances") or "/XFA" in form:
        yield "19005-3, 6.4.1 and 6.4.2: forms that are not fixed"
    for each in [pdf.Root, *pdf.objects]:
        if isinstance(each, Dictionary):
            yield from _actions_of(each)


def _actions_of(dictionary: Dictionary) -> Iterator[str]:
    if "/AA" in dictionary or "/JS" in dictionary or "/OpenAction" in dictionary:
        yield "19005-3, 6.5.1: something that acts by itself"
    action = dictionary.get("/A")
    if isinstance(action, Dictionary) and action.get("/S", "/URI") != "/URI":
        yield f"19005-3, 6.5.1: an action {action.S}"


def _metadata(pdf: pikepdf.Pdf) -> Iterator[str]:
    raw = pdf.Root.Metadata.read_bytes()
    if "/Filter" in pdf.Root.Metadata or re.search(rb"<\?xpacket [^>]*(bytes|encoding)=", raw):
        yield "19005-3, 6.6.2.1: metadata in clear, with a plain header"
    described = ElementTree.fromstring(raw)

    def said(path: str) -> str:
        return (described.findtext(f".//{path}", "", NAMESPACES) or "").strip()

    if (said("pdfaid:part"), said("pdfaid:conformance")) != ("3", "A"):
        yield "19005-3, 6.6.4: identification as PDF/A-3a"
    if said("pdfuaid:part") != "1":
        yield "14289-1, 5: identification as PDF/UA-1"
    if NAMESPACES["pdfuaid"] not in [
        each.text for each in described.iter(f"{{{NAMESPACES['pdfaSchema']}}}namespaceURI")
    ]:
        yield "19005-3, 6.6.2.3.3: the schema of PDF/UA is not described"
    title = said("dc:title/rdf:Alt/rdf:li")
    if not title or title != str(pdf.docinfo["/Title"]):
        yield "14289-1, 7.1: a title, the same in both places"


def _enclosures(pdf: pikepdf.Pdf) -> Iterator[str]:
    associated = [each.objgen for each in pdf.Root.get("/AF", [])]
    specifications = [each for each in pdf.objects if isinstance(each, Dictionary) and each.get("/Type") == "/Filespec"]
    if sorted(associated) != sorted(each.objgen for each in specifications):
        yield "19005-3, 6.8: every enclosure is associated with the document, once"
    for each in specifications:
        if (
            "/F" not in each
            or "/UF" not in each
            or each.get("/AFRelationship") != "/Data"
            or not str(each.get("/Desc", ""))
        ):
            yield "19005-3, 6.8 and 14289-1, 7.11: a file specification in full"
        file = each.EF.F
        if "/Subtype" not in file or "/ModDate" not in file.Params or file.Params.Size != len(file.read_bytes()):
            yield "19005-3, 6.8: type, date and size of an enclosure"


def _document(pdf: pikepdf.Pdf) -> Iterator[str]:
    if not pdf.Root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle"):
        yield "14289-1, 7.1: the title is shown"
    if not pdf.Root.get("/MarkInfo", Dictionary()).get("/Marked") or pdf.Root.MarkInfo.get("/Suspects"):
        yield "19005-3, 6.7.2.2 and 14289-1, 7.1: marked, without suspects"
    if not re.fullmatch(r"[a-z]{2,3}(-\w+)*", str(pdf.Root.get("/Lang", ""))):
        yield "19005-3, 6.7.4 and 14289-1, 7.2: the language"


def _contents(pdf: pikepdf.Pdf) -> Iterator[list]:
    for page in pdf.pages:
        yield list(pikepdf.parse_content_stream(page))
    for each in pdf.objects:
        if isinstance(each, Stream) and each.get("/Subtype") == "/Form":
            yield list(pikepdf.parse_content_stream(each))


def _content(pdf: pikepdf.Pdf) -> Iterator[str]:
    """14289-1, 7.1: what is painted is tagged or an artifact, never one inside the other."""
    parents = dict(_pairs(pdf.Root.StructTreeRoot.ParentTree.Nums))
    tree = {each.objgen for each in elements(pdf)}
    for page in pdf.pages:
        belongs = parents[int(page.obj.StructParents)]
        marks: list[str] = []
        for number, instruction in enumerate(pikepdf.parse_content_stream(page)):
            operator = str(instruction.operator)
            if operator in ("BDC", "BMC"):
                mark, tag = "artifact", str(instruction.operands[0])
                if tag != "/Artifact":
                    mark = "tagged"
                    identifier = int(instruction.operands[1].MCID)
                    if belongs[identifier] is None or belongs[identifier].objgen not in tree:
                        yield f"14289-1, 7.1: instruction {number} belongs to nothing in the tree"
                    elif identifier not in [
                        int(kid) for kid in kids(belongs[identifier]) if not isinstance(kid, Dictionary)
                    ]:
                        yield f"32000-1, 14.7.4.4: the tree does not know instruction {number}"
                if marks:
                    yield f"14289-1, 7.1: instruction {number}, {mark} inside {marks[-1]}"
                marks.append(mark)
            elif operator == "EMC":
                marks.pop()
            elif operator in PAINTING and not marks:
                yield f"14289-1, 7.1: instruction {number}, {operator}, is neither tagged nor an artifact"
    for each in pdf.objects:
        if isinstance(each, Stream) and each.get("/Subtype") == "/Form":
            operators = {str(instruction.operator) for instruction in pikepdf.parse_content_stream(each)}
            if operators & {"BDC", "BMC"}:
                yield "14289-1, 7.20: a form with marks of its own"


def _structure(pdf: pikepdf.Pdf) -> Iterator[str]:
    last = 0
    for element in elements(pdf):
        kind = str(element.S).removeprefix("/")
        if kind not in KNOWN_TYPES:
            yield f"14289-1, 7.1: an element of type {kind}"
        if kind == "Figure" and not str(element.get("/Alt", "")):
            yield "14289-1, 7.3: a figure without alternative text"
        if kind == "Figure" and len(element.A.BBox) != 4:
            yield "14289-1, 7.3: a figure without a box"
        if re.fullmatch(r"H\d", kind):
            if int(kind[1]) > last + 1:
                yield f"14289-1, 7.4.2: {kind} after H{last}"
            last = int(kind[1])
        if kind == "TH" and element.get("/A", Dictionary()).get("/Scope") not in ("/Row", "/Column", "/Both"):
            yield "14289-1, 7.5: a table header without scope"
        if kind == "TR" and not {str(kid.S) for kid in kids(element)} <= {"/TH", "/TD"}:
            yield "14289-1, 7.2: a row holds cells"
        for kid in kids(element):
            if isinstance(kid, Dictionary) and "/S" in kid and kid.P.objgen != element.objgen:
                yield f"32000-1, 14.7.2: a {kid.S} that names another parent"
    yield from _links(pdf)


def _links(pdf: pikepdf.Pdf) -> Iterator[str]:
    parents = dict(_pairs(pdf.Root.StructTreeRoot.ParentTree.Nums))
    for page in pdf.pages:
        for each in page.obj.get("/Annots", []):
            if each.Subtype == "/Link":
                element = parents.get(int(each.get("/StructParent", -1)))
                held = (
                    [kid.Obj.objgen for kid in kids(element) if isinstance(kid, Dictionary) and "/Obj" in kid]
                    if element
                    else []
                )
                if element is None or element.S != "/Link" or each.objgen not in held:
                    yield "14289-1, 7.18.5: a link that is not in a Link element"


def elements(pdf: pikepdf.Pdf) -> Iterator[Dictionary]:
    """Every element of the structure tree, in reading order."""

    def below(element: Dictionary) -> Iterator[Dictionary]:
        yield element
        for kid in kids(element):
            if isinstance(kid, Dictionary) and "/S" in kid:
                yield from below(kid)

    for top in kids(pdf.Root.StructTreeRoot):
        yield from below(top)


def kids(element: Dictionary) -> list:
    """What an element holds: elements, references, numbers of marked content."""
    held = element.get("/K", [])
    return list(held) if isinstance(held, Array | list) else [held]


def _pairs(flat: Array) -> Iterator[tuple[int, object]]:
    each = iter(flat)
    return ((int(key), value) for key, value in zip(each, each, strict=True))

"""What is written anew for each receipt that fills a form, as PDF syntax (ISO 32000-1, 7.3 and 7.5)."""

import hashlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from django.template import Context, Engine, Template

PRINT = Path(__file__).resolve().parent / "print"
CREATOR = "Candor"
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


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


@dataclass(frozen=True)
class Filling:
    """All that differs between two receipts of one form: the lines by number, the squares of the QR code, the rest of the file."""

    lines: Sequence[str]
    code: bytes
    about: About
    enclosures: Sequence[Enclosure]


Writer = Callable[[Filling], bytes]


def file_of(objects: Sequence[bytes], *, root: int, info: int, identity: bytes) -> bytes:
    """The file: header, objects 1, 2, 3 …, the table of where they begin, trailer. `identity` are 16 bytes that no other file has."""
    places, place = [], len(HEADER)
    for each in objects:
        places.append(b"%010d 00000 n \n" % place)
        place += len(each)
    count, name = len(objects) + 1, identity.hex().encode()
    table = [b"xref\n0 %d\n0000000000 65535 f \n" % count, *places]
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R /ID [<%b> <%b>] >>\nstartxref\n%d\n%%%%EOF\n"
    return b"".join([HEADER, *objects, *table, trailer % (count, root, info, name, name, place)])


def an_object(number: int, value: bytes) -> bytes:
    """An indirect object."""
    return b"%d 0 obj\n%b\nendobj\n" % (number, value)


def a_stream(number: int, entries: bytes, content: bytes, *, compressed: bool = True) -> bytes:
    """An indirect stream with these entries in its dictionary."""
    if compressed:
        content, entries = zlib.compress(content), entries + b" /Filter /FlateDecode"
    return an_object(number, b"<< %b /Length %d >>\nstream\n%b\nendstream" % (entries, len(content), content))


def metadata(number: int, filling: Filling) -> bytes:
    """The XMP, in clear (ISO 19005-3, 6.6.2.1): both standards are declared, and the one that PDF/A does not know is described
    (ISO 19005-3, 6.6.2.3.3; ISO 14289-1, 5).
    """
    created = filling.about.created.astimezone(UTC).isoformat(timespec="seconds")
    values = {"about": filling.about, "created": created, "creator": CREATOR, "producer": producer()}
    said = _template().render(Context(values, use_l10n=False)).encode()
    return a_stream(number, b"/Type /Metadata /Subtype /XML", said, compressed=False)


def information(number: int, filling: Filling) -> bytes:
    """The document information, which says the same (ISO 14289-1, 7.1)."""
    about = filling.about
    date = _date(about.created)
    said = {
        b"Title": _text(about.title), b"Author": _text(about.author), b"Subject": _text(about.subject),
        b"Creator": _text(CREATOR), b"Producer": _text(producer()), b"CreationDate": date, b"ModDate": date,
    }  # fmt: skip
    return an_object(number, b"<< %b >>" % b" ".join(b"/%b %b" % entry for entry in said.items()))


def enclosed_file(number: int, filling: Filling, index: int) -> bytes:
    """The bytes of an enclosure, with its type, size, date and checksum (ISO 19005-3, 6.8; ISO 32000-1, table 45 and 46)."""
    enclosure = filling.enclosures[index]
    date, checksum = _date(filling.about.created), hashlib.md5(enclosure.content, usedforsecurity=False).hexdigest()
    parameters = b"/Size %d /CheckSum <%b> /CreationDate %b /ModDate %b" % (
        len(enclosure.content), checksum.encode(), date, date)  # fmt: skip
    subtype = enclosure.media_type.replace("/", "#2f").encode()
    entries = b"/Type /EmbeddedFile /Subtype /%b /Params << %b >>" % (subtype, parameters)
    return a_stream(number, entries, enclosure.content)


def file_specification(number: int, filling: Filling, index: int, *, file: int) -> bytes:
    """How an enclosure is called and what it is to the document (ISO 19005-3, 6.8; ISO 14289-1, 7.11)."""
    enclosure = filling.enclosures[index]
    name, description = _text(enclosure.name), _text(enclosure.description)
    said = b"<< /Type /Filespec /F %b /UF %b /Desc %b /AFRelationship /Data /EF << /F %d 0 R /UF %d 0 R >> >>"
    return an_object(number, said % (name, name, description, file, file))


def names_of_files(number: int, filling: Filling, specifications: Sequence[int]) -> bytes:
    """Where readers find the enclosures: a name tree, in the order of the names (ISO 32000-1, 7.9.6)."""
    entries = zip(filling.enclosures, specifications, strict=True)
    return an_object(
        number,
        b"<< /Names [%b] >>" % b" ".join(b"%b %d 0 R" % (_text(each.name), reference) for each, reference in entries),
    )


def _text(text: str) -> bytes:
    """A text string (ISO 32000-1, 7.9.2.2)."""
    raw = text.encode() if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")
    return b"<" + raw.hex().encode() + b">"


def _date(at: datetime) -> bytes:
    return at.astimezone(UTC).strftime("(D:%Y%m%d%H%M%SZ)").encode()


@cache
def producer() -> str:
    """What the file is made with."""
    return f"WeasyPrint {version('weasyprint')}, pikepdf {version('pikepdf')}, pyHanko {version('pyhanko')}"


@cache
def _template() -> Template:
    return Engine(dirs=[str(PRINT)], autoescape=True).get_template("metadata.xml")

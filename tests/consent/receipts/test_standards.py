"""Prints are PDF/A-3a and PDF/UA-1 at once; and what reads them against the clauses notices each breach."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from consent.database import acting_for
from consent.ledger.sequencer import sequence_once
from consent.receipts.models import StatementType
from consent.receipts.printing import render
from tests.consent.receipts.standards import complaints, elements


@pytest.fixture(autouse=True)
def _acting(cast):
    with acting_for(cast.alice.pk):
        yield


@pytest.fixture
def pdf(decided, at) -> bytes:
    receipt = decided()
    sequence_once(at=at)
    return render(receipt, at=at)


def test_a_decision_keeps_to_both_standards(pdf):
    assert complaints(pdf) == []


@pytest.mark.parametrize("statement", [each for each in StatementType if each != StatementType.DECISION])
def test_every_other_statement_keeps_to_both_standards(stated, at, statement):
    receipt = stated(statement)
    sequence_once(at=at)
    assert complaints(render(receipt, at=at)) == []


def test_a_receipt_of_many_pages_keeps_to_both_standards(decided, at):
    receipt = decided(purpose="A very long purpose. " * 400, controller_name="Łódź & Größe <GmbH>")
    sequence_once(at=at)
    pdf = render(receipt, at=at)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) > 2
    assert complaints(pdf) == []


def _first(pdf, kind):
    return next(each for each in elements(pdf) if kind == each.S)


def _of_type(pdf, name):
    return next(each for each in pdf.objects if isinstance(each, Dictionary) and each.get("/Type") == name)


def _without_tags(pdf):
    page = pdf.pages[0]
    kept = [each for each in pikepdf.parse_content_stream(page) if str(each.operator) not in ("BDC", "BMC", "EMC")]
    page.obj.Contents.write(pikepdf.unparse_content_stream(kept))


def _nested(pdf):
    page = pdf.pages[0]
    page.obj.Contents.write(b"/Artifact BMC\n" + page.obj.Contents.read_bytes() + b"\nEMC")


def _xmp(old, new):
    def change(pdf):
        pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().replace(old, new))

    return change


def _link(pdf):
    annotations = [each for page in pdf.pages for each in page.obj.get("/Annots", [])]
    return next(each for each in annotations if each.Subtype == "/Link")


BREACHES = {
    "19005-3, 6.1.12": lambda pdf: pdf.Root.Perms.__setitem__("/UR3", Dictionary()),
    "19005-3, 6.2.3": lambda pdf: pdf.Root.__delitem__("/OutputIntents"),
    "19005-3, 6.2.4.3": lambda pdf: pdf.pages[0].contents_add(b"0 0 0 1 k", prepend=True),
    "19005-3, 6.2.11.4.1": lambda pdf: _of_type(pdf, "/FontDescriptor").__delitem__("/FontFile2"),
    "19005-3, 6.2.11.3.2": lambda pdf: next(
        each for each in pdf.objects if isinstance(each, Dictionary) and each.get("/Subtype") == "/CIDFontType2"
    ).__delitem__("/CIDToGIDMap"),
    "19005-3, 6.2.11.7.2": lambda pdf: next(
        each for each in pdf.objects if isinstance(each, Dictionary) and each.get("/Subtype") == "/Type0"
    ).__delitem__("/ToUnicode"),
    "19005-3, 6.3.1": lambda pdf: pdf.pages[0].obj.Annots.append(
        pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Sound, F=4, Rect=Array([0, 0, 0, 0])))
    ),
    "19005-3, 6.3.2": lambda pdf: _link(pdf).__setitem__("/F", 2),
    "19005-3, 6.3.3": lambda pdf: pdf.Root.AcroForm.Fields[0].__setitem__("/Rect", Array([10, 10, 90, 90])),
    "19005-3, 6.4.1": lambda pdf: pdf.Root.AcroForm.__setitem__("/NeedAppearances", True),
    "19005-3, 6.5.1": lambda pdf: pdf.Root.__setitem__("/OpenAction", Dictionary(S=Name.JavaScript, JS=String("x"))),
    "19005-3, 6.6.4": _xmp(b"conformance>A<", b"conformance>B<"),
    "14289-1, 5": _xmp(b"<pdfuaid:part>1<", b"<pdfuaid:part>2<"),
    "19005-3, 6.6.2.3.3": _xmp(b"pdfua/ns/id/</", b"pdfua/ns/</"),
    "14289-1, 7.1: a title": lambda pdf: pdf.docinfo.__setitem__("/Title", String("another")),
    "14289-1, 7.1: the title is shown": lambda pdf: pdf.Root.__delitem__("/ViewerPreferences"),
    "19005-3, 6.7.2.2": lambda pdf: pdf.Root.__delitem__("/MarkInfo"),
    "19005-3, 6.7.4": lambda pdf: pdf.Root.__delitem__("/Lang"),
    "19005-3, 6.8: every": lambda pdf: pdf.Root.AF.append(pdf.Root.AF[0]),
    "19005-3, 6.8 and": lambda pdf: pdf.Root.AF[0].__delitem__("/AFRelationship"),
    "19005-3, 6.8: type": lambda pdf: pdf.Root.AF[0].EF.F.__delitem__("/Subtype"),
    "14289-1, 7.1: instruction 5": _without_tags,
    "14289-1, 7.1: instruction 1": _nested,
    "14289-1, 7.3": lambda pdf: _first(pdf, "/Figure").__delitem__("/Alt"),
    "14289-1, 7.4.2": lambda pdf: _first(pdf, "/H1").__setitem__("/S", Name.H3),
    "14289-1, 7.5": lambda pdf: _first(pdf, "/TH").A.__delitem__("/Scope"),
    "14289-1, 7.18.1": lambda pdf: pdf.Root.AcroForm.Fields[0].__delitem__("/TU"),
    "14289-1, 7.18.3": lambda pdf: pdf.pages[0].obj.__delitem__("/Tabs"),
    "14289-1, 7.18.5": lambda pdf: _link(pdf).__delitem__("/Contents"),
    "14289-1, 7.18.5: a link that": lambda pdf: _link(pdf).__delitem__("/StructParent"),
    "32000-1, 14.7.2": lambda pdf: _first(pdf, "/TR").__setitem__("/P", pdf.Root),
}


@pytest.mark.parametrize("clause", BREACHES)
def test_a_breach_is_noticed(pdf, clause):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        BREACHES[clause](document)
        broken = io.BytesIO()
        document.save(broken)
    assert any(found.startswith(clause) for found in complaints(broken.getvalue()))


def test_an_encrypted_file_is_noticed(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        locked = io.BytesIO()
        document.save(locked, encryption=pikepdf.Encryption(owner="x", user=""))
    assert any(found.startswith("19005-3, 6.1.3") for found in complaints(locked.getvalue()))

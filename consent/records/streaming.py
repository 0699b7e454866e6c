"""Hands an export over, once: everyone concerned is told first, then the ZIP leaves in pieces, its signed manifest last.

1. Whoever asked takes it, once. With names only after a second person agreed.
2. In one transaction that is committed before the first byte: the export is taken and its key leaves the database, one consultation
   says so to everyone whom its predicate covers, with names each person gets a letter, the ledger has an entry.
3. The rows come from one snapshot, through a cursor of the server; memory does not grow with them. Digests are made on the way.
4. The manifest with the digests is signed, and its own digest is in the ledger before the manifest leaves: a ZIP without one was cut off.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from consent.choices.models import Decision
from consent.consultations import looks
from consent.consultations.models import Subject
from consent.database import acting_for
from consent.ledger import entries
from consent.letters.models import Letter
from consent.people.models import Person, Role
from consent.receipts.instants import instant
from consent.receipts.issuing import signed
from consent.receipts.statements import export_manifest
from consent.zipping import Bundle

from .exporting import SERVICE, NotForYou, decisions, left_out_of
from .models import Export
from .rows import Row, csv_line, fields_of, json_line, rows

LETTER = "data_named_in_export"
LETTERS_AT_ONCE = 500


class NotApproved(Exception):
    """Nobody has agreed to the names, or somebody refused."""

    code = "not_approved"


class AlreadyTaken(Exception):
    """The export was downloaded before."""

    code = "already_taken"


def stream(*, actor: Person, export: Export, at: datetime) -> Iterator[bytes]:
    """The ZIP in pieces. When this returns, the people concerned can see it; only then is anything read.

    Outside a transaction. Raises NotForYou, NotApproved, AlreadyTaken. GDPR Articles 5(2), 7(1), 15(1)(c).
    """
    with acting_for(None, service=SERVICE), transaction.atomic(durable=True):
        taken, key = _take(actor, export, at)  # 1, 2
        _tell_everyone(actor, taken, at)
    return _pieces(actor, taken, key, at)


def check_ready(*, actor: Person, export: Export) -> None:
    """Raises NotForYou, NotApproved or AlreadyTaken unless the actor can take it now."""
    if actor.pk != export.requested_by_id:
        raise NotForYou(_("Only who asked for this export can take it."))
    if export.named and (export.approved_at is None or export.refused_at is not None):
        raise NotApproved(_("A second person has to agree to the names first."))
    if export.downloaded_at is not None:
        raise AlreadyTaken(_("This export was downloaded before. Ask for a new one."))


def can_take(*, actor: Person, export: Export) -> bool:
    """Whether `check_ready` would pass."""
    try:
        check_ready(actor=actor, export=export)
    except (NotForYou, NotApproved, AlreadyTaken):
        return False
    return True


def _take(actor: Person, export: Export, at: datetime) -> tuple[Export, bytes]:
    rows_ = Export.objects.select_for_update(of=("self",)).select_related("requested_by", "approved_by", "programme")
    taken = rows_.get(pk=export.pk)
    check_ready(actor=actor, export=taken)
    key = bytes(taken.pseudonym_key or b"")
    taken.downloaded_at, taken.pseudonym_key = at, None
    taken.save(update_fields=["downloaded_at", "pseudonym_key"])
    return taken, key


def _tell_everyone(actor: Person, export: Export, at: datetime) -> None:
    predicate = {
        "programme": str(export.programme_id) if export.programme_id else None,
        "from": export.start.isoformat(),
        "to": export.end.isoformat(),
        "named": export.named,
        "export": export.number,
    }
    how = _("with names") if export.named else _("without names")
    looks.record(
        person=None,
        actor=actor,
        label=actor.full_name,
        role=Role.LEGAL,
        subject=Subject.DECISIONS,
        what=_("Export %(number)s, %(how)s") % {"number": export.number, "how": how},
        why=export.purpose,
        at=at,
        predicate=predicate,
    )
    told = {"type": "export.begun", "by": str(actor.pk), "purpose": export.purpose, "at": instant(at)} | predicate
    entries.append(told, kind="export.begun", subject=None, at=at)
    if export.named:
        _write_letters(export, at)


def _write_letters(export: Export, at: datetime) -> None:
    """One for each person in it, in batches: the outbox writes one at a time."""
    people = _found(export).order_by().values_list("person_id", flat=True).distinct()
    batch: list[Letter] = []
    for person_id in people.iterator(chunk_size=LETTERS_AT_ONCE):
        key = f"{LETTER}:{export.number}:{person_id}"
        values = {"number": export.number}
        batch.append(Letter(person_id=person_id, template=LETTER, values=values, key=key, written_at=at, due_at=at))
        if len(batch) == LETTERS_AT_ONCE:
            Letter.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    Letter.objects.bulk_create(batch, ignore_conflicts=True)


def _found(export: Export) -> QuerySet[Decision]:
    return decisions(programme_id=export.programme_id, start=export.start, end=export.end, left_out=left_out_of(export))


def _pieces(actor: Person, export: Export, key: bytes, at: datetime) -> Iterator[bytes]:
    bundle = Bundle(at=at)
    with acting_for(None, service=SERVICE), _snapshot():  # 3
        count = [0]
        for name, lines in _files(export, key, count):
            yield from bundle.member(name, lines)
        manifest = _manifest(export, bundle.digests, count[0], at)
        _tell_ledger(actor, export, manifest, count[0], at)  # 4
    yield from bundle.member("manifest.json", [manifest])
    yield bundle.end()


def _files(export: Export, key: bytes, count: list[int]) -> Iterator[tuple[str, Iterator[bytes]]]:
    fields = fields_of(export)

    def lines(write: Callable[[Row], bytes], head: bytes = b"") -> Iterator[bytes]:
        count[0] = 0
        if head:
            yield head
        for row in rows(export=export, found=_found(export), key=key):
            count[0] += 1
            yield write(row)

    yield "decisions.csv", lines(lambda row: csv_line([row[name] for name in fields]), csv_line(list(fields)))
    yield "decisions.jsonl", lines(json_line)
    yield "README.txt", iter([_readme(export)])


@contextmanager
def _snapshot() -> Iterator[None]:
    """One transaction in which every query sees the same rows; inside another it sees what that one sees."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _manifest(export: Export, digests: dict[str, str], count: int, at: datetime) -> bytes:
    body = export_manifest(
        number=export.number,
        purpose=export.purpose,
        programme=export.programme.slug if export.programme else None,
        start=export.start,
        end=export.end,
        named=export.named,
        approved_by=export.approved_by.full_name if export.approved_by else None,
        rows=count,
        files=digests,
        exported_at=at,
    )
    return signed(body | {"people_left_out": len(left_out_of(export))})


def _tell_ledger(actor: Person, export: Export, manifest: bytes, count: int, at: datetime) -> None:
    told = {
        "type": "export",
        "export": export.number,
        "purpose": export.purpose,
        "rows": count,
        "manifest_sha256": sha256(manifest).hexdigest(),
        "by": str(actor.pk),
        "at": instant(at),
    }
    entries.append(told, kind="export", subject=None, at=at)


def _readme(export: Export) -> bytes:
    people = (
        _("“person” is the reference of a person, “name” the name.")
        if export.named
        else _(
            "“person” is a pseudonym made for this export alone: the same person has another one in every other export, and the key"
            " that made it was dropped. Who knows on which days somebody decided can still recognise them: keep it confidential. Days"
            " stand in place of times, in UTC."
        )
    )
    text = _(
        "Candor, export %(number)s\n\n"
        "Purpose: %(purpose)s\n"
        "Decisions from %(start)s up to %(end)s.\n\n"
        "decisions.csv and decisions.jsonl hold the same rows. %(people)s\n"
        "“order” counts the decisions of one person.\n"
        "A cell that would start a formula in a spreadsheet begins with a quote mark, in the CSV only.\n"
        "Nothing of the people around those who asked and agreed is in an export with names: “people_left_out” says how many.\n"
        "manifest.json names the SHA-256 of each file. It is signed (Ed25519, over its canonical JSON without “signature”).\n"
    ) % {
        "number": export.number,
        "purpose": export.purpose,
        "start": instant(export.start),
        "end": instant(export.end),
        "people": people,
    }
    return text.encode()

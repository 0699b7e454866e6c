"""The record, changed by an administrator with all rights on the database. The table says who finds it, and at which step.

Three judges look after each forgery. **portal**: the receipt and proof that the portal hands out now, given to the verifier.
**audit**: `verify_ledger`. **old**: the same, with the proof that Alice took home as a checkpoint kept outside; and her old receipt
must still be genuine, whatever was done to the database.
"""

import json
from collections.abc import Callable

import pytest
import rfc8785

from consent.database import acting_for
from consent.ledger.audit import verify_ledger
from consent.ledger.models import Checkpoint
from consent.ledger.outside import Kept, kept_in
from consent.ledger.proofs import proof_of
from consent.receipts.issuing import SIGNATURE, signed
from consent.receipts.models import Receipt
from consent.receipts.verification import verify_file

from . import administrator as admin
from .conftest import World

pytestmark = pytest.mark.own_database
Forgery = Callable[[admin.Alter, World, object], None]


def receipt_edited(alter, world, settings):
    """Her receipt says “given” now."""
    admin.edit_receipt(alter, world.receipt, admin.turned(world.document))


def record_edited(alter, world, settings):
    admin.edit_record(alter, world.position, admin.turned(world.document))


def both_edited(alter, world, settings):
    """Receipt, record and commitment."""
    admin.edit_receipt(alter, world.receipt, admin.turned(world.document))
    admin.rewrite(alter, world.position, admin.turned(world.document))


def chained_anew(alter, world, settings):
    """Receipt, record, commitment, and every hash over it."""
    both_edited(alter, world, settings)
    admin.hash_anew(alter)


def signed_by_a_forger(alter, world, settings):
    """All of that, with receipt and checkpoints signed by keys of the administrator's own."""
    settings.KEYSTORE_DIR = world.keystore.parent / "forger"
    forged = signed(
        {name: value for name, value in json.loads(admin.turned(world.document)).items() if name != SIGNATURE}
    )
    admin.edit_receipt(alter, world.receipt, forged)
    admin.rewrite(alter, world.position, forged)
    admin.hash_anew(alter)
    admin.sign_anew(alter)
    settings.KEYSTORE_DIR = world.keystore


def signed_with_stolen_keys(alter, world, settings):
    """All of that, with the portal's own keys: the database and the keystore are in one hand."""
    forged = signed(
        {name: value for name, value in json.loads(admin.turned(world.document)).items() if name != SIGNATURE}
    )
    admin.edit_receipt(alter, world.receipt, forged)
    admin.rewrite(alter, world.position, forged)
    admin.hash_anew(alter)
    admin.sign_anew(alter)


def records_swapped(alter, world, settings):
    admin.swap_records(alter, 0, world.position)


def positions_swapped(alter, world, settings):
    admin.swap_positions(alter, 0, world.position)


def receipts_swapped(alter, world, settings):
    """She is handed Mallory's receipt under her own number."""
    admin.edit_receipt(alter, world.receipt, bytes(world.other.document))


def record_deleted(alter, world, settings):
    alter("DELETE FROM ledger_record WHERE entry_id = %s", admin.entry_at(world.position))


def record_deleted_under_a_false_erasure(alter, world, settings):
    """An entry that is there already is made to list the position."""
    record_deleted(alter, world, settings)
    listing = rfc8785.dumps({"type": "records.erased", "positions": [world.position]})
    admin.edit_record(alter, 0, listing)
    alter("UPDATE ledger_entry SET kind = 'records.erased' WHERE id = %s", admin.entry_at(0))


def record_deleted_under_an_appended_erasure(alter, world, settings):
    """A new entry lists the position, put into the log as the portal would: the sequencer signs whatever waits."""
    record_deleted(alter, world, settings)
    listing = {"type": "records.erased", "positions": [world.position], "reason": "storage period ended"}
    admin.grow([rfc8785.dumps(listing)], world.receipt.issued_at, kind="records.erased")


def entry_taken_out(alter, world, settings):
    """Her entry vanishes, and the rest is hashed anew."""
    admin.take_out(alter, world.position)
    alter("DELETE FROM ledger_node")
    _nodes_again(alter)


def entry_taken_out_and_signed_with_stolen_keys(alter, world, settings):
    entry_taken_out(alter, world, settings)
    size = Checkpoint.objects.order_by("-size").first().size
    alter("UPDATE ledger_checkpoint SET size = size - 1 WHERE size = %s", size)
    admin.sign_anew(alter)


def end_cut_off(alter, world, settings):
    alter("DELETE FROM ledger_leaf WHERE position >= %s", world.position)


def cut_back(alter, world, settings):
    """Everything since the checkpoint before her choice, without a trace: as a restored backup would look."""
    admin.cut(alter, Checkpoint.objects.order_by("size").first().size)


def appended(alter, world, settings):
    """A “yes” of hers with the signature of the “no”, put into the log as the portal would."""
    admin.edit_receipt(alter, world.receipt, admin.turned(world.document))
    admin.grow([admin.turned(world.document)], world.receipt.issued_at)
    alter(
        "UPDATE receipts_receipt SET entry = (SELECT entry_id FROM ledger_leaf ORDER BY position DESC LIMIT 1) WHERE id = %s",
        str(world.receipt.pk),
    )


def forked(alter, world, settings):
    """Cut back, and grown again with other entries: two logs of one size, both signed by the portal."""
    cut_back(alter, world, settings)
    admin.grow([b'{"another":%d}' % number for number in range(3)], world.receipt.issued_at)


def forked_and_longer(alter, world, settings):
    """The same, and grown beyond the size of her checkpoint."""
    cut_back(alter, world, settings)
    admin.grow([b'{"another":%d}' % number for number in range(9)], world.receipt.issued_at)


def _nodes_again(alter) -> None:
    frontier = admin.merkle.Frontier()
    for leaf in admin._leaves():
        for each in frontier.append(leaf):
            alter("INSERT INTO ledger_node (level, index, hash) VALUES (%s, %s, %s)", each.level, each.index, each.hash)


NOTHING = None
#                                          portal        audit              old
CAUGHT: dict[Forgery, tuple[str | None, str | None, str | None]] = {
    receipt_edited:                       ("signature",  NOTHING,           NOTHING),
    record_edited:                        (NOTHING,      "record_altered",  "record_altered"),
    both_edited:                          ("signature",  "leaf",            "leaf"),
    chained_anew:                         ("signature",  "root",            "root"),
    signed_by_a_forger:                   ("signature",  "checkpoint",      "checkpoint"),
    signed_with_stolen_keys:              (NOTHING,      NOTHING,           "rewritten"),
    records_swapped:                      ("log",        "record_altered",  "record_altered"),
    positions_swapped:                    ("log",        "leaf",            "leaf"),
    receipts_swapped:                     ("log",        NOTHING,           NOTHING),
    record_deleted:                       ("no proof",   "record_missing",  "record_missing"),
    record_deleted_under_a_false_erasure: ("no proof",   "record_missing",  "record_missing"),
    record_deleted_under_an_appended_erasure: ("no proof", "record_missing", "record_missing"),
    entry_taken_out:                      ("no proof",   "cut",             "cut"),
    entry_taken_out_and_signed_with_stolen_keys: ("no proof", NOTHING,      "rolled_back"),
    end_cut_off:                          ("no proof",   "cut",             "cut"),
    cut_back:                             ("no proof",   NOTHING,           "rolled_back"),
    appended:                             ("signature",  NOTHING,           NOTHING),
    forked:                               ("no proof",   NOTHING,           "rewritten"),
    forked_and_longer:                    ("no proof",   NOTHING,           "rewritten"),
}  # fmt: skip


@pytest.mark.parametrize("forgery", CAUGHT, ids=lambda forgery: forgery.__name__)
def test_it_is_caught_where_the_table_says(forgery, world, altering, settings, cast):
    assert judged(world, cast) == (None, set(), set())
    forgery(altering, world, settings)
    portal, audit, old = CAUGHT[forgery]
    found = judged(world, cast)
    assert found[0] == portal
    for codes, expected in zip(found[1:], (audit, old), strict=True):
        assert expected in codes if expected else not codes, codes
    assert portal or audit or old, "nobody noticed"
    assert verify_file(world.document, world.proof).genuine, "what she took home is as good as on that day"


def judged(world, cast) -> tuple[str | None, set[str], set[str]]:
    return handed_out(world, cast), audited(), audited(kept_in(world.proof.decode(), source="her proof"))


def handed_out(world, cast) -> str | None:
    """The step at which the verifier refuses the receipt as the portal hands it out now."""
    with acting_for(cast.alice.pk):
        receipt = Receipt.objects.get(pk=world.receipt.pk)
    proof = proof_of(receipt.entry)
    if proof is None:
        return "no proof"
    return verify_file(bytes(receipt.document), proof.encode()).failed


def audited(*against: Kept) -> set[str]:
    return {problem.code for problem in verify_ledger(against=against).problems}

"""Keys under real commits: two makers at once, a sealing against a destruction, and where the bytes of a key may lie."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from consent.database import acting_for
from consent.seals import keystore, wrapping
from consent.seals.destruction import destroy
from consent.seals.models import DataKey, Epoch
from consent.seals.opening import Unreadable, open_sealed
from consent.seals.sealing import live_epoch, live_key, seal

pytestmark = pytest.mark.own_database

ALICE, PROGRAMME = uuid4(), uuid4()


def in_threads(count, work):
    """Runs the work in threads, each with a connection of its own; raises what any of them raised."""
    raised = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if raised:
        raise raised[0]


def test_of_two_makers_of_a_key_at_once_one_wins_and_both_seal_under_it(own_database):
    start, made = threading.Barrier(6), []

    def make() -> None:
        with acting_for(ALICE):
            start.wait()
            with transaction.atomic():
                made.append(live_key(person=ALICE, programme=PROGRAMME).id)

    in_threads(6, make)
    assert len(made) == 6
    assert len(set(made)) == 1


def test_of_two_makers_of_an_epoch_at_once_one_wins_and_the_loser_leaves_no_key_behind(own_database, settings):
    start, made = threading.Barrier(6), []

    def make() -> None:
        start.wait()
        made.append(live_epoch())

    in_threads(6, make)
    assert len(set(made)) == 1
    assert Epoch.objects.count() == 1
    assert [path.name for path in settings.KEYSTORE_DIR.iterdir()] == [f"epoch-{made[0]}"]


def test_a_destruction_waits_for_the_transaction_that_share_locked_the_key(own_database, at):
    with acting_for(ALICE):
        key = live_key(person=ALICE, programme=PROGRAMME)
    order, locked = [], threading.Event()

    def gate() -> None:
        with acting_for(ALICE), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM seals_datakey WHERE id = %s FOR SHARE", [key.id])
                assert cursor.fetchone()
            locked.set()
            threading.Event().wait(0.3)
            order.append("sealed")

    def erase() -> None:
        locked.wait(10)
        with acting_for(ALICE):
            destroy(person=ALICE, programme=PROGRAMME, at=at)
        order.append("destroyed")

    jobs = [gate, erase]
    in_threads(2, lambda: jobs.pop()())
    assert order == ["sealed", "destroyed"]


def test_from_the_commit_of_a_destruction_no_process_opens_though_it_holds_the_cipher(own_database, at):
    with acting_for(ALICE):
        key = live_key(person=ALICE, programme=PROGRAMME)
        sealed = seal(b"x", key=key, associated=b"")
        held = dict(wrapping._held)
        destroy(person=ALICE, programme=PROGRAMME, at=at)
        assert key.id not in wrapping._held
        wrapping._held.update(held)  # as another process, which did not hear of it
        with pytest.raises(Unreadable):
            open_sealed(sealed, key_id=key.id, associated=b"")


def test_a_destruction_that_rolls_back_destroys_nothing(own_database, at):
    with acting_for(ALICE):
        key = live_key(person=ALICE, programme=PROGRAMME)
        sealed = seal(b"x", key=key, associated=b"")
        with transaction.atomic():
            assert destroy(person=ALICE, programme=PROGRAMME, at=at) == [key.id]
            transaction.set_rollback(True)
        assert open_sealed(sealed, key_id=key.id, associated=b"") == b"x"


def test_no_key_lies_in_the_clear_in_any_column_of_any_table(own_database):
    with acting_for(ALICE):
        key = live_key(person=ALICE, programme=PROGRAMME)
        row = DataKey.objects.get(id=key.id)
    epoch_key = keystore.epoch_key(row.epoch_id)
    data_key = wrapping._unwrapped(epoch_key, row.person, row.programme, row.epoch_id, bytes(row.wrapped))
    signing = keystore.signing_key("ledger").private.private_bytes_raw()
    stored = stored_text()
    assert bytes(row.wrapped).hex() in stored  # the search sees what is stored
    for secret in (data_key, epoch_key, signing):
        assert secret.hex() not in stored


def stored_text() -> str:
    """Every row of every table as text (bytes in hexadecimal), as the rotation sees them."""
    found = []
    with acting_for(ALICE, service="keys"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT quote_ident(table_name) FROM information_schema.role_table_grants WHERE grantee = current_user AND privilege_type = 'SELECT'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(t::text, E'\n') FROM {table} AS t")
            found.append(cursor.fetchone()[0] or "")
    return "\n".join(found)

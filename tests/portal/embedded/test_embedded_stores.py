"""The real thing, once: a PostgreSQL and a Valkey come up from their packages, and the two roles are what they should be."""

from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import dj_database_url
import psycopg
import pytest

from portal.embedded import stores, trial
from portal.embedded.console import Console
from portal.embedded.state import State
from portal.embedded.supervisor import Supervisor


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a state") / "state"
    output = StringIO()
    try:
        with State(folder) as state, Supervisor(console=Console(output), run=state.run) as supervisor:
            yield stores.bring_up(
                environment={}, state=state, throw_away=False, console=Console(output), supervisor=supervisor
            )
    finally:
        trial.remove(folder)


def ask(url: str, question: str) -> tuple | None:
    parts = dj_database_url.parse(url)
    with psycopg.connect(host=parts["HOST"], user=parts["USER"], dbname=parts["NAME"]) as connection:
        return connection.execute(question).fetchone()


@pytest.mark.parametrize("url", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_neither_role_is_a_superuser_or_passes_by_row_level_security(found, url):
    rights = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert ask(found[url], rights) == (False, False, False, False)


def test_the_owner_of_what_is_kept_may_not_end_the_sessions_of_others(found):
    assert ask(found["DATABASE_OWNER_URL"], "SELECT pg_has_role('pg_signal_backend', 'MEMBER')") == (False,)


def test_the_database_belongs_to_the_owner_and_not_to_the_portal(found):
    owner = "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = current_database()"
    assert ask(found["DATABASE_URL"], owner) == ("candor_owner",)


def test_the_portal_may_not_make_tables(found):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(found["DATABASE_URL"], "CREATE TABLE mine ()")


def test_letters_are_ordered_and_time_is_told_alike_on_every_machine(found):
    assert ask(found["DATABASE_URL"], "SELECT 'Z' < 'a', lower('ÉÜ'), current_setting('timezone')") == (
        True,
        "éü",
        "UTC",
    )


def test_valkey_is_there_and_behind_a_private_socket(found):
    path = Path(unquote(found["REDIS_URL"].removeprefix("unix://")))
    assert path.is_socket()
    assert path.stat().st_mode & 0o777 == 0o700

from pathlib import Path

import pytest

from portal.embedded import postgres, stores, valkey
from portal.embedded.postgres import Cluster
from portal.embedded.refusal import CannotStart


def cluster(*, throw_away: bool, home: Path = Path("/state/postgresql")) -> Cluster:
    return Cluster(programs=Path("/programs"), home=home, sockets=Path("/state/run, too"), throw_away=throw_away)


def settings(found: Cluster) -> dict[str, str]:
    command = postgres.program(found).command
    return dict(part.split("=", 1) for part in command[command.index("-c") + 1 :: 2])


def test_postgresql_is_reached_through_its_private_socket_alone():
    found = settings(cluster(throw_away=False))
    assert found["listen_addresses"] == ""
    assert found["unix_socket_permissions"] == "0700"
    assert found["unix_socket_directories"] == '"/state/run, too"'


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_only_what_is_thrown_away_is_careless_about_power_cuts(name):
    assert name not in settings(cluster(throw_away=False))
    assert settings(cluster(throw_away=True))[name] == "off"


def test_the_log_of_postgresql_shows_neither_statements_nor_refused_rows():
    found = settings(cluster(throw_away=False))
    assert found["log_min_error_statement"] == "panic"
    assert found["log_error_verbosity"] == "terse"


def test_a_cluster_is_made_alike_on_every_machine():
    command = postgres.initdb_command(cluster(throw_away=False), Path("/state/postgresql/data.new"))
    wanted = {"--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=trust"}
    assert wanted <= set(command)
    assert "--no-sync" not in command


def test_a_cluster_of_another_version_is_refused_and_left_alone(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match="PostgreSQL 16"):
        postgres.initialise(cluster(throw_away=False, home=tmp_path))
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def options(*, throw_away: bool) -> list[str]:
    here = Path("/state")
    return list(
        valkey.program(server=here / "server", folder=here, path=here / "v.sock", throw_away=throw_away).command
    )


def test_valkey_is_reached_through_its_private_socket_alone_and_never_evicts():
    found = options(throw_away=False)
    for name, value in [("--port", "0"), ("--unixsocketperm", "700"), ("--maxmemory-policy", "noeviction")]:
        assert found[found.index(name) + 1] == value


@pytest.mark.parametrize(("throw_away", "kept"), [(False, "yes"), (True, "no")])
def test_valkey_keeps_what_is_not_thrown_away(throw_away, kept):
    found = options(throw_away=throw_away)
    assert found[found.index("--appendonly") + 1] == kept


@pytest.mark.parametrize("alone", ["DATABASE_URL", "DATABASE_OWNER_URL"])
def test_half_a_database_is_refused(alone):
    with pytest.raises(CannotStart, match="go together"):
        stores.check({alone: "postgres://candor@127.0.0.1/candor"})


def test_both_addresses_or_none_are_taken():
    stores.check({})
    stores.check({"DATABASE_URL": "postgres://a@b/c", "DATABASE_OWNER_URL": "postgres://d@b/c"})

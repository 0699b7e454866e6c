import pytest

from portal.embedded import processes, run
from portal.embedded.announcement import announcement
from portal.embedded.refusal import CannotStart
from portal.embedded.state import State


@pytest.fixture
def state(tmp_path):
    with State(tmp_path) as state:
        yield state


@pytest.mark.parametrize(
    "reachable", [{"HOST": "0.0.0.0"}, {"HOST": "192.0.2.1"}, {"PUBLIC_URL": "https://candor.example.com"}]
)
def test_the_demonstration_is_refused_where_others_could_reach_it(reachable):
    with pytest.raises(CannotStart, match="DEMO=0") as refusal:
        run.listen(reachable)
    assert refusal.value.code == "demonstration_in_public"


def test_without_the_demonstration_any_address_of_this_machine_will_do():
    run.listen({"HOST": "0.0.0.0", "DEMO": "0"}).close()


def test_nothing_said_means_loopback_the_demonstration_and_no_debug_pages(state):
    found = run.settings({}, state=state, port=8001)
    assert found["HOST"] == "127.0.0.1"
    assert found["PUBLIC_URL"] == "http://127.0.0.1:8001"
    assert (found["DEMO"], found["DEBUG"]) == ("1", "0")
    assert found["SECRET_KEY_FILE"] == str(state.folder / "secret_key")


def test_what_is_set_stays(state):
    given = {"PUBLIC_URL": "http://localhost:1", "KEYSTORE_DIR": "/keys", "DEMO": "0", "SECRET_KEY": "mine"}
    found = run.settings(given, state=state, port=8001)
    assert {name: found.get(name, given[name]) for name in given} == given
    assert "SECRET_KEY_FILE" not in found


def test_the_name_of_the_ledger_does_not_change_with_the_port(state):
    assert (
        run.settings({}, state=state, port=8000)["LEDGER_ORIGIN"]
        == run.settings({}, state=state, port=8001)["LEDGER_ORIGIN"]
    )


def test_the_worker_finishes_first_and_only_then_gives_its_messages_back():
    assert [stage.signal.name for stage in processes.worker().stages] == ["SIGTERM", "SIGQUIT"]


def test_the_last_line_is_ready():
    assert announcement(address="http://127.0.0.1:8000", demonstration=True).splitlines()[-1] == "READY"


def test_passwords_are_announced_in_the_demonstration_alone():
    shown = announcement(address="http://127.0.0.1:8000", demonstration=False)
    assert "demo" not in shown
    assert "alice" not in shown

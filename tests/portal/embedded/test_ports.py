import socket

import pytest

from portal.embedded import ports
from portal.embedded.ports import listening_socket
from portal.embedded.refusal import CannotStart


@pytest.fixture
def taken():
    """A port of this machine that somebody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_that_was_asked_for_is_refused_with_a_sentence(taken):
    with pytest.raises(CannotStart, match=f"Port {taken} is taken") as refusal:
        listening_socket(host="127.0.0.1", port=str(taken))
    assert refusal.value.code == "port_taken"


def test_without_a_wish_the_next_free_port_is_used(taken, monkeypatch):
    monkeypatch.setattr(ports, "FIRST_PORT", taken)
    with listening_socket(host="127.0.0.1", port=None) as listener:
        assert taken < listener.getsockname()[1] < taken + ports.TRIES


def test_when_all_are_taken_the_person_is_asked_for_one(taken, monkeypatch):
    monkeypatch.setattr(ports, "FIRST_PORT", taken)
    monkeypatch.setattr(ports, "TRIES", 1)
    with pytest.raises(CannotStart, match="Set PORT"):
        listening_socket(host="127.0.0.1", port=None)


def test_the_socket_listens_at_once_so_that_nobody_takes_the_port_in_between(monkeypatch):
    with listening_socket(host="127.0.0.1", port=None) as listener:
        socket.create_connection(listener.getsockname(), timeout=1).close()


@pytest.mark.parametrize("wrong", ["80x", "0", "65536", "-1", " 80"])
def test_what_is_no_port_is_refused(wrong):
    with pytest.raises(CannotStart, match="number from 1 to 65535"):
        listening_socket(host="127.0.0.1", port=wrong)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CannotStart, match="Set HOST"):
        listening_socket(host="192.0.2.1", port="8000")

from pathlib import Path

import dj_database_url
import pytest
import redis

from portal.embedded.addresses import database_url, redis_url, web_address

AWKWARD = Path("/home/Ann Lee/a@b:c/ünder %20/Run")


def test_a_database_url_leads_back_to_its_folder_whatever_stands_in_it():
    found = dj_database_url.parse(database_url(role="candor_portal", sockets=AWKWARD, database="candor"))
    assert (found["HOST"], found["USER"], found["NAME"]) == (str(AWKWARD), "candor_portal", "candor")


def test_a_redis_url_leads_back_to_its_socket_whatever_stands_in_it():
    client = redis.Redis.from_url(redis_url(AWKWARD / "valkey.sock"))
    assert client.connection_pool.connection_kwargs["path"] == str(AWKWARD / "valkey.sock")


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8001"),
        ("::1", "http://[::1]:8001"),
        ("0.0.0.0", "http://127.0.0.1:8001"),
        ("candor.example", "http://candor.example:8001"),
    ],
)
def test_the_address_shown_is_one_that_a_browser_takes(host, address):
    assert web_address(host=host, port=8001) == address

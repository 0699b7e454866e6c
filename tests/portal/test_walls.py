"""The portal starts as a plain role and as nothing more."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from portal.walls import check_role


@pytest.fixture
def as_owner(own_database):
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({name: connections["owner"].settings_dict[name] for name in ("USER", "PASSWORD")})
    yield
    connection.close()
    connection.settings_dict.update(before)


def test_the_plain_role_starts(own_database):
    check_role()


def test_the_owner_of_the_tables_is_refused(as_owner):
    with pytest.raises(ImproperlyConfigured, match="row-level security"):
        check_role()

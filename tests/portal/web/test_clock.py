"""Pages speak the person's own time; nobody's time zone outlives the page that needed it."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from consent.people.models import Person
from portal.web.clock import zone_of


@pytest.mark.parametrize("name", ["Nowhere/At_All", "", "../../etc/passwd", "/etc/localtime"])
def test_a_time_zone_that_does_not_exist_is_utc(name):
    assert zone_of(Person(time_zone=name)) == ZoneInfo("UTC")


def test_the_time_zone_of_one_person_is_gone_after_the_page(cast, signed_in):
    signed_in(cast.alice).get("/choices/")
    assert timezone.get_current_timezone_name() == "UTC"

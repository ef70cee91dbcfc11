"""What the model of random lives says of rosters: it is compared with the services, and errs by itself."""

from datetime import date, datetime

import pytest

from canbao.simulate.histories import paint
from canbao.simulate.life import Delisted, Listed
from canbao.simulate.terms import SHANGHAI

SINCE, LISTED = date(2017, 9, 13), date(2017, 10, 17)
AT = datetime(2017, 10, 17, 19, tzinfo=SHANGHAI)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_whole_list_with_one_of_two_numbers_of_a_person_has_the_person(reverse):
    first = Listed(datetime(2017, 10, 13, tzinfo=SHANGHAI), 1, "dibao", SINCE, SINCE, under="wrong number")
    missing = Delisted(AT, 1, "dibao", LISTED, LISTED, "wrong number")
    on_it = Listed(AT, 1, "dibao", SINCE, LISTED)
    said = [first, missing, on_it]

    assert date(2018, 6, 1) in paint(said[::-1] if reverse else said)

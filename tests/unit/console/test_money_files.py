"""Files about money are offered to whoever their service lets send them."""

import pytest

from canbao.authorization import operations
from canbao.documents import api_of, application
from libs.common.security.scopes import ROLES
from services.console.money_files.rules import MONEY_FILES


@pytest.mark.parametrize("name", MONEY_FILES)
def test_each_kind_is_offered_to_those_who_may_send_it_and_fetch_its_template(name):
    kind = MONEY_FILES[name]
    asked = {"POST": kind.path} | ({"GET": kind.template} if kind.template else {})
    needed = [
        one for one in operations(api_of(application(kind.service))) if asked.get(one.method) == one.path
    ]

    assert len(needed) == len(asked)
    for role, scopes in ROLES.items():
        if set(kind.scopes) <= set(scopes):
            assert [one.path for one in needed if not one.allows(scopes)] == [], role

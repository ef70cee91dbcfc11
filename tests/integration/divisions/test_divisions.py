"""docs/authorization.md: how every operation is bound to a division, asked of a played season."""

from collections.abc import AsyncIterator

import pytest

from canbao.definitions import SERVICES
from libs.common.web.reach import Reach
from tests.integration.divisions.asking import REFUSED, Answers, Tried, ask_all
from tests.integration.divisions.played import opened
from tests.integration.divisions.untried import UNTRIED
from tests.played import STATE, copied

#: Nobody's in particular: they are not asked about a place.
PLACELESS = (Reach.OPEN, Reach.ANY)


@pytest.fixture(scope="module")
async def answers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Answers]:
    """What everybody was told about everything."""
    with copied(tmp_path_factory) as directory:
        async with opened(directory / STATE) as played:
            yield await ask_all(played)


@pytest.fixture
def tried(answers: Answers, service: str) -> list[Tried]:
    """The operations of a service."""
    return [one for one in answers.tried if one.service == service]


pytestmark = [pytest.mark.timeout(600), pytest.mark.parametrize("service", SERVICES)]


async def test_nobody_is_shown_anything_of_elsewhere(tried):
    wrong = [
        (one.name, asked.trial.path, who, sorted(heard.strays)[:3])
        for one in tried
        if one.reach not in PLACELESS
        for asked in one.trials
        for who, heard in asked.strangers.items()
        if heard.strays
    ]
    assert not wrong, "\n".join(map(str, wrong))


async def test_townships_are_shown_no_other_one_of_their_county(tried):
    """What a county has in common is of all of them."""
    wrong = [
        (one.name, asked.trial.path, who, sorted(heard.strays)[:3])
        for one in tried
        if one.reach not in (*PLACELESS, Reach.SHARED)
        for asked in one.trials
        for who, heard in asked.owners.items()
        if heard.strays and one.name not in NEIGHBOURS
    ]
    assert not wrong, "\n".join(map(str, wrong))


async def test_what_is_named_and_lies_elsewhere_is_refused(tried):
    wrong = [
        (one.name, asked.trial.path, who, heard.status, heard.problem)
        for one in tried
        for asked in one.trials
        for who, heard in asked.strangers.items()
        if not is_as_declared(one, asked.trial.exact, heard)
    ]
    assert not wrong, "\n".join(map(str, wrong))


async def test_nothing_of_elsewhere_is_changed(answers, service):
    assert answers.changed[service] == []


async def test_those_whose_place_it_is_are_not_refused_for_their_division(tried):
    wrong = [
        (one.name, asked.trial.path, who)
        for one in tried
        for asked in one.trials
        for who, heard in asked.owners.items()
        if heard.outside
    ]
    assert not wrong, "\n".join(map(str, wrong))


async def test_every_operation_was_tried_or_it_is_said_why_not(tried):
    """A trial tells something when those whose place it is hear what nobody else does."""
    untold = {
        one.name
        for one in tried
        if one.reach not in PLACELESS and not any(asked.told_apart for asked in one.trials)
    }
    assert untold == {name for name in UNTRIED if name.split(" ")[0] == tried[0].service}


#: Who handed paper to a township is shown to it.
NEIGHBOURS = {"collection GET /v1/voucher-moves"}


def is_as_declared(one: Tried, exact: bool, heard) -> bool:
    """Whether a stranger hears what the kind of the operation says."""
    match one.reach:
        case Reach.OPEN | Reach.ANY:
            return not heard.outside
        case Reach.COUNTY | Reach.SHARED:
            return heard.status in REFUSED
        case Reach.OWN if exact:
            return heard.status in REFUSED
        case Reach.ROWS if exact:
            return not heard.outside
        case Reach.ROWS:
            return not heard.outside
    return True

"""The states in SQL are those of the rules; the division of a county follows its notice."""

import re
from pathlib import Path
from typing import get_args

import services.collection
from libs.common.policy import Notices
from services.collection.batches.rules import BatchState
from services.collection.books.rules import NumberState
from services.collection.cash.rules import ReceiptState
from services.collection.channel_refunds.rules import ChannelRefundState
from services.collection.debits.rules import BatchState as DebitBatchState
from services.collection.deposits.rules import DepositState
from services.collection.divisions import Divisions
from services.collection.dues.rules import DueState
from services.collection.exchange.rules import BatchState as ExchangeBatchState
from services.collection.exchange.rules import RowState as ExchangeState
from services.collection.files.rules import FileState
from services.collection.matching.rules import LineState
from services.collection.orders.rules import OrderState
from services.collection.queries.rules import QueryState
from services.collection.returns.rules import ReturnState
from services.collection.tables import dues

_KINDS = (
    *(DueState, LineState, OrderState, QueryState, ReturnState, ReceiptState, DepositState, NumberState),
    *(BatchState, DebitBatchState, FileState, ExchangeState, ExchangeBatchState, ChannelRefundState),
)
STATES = {word for states in _KINDS for word in get_args(states)}
_STATED = re.compile(r"\bstate (?:=|<>) '(\w+)'|THEN '(\w+)' ELSE state")


def test_every_state_in_sql_is_one_of_the_rules():
    root = Path(services.collection.__file__).parent
    sql = "".join(path.read_text() for path in [*root.rglob("*store.py"), root / "tables.py"])
    found = {word for match in _STATED.findall(sql) for word in match if word}
    assert len(found) > 4
    assert found <= STATES


def test_a_due_takes_the_states_that_its_table_computes():
    assert set(re.findall(r"(?:THEN|ELSE) '(\w+)'", str(dues.c.state.computed.sqltext))) == set(
        get_args(DueState)
    )


class Changing(Notices):
    """Notices that are changed while the service runs."""

    def change(self, *notices):
        self._replace(notices)


class County:
    """A notice, as far as divisions go."""

    def __init__(self, county: str, division: str) -> None:
        self.county, self.year, self.division = county, 2020, division


def test_the_division_of_a_county_follows_its_notice():
    notices = Changing([County("youxi", "350426")])
    divisions = Divisions(notices)
    assert (divisions.code_of("youxi"), divisions.code_of("huining")) == ("350426000000", None)
    notices.change(County("youxi", "350426"), County("huining", "620422"))
    assert divisions.code_of("huining") == "620422000000"
    assert divisions.code_of(None) is None

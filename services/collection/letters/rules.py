"""What a letter says: the question, what the channel owes day by day, what came, and the files of both."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from libs.common.policy import Notice

#: What a letter asks, by the kind of case.
Question = Literal["settlement_missing", "settlement_fee", "settlement_twice"]
#: What it is about, and what is asked for.
_ASKS: Mapping[Question, tuple[str, str]] = {
    "settlement_missing": (
        "关于核查渠道应划款项到账情况的函",
        "下列收款日期的应划款项，至今未见于收款账户对账单。请核查款项去向并及时划入，或书面说明原因。",
    ),
    "settlement_fee": (
        "关于核对渠道手续费的函",
        "下列收款日期的到账金额与应划金额相差手续费。请核对约定的手续费结算方式，补划差额或书面说明原因。",
    ),
    "settlement_twice": (
        "关于核对重复入账的函",
        "下列到账流水在两日对账单中重复出现。请核对入账记录，并出具更正后的对账单。",
    ),
}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class DayOwed(_Part):
    """What a channel owes of a day by its bill, in fen, and the hash of that bill."""

    on: date
    gross_fen: int
    fee_fen: int
    owed_fen: int
    sha256: str


class LineCame(_Part):
    """A line of the account's statement, and the hash of that statement."""

    on: date
    amount_fen: int
    transaction_no: str
    line: int
    sha256: str


class StatementSeen(_Part):
    """A statement of the account that was looked through."""

    on: date
    sha256: str


class Content(_Part):
    """A letter as it was sent; `layout` counts the forms that letters have had."""

    layout: int = 1
    title: str
    asks: str
    place: str
    sender: str
    channel: str
    channel_name: str
    account: str
    account_name: str
    days: tuple[DayOwed, ...]
    came: tuple[LineCame, ...] = ()
    statements: tuple[StatementSeen, ...] = ()

    @property
    def owed_fen(self) -> int:
        """What all of its days have to bring."""
        return sum(one.owed_fen for one in self.days)


def content_of(
    question: Question,
    notice: Notice,
    names: tuple[str, str],
    days: Sequence[DayOwed],
    came: Sequence[LineCame],
    statements: Sequence[StatementSeen],
) -> Content:
    """Write a letter; `names` are the codes of the channel and of the account."""
    channel, account = names
    title, asks = _ASKS[question]
    collector = next((one for one in notice.departments.values() if one.role == "collector"), None)
    known = notice.accounts.get(account)
    return Content(
        title=title,
        asks=asks,
        place=notice.document.notice.place.zh,
        sender=collector.label.zh if collector else notice.document.notice.place.zh,
        channel=channel,
        channel_name=notice.channel_label(channel).zh,
        account=account,
        account_name=known.label.zh if known else account,
        days=tuple(days),
        came=tuple(came),
        statements=tuple(statements),
    )

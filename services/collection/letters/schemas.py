"""What is answered about letters to banks and channels."""

from datetime import date

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from libs.common.web.schemas import Answer, Instant, Page
from services.collection.examples import listed, shown
from services.collection.letters.rules import Content

_LETTER: JsonDict = {
    "letter_id": 5,
    "letter_no": "20191120-5",
    "case_id": 31,
    "kind": "settlement_missing",
    "county": "youxi",
    "channel": "wechat",
    "account": "treasury",
    "business_on": "2019-11-04",
    "owed_fen": 74544,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "reason": "已电话联系，未见回复",
    "sent_by": "zhang",
    "sent_at": "2019-11-20T10:00:00+08:00",
}
_CONTENT: JsonDict = {
    "layout": 1,
    "title": "关于核查渠道应划款项到账情况的函",
    "asks": "下列收款日期的应划款项，至今未见于收款账户对账单。",
    "place": "尤溪县",
    "sender": "县税务局",
    "channel": "wechat",
    "channel_name": "微信",
    "account": "treasury",
    "account_name": "国库",
    "days": [
        {
            "on": "2019-11-04",
            "gross_fen": 75000,
            "fee_fen": 456,
            "owed_fen": 74544,
            "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        }
    ],
    "came": [],
    "statements": [
        {
            "on": "2019-11-05",
            "sha256": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
        }
    ],
}


class ChannelLetter(Answer):
    """A letter to the bank and the channel about a day, as it was sent; `sha256` is over its content."""

    letter_id: int
    letter_no: str = Field(description="the number on the letter, by which others name it")
    case_id: int
    kind: str = Field(description="of the case that it asks about")
    county: str
    channel: str
    account: str
    business_on: date = Field(description="the day, or the last one of several")
    owed_fen: int
    sha256: str
    reason: str | None = Field(description="what the officer wrote; null: erased")
    sent_by: str
    sent_at: Instant


class ChannelLetters(Page[ChannelLetter]):
    """Letters in the order in which they were sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [listed(_LETTER)]})


class WholeLetter(ChannelLetter):
    """A letter with all that it says: both sides, and the hashes of the files that show them."""

    model_config = shown({**_LETTER, "content": _CONTENT})

    content: Content

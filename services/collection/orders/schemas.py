"""Orders as the API shows and takes them."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, IPvAnyAddress, model_validator
from pydantic_core import PydanticCustomError

from libs.common.policy.format.custody_rules import Relation
from libs.common.web.schemas import Answer, Body, CountyCode, CoverageYear, Id, Instant, Text
from services.collection.channels.wechat_prepaying import Way
from services.collection.examples import ORDER, UNIT_ORDER, shown
from services.collection.fitting.rules import Reason
from services.collection.matching.rules import LineState
from services.collection.orders.rules import CloseReason, ShownOrderState
from services.collection.units.rules import Reason as LeftOutReason

#: A code of the notice.
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class PersonOnDocument(Body):
    """Somebody as it stands on the identity document."""

    id_number: Annotated[Text, Field(min_length=5, max_length=32)]
    name: Annotated[Text, Field(min_length=1, max_length=100)]


class Relative(PersonOnDocument):
    """A relative whom the payer names; of a personal account, one on the list of its owner."""

    relation: Annotated[
        Relation | None,
        Field(description="to the employee, as on the list; only where the notice asks for it"),
    ] = None


class ChoiceOf(Body):
    """What the payer chooses for one person; what is left out stays as it is registered."""

    person_id: Id
    tier: Annotated[int | None, Field(ge=1, le=9, description="where the notice has tiers")] = None
    add_ons: Annotated[
        list[Code] | None, Field(max_length=10, description="of the notice, all that are wanted; [] for none")
    ] = None
    repair_years: Annotated[
        int | None,
        Field(ge=1, le=20, description="how many lapsed years to repair, as the search for dues offers them"),
    ] = None


class EarlierYear(Body):
    """Of whom in the order the coverage year before is paid as well."""

    person_ids: list[Id] = Field(min_length=1, max_length=50)
    choices: Annotated[list[ChoiceOf], Field(max_length=50)] = Field(default_factory=list)


class NewOrder(Body):
    """Whose contributions are to be paid together, and through which channel."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "county": "youxi",
                    "coverage_year": 2020,
                    "person_ids": [101, 102],
                    "channel": "wechat",
                    "notice_channel": "village_terminal",
                }
            ]
        }
    )

    county: CountyCode
    coverage_year: CoverageYear
    person_ids: list[Id] = Field(min_length=1, max_length=50)
    channel: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9-]{0,39}$", description="of the deployment: who tells of the money"),
    ]
    notice_channel: Annotated[
        Code | None,
        Field(description="of the notice: how people come to pay, which says for whom; a token may say it"),
    ] = None
    payer: Annotated[
        PersonOnDocument | None, Field(description="who pays, whose real name the backend has checked")
    ] = None
    relatives: Annotated[
        list[Relative],
        Field(max_length=20, description="of other households, whom the payer knows by number and name"),
    ] = Field(default_factory=list)
    choices: Annotated[list[ChoiceOf], Field(max_length=50)] = Field(default_factory=list)
    earlier_year: Annotated[
        EarlierYear | None, Field(description="the coverage year before, by the same payment")
    ] = None
    despite_waiting: Annotated[
        bool | None, Field(description="also for those of whom money waits, which is then to be refunded")
    ] = None


class RepairOfItem(Answer):
    """A lapsed year that is repaired with an order: once it is paid, a line and a voucher of its own."""

    repaired_year: int
    amount_fen: int
    line_state: LineState | None = None
    reason: Reason | None = None
    voucher_no: str | None = None


class OrderItem(Answer):
    """One person of an order in one coverage year; `line_state` and `voucher_no` once it is paid."""

    person_id: int
    coverage_year: int
    masked_name: str | None
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    amount_fen: int
    tier: int | None = None
    repair_fen: int = 0
    line_state: LineState | None = None
    reason: Reason | None = None
    voucher_no: str | None = None
    repairs: list[RepairOfItem] = Field(default=[], description="lapsed years that are repaired beside it")


class Order(Answer):
    """A payment order. `order_no` is what WeChat Pay gets as out_trade_no, `amount_fen` its total.

    Items of the year before come after those of `coverage_year`; each has a line and a voucher of its own.
    An order ends early where a price in it ends; past `expires_at` a pending one is expired.
    It is cancelled with a `close_reason` once somebody in it was paid for elsewhere, is exempt or owes
    another amount.
    """

    model_config = shown(ORDER)

    order_no: str
    state: ShownOrderState
    county: str
    coverage_year: int
    channel: str
    amount_fen: int
    created_at: Instant
    expires_at: Instant
    payment_id: int | None = None
    paid_at: Instant | None = None
    close_reason: CloseReason | None = None
    employee_fund: str | None = Field(
        default=None, description="the employees' fund of the notice, where a personal account pays"
    )
    items: list[OrderItem]


class Why(Answer):
    """A reason in both languages."""

    zh: str
    en: str


class LeftOutShown(Answer):
    """Somebody for whom a unit cannot pay now, and why."""

    model_config = ConfigDict(extra="forbid")

    person_id: int
    line: int = Field(description="of the unit's list; 0 of who is not on it")
    reason: LeftOutReason
    why: Why


class UnitOrder(Order):
    """The order of a unit for the people on its list, and who of them is not in it."""

    model_config = shown(UNIT_ORDER)

    left_out: list[LeftOutShown]


class Prepayment(Body):
    """How somebody pays: within WeChat (jsapi, by the openid), by a code, or in a phone's browser."""

    model_config = shown({"way": "native"})

    way: Way
    openid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")] | None = None
    payer_ip: IPvAnyAddress | None = Field(default=None, description="of the payer's phone, for h5")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.way == "jsapi") != (self.openid is not None) or (self.way == "h5") != (
            self.payer_ip is not None
        ):
            raise PydanticCustomError(
                "not_whole",
                "jsapi needs an openid, h5 a payer_ip; native neither.",
                {"message_zh": "jsapi 须提供 openid，h5 须提供 payer_ip，native 均不需要。"},
            )
        return self


class PrepaymentOpened(Answer):
    """What the payer pays by, until `expires_at`: `pay` goes to `wx.requestPayment` as it is."""

    order_no: str
    pay: dict[str, str] | None
    code_url: str | None
    h5_url: str | None
    expires_at: Instant

    model_config = shown(
        {
            "order_no": "CB2019112000000000000007",
            "pay": None,
            "code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz",
            "h5_url": None,
            "expires_at": "2019-11-20T10:30:00+08:00",
        }
    )

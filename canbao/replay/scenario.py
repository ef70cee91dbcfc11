"""What a scenario file says: one step a line, each with its own instant."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import AwareDatetime, Field, ValidationError
from pydantic_core import ErrorDetails

from canbao.replay.collectors import Collector, Payer
from canbao.replay.deeds import AnswerTickets as AnswerTickets
from canbao.replay.deeds import ApproveRefunds as ApproveRefunds
from canbao.replay.deeds import Chase as Chase
from canbao.replay.deeds import Deed as Deed
from canbao.replay.deeds import LifeEvents as LifeEvents
from canbao.replay.deeds import MatchArrivals as MatchArrivals
from canbao.replay.deeds import MatchTerms as MatchTerms
from canbao.replay.deeds import OfSeason
from canbao.replay.deeds import Parameters as Parameters
from canbao.replay.deeds import Refund as Refund
from canbao.replay.deeds import Row as Row
from canbao.replay.deeds import Season as Season
from canbao.replay.deeds import Survey as Survey
from canbao.replay.deeds import Ticket as Ticket
from canbao.replay.deeds import UnitList as UnitList
from canbao.replay.deeds import UnitOrder as UnitOrder
from libs.common.web.translations import field_error

_OLD_NAME = "`year` is called `coverage_year`; write that"


class ScenarioInvalid(ValueError):
    """A line of the scenario cannot be played; the message names the line and the mend."""


def _numbers(told: Row) -> Iterator[str]:
    """The ID numbers in the items of a notification or a receipt, as far as it has any."""
    items = told.get("items")
    for item in items if isinstance(items, list) else ():
        yield item.get("id_number", "")


class Register(Deed):
    """People are registered, enrolled and assessed."""

    households: list[Row]
    expect_rejected: int = 0

    def seasons(self) -> Iterator[Season]:
        for household in self.households:
            enroll = household.get("enroll")
            if not isinstance(enroll, dict):
                continue
            if "year" in enroll and "coverage_year" not in enroll:
                raise ScenarioInvalid(f"`enroll`: {_OLD_NAME}")
            if isinstance(enroll.get("county"), str) and isinstance(enroll.get("coverage_year"), int):
                yield enroll["county"], enroll["coverage_year"]


class Roster(OfSeason):
    """A department's roster arrives."""

    status: str
    class_: Annotated[str | None, Field(alias="class")] = None
    grade: int | str | None = None
    effective_on: str | None = None
    department: str | None = None
    listed_on: str
    receipt: str | None = None
    mode: str | None = None
    rows: list[Row]


class Cards(Deed):
    """Social-security cards, new or corrected."""

    rows: list[Row]


class Callback(Deed):
    """A signed notification of a channel; `forged` signs with a secret that nobody was given."""

    channel: str
    data: Row
    copies: int = 1
    expect: int = 200
    forged: bool = False

    def people(self) -> frozenset[str]:
        return frozenset(_numbers(self.data))


class Cash(OfSeason):
    """A collector takes money and writes it down."""

    collector: Collector
    receipts: list[Row]
    expect: int = 201

    def people(self) -> frozenset[str]:
        return frozenset(number for receipt in self.receipts for number in _numbers(receipt))


class Deposit(OfSeason):
    """A collector brings money to the bank; `all` is what is in hand."""

    collector: Collector
    slip_no: str
    amount_fen: int | Literal["all"] = "all"
    expect: int = 201


class Paper(OfSeason):
    """Numbers of paper are received, handed on, returned, or declared void, lost or found."""

    kind: str
    voucher: str
    first_no: str
    last_no: str | None = None
    collector: Collector | None = None
    division_code: str | None = None
    reason: str | None = None
    expect: int = 201


class Batch(OfSeason):
    """A collector hands receipts in together, and an approver looks at its last batch.

    `make` takes what is in no batch yet, `submit` hands in again what came back; both state the money (what
    is there, when not said). `pass` and `send_back` are about the step at which it is.
    """

    collector: Collector
    kind: Literal["make", "submit", "pass", "send_back"]
    amount_fen: int | None = None
    reason: str | None = None
    reference: str | None = None
    expect: int = 200


class Order(OfSeason):
    """A mini-program order, then the channel's callback (none with `abandon`)."""

    channel: str
    notice_channel: str | None = None
    payer: Payer
    transaction_no: str
    for_: Annotated[Literal["self", "family"], Field(alias="for")] = "self"
    amount_fen: int | None = None
    copies: int = 1
    expect: int = 200
    abandon: bool = False

    def people(self) -> frozenset[str]:
        return frozenset([self.payer.id_number, *self.payer.family])


class Payout(OfSeason):
    """A payout batch, and the bank's result file."""

    failed_accounts: frozenset[str] = frozenset()
    returned_accounts: frozenset[str] = frozenset()
    may_be_empty: bool = True


class Movement(OfSeason):
    """Money moves on from one place to the next; `all` moves what is there."""

    kind: str
    reference: str
    amount_fen: int | Literal["all"] | None = None
    channel: str | None = None
    business_at: AwareDatetime | None = None


class Close(OfSeason):
    """The handover of a deadline is sealed."""

    deadline: str


class Settle(Deed):
    """Wait until all is quiet."""


#: Word after `do` -> what it describes.
VERBS: Mapping[str, type[Deed]] = {
    "register": Register,
    "roster": Roster,
    "life_events": LifeEvents,
    "parameters": Parameters,
    "cards": Cards,
    "callback": Callback,
    "order": Order,
    "cash": Cash,
    "deposit": Deposit,
    "paper": Paper,
    "batch": Batch,
    "survey": Survey,
    "chase": Chase,
    "ticket": Ticket,
    "answer_tickets": AnswerTickets,
    "unit_list": UnitList,
    "unit_order": UnitOrder,
    "payout": Payout,
    "refund": Refund,
    "approve_refunds": ApproveRefunds,
    "movement": Movement,
    "match_terms": MatchTerms,
    "match_arrivals": MatchArrivals,
    "close": Close,
    "settle": Settle,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens at one instant. `line` is where it stands in the file."""

    line: int
    do: str
    deed: Deed
    #: Of its text: with the line it is what the requests of this step are known by when they are sent again.
    digest: str

    @property
    def at(self) -> datetime:
        """When it happens."""
        return self.deed.at


def parse_step(line: int, text: str) -> Step:
    """Read one line; raise ScenarioInvalid naming the line, what is wrong and how to mend it."""
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ScenarioInvalid(f"line {line}: not JSON ({error}); write one object a line") from None
    if not isinstance(given, dict):
        raise ScenarioInvalid(f"line {line}: write an object with `at` and `do`")
    verb = given.pop("do", None)
    if not isinstance(verb, str) or verb not in VERBS:
        raise ScenarioInvalid(f"line {line}: `do` is {verb!r}; use one of {', '.join(VERBS)}")
    try:
        deed = VERBS[verb].model_validate(given)
    except ValidationError as error:
        raise ScenarioInvalid(f"line {line}: {'; '.join(_faults(verb, error.errors()))}") from None
    return Step(line, verb, deed, hashlib.sha256(text.strip().encode()).hexdigest()[:32])


def _faults(verb: str, errors: Iterable[ErrorDetails]) -> Iterator[str]:
    """Say what is wrong with the fields of a step, and how to mend it."""
    errors = list(errors)
    renamed = [("year",)] if any(error["loc"] == ("year",) for error in errors) else []
    missing = [".".join(map(str, error["loc"])) for error in errors if error["type"] == "missing"]
    if renamed:
        yield _OLD_NAME
        missing = [name for name in missing if name != "coverage_year"]
    if missing:
        yield f"`{verb}` also needs {', '.join(missing)}"
    for error in errors:
        if error["type"] == "missing" or error["loc"] in renamed:
            continue
        field = ".".join(map(str, error["loc"]))
        if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
            yield f"`{verb}` has no field `{field}`; it may have {', '.join(_fields(VERBS[verb]))}"
        else:
            yield f"`{field}`: {field_error({**error, 'loc': ('body', *error['loc'])}).detail}"


def _fields(kind: type[Deed]) -> Iterator[str]:
    return (field.alias or name for name, field in kind.model_fields.items() if name != "at")


def read_steps(lines: Iterable[str]) -> Iterator[Step]:
    """Yield the steps of a scenario in order; instants may not go backwards."""
    last: datetime | None = None
    for number, text in enumerate(lines, start=1):
        if not text.strip() or text.lstrip().startswith("//"):
            continue
        step = parse_step(number, text)
        if last is not None and step.at < last:
            at = step.at.isoformat()
            raise ScenarioInvalid(f"line {number}: {at} is before the step above it; sort by `at`")
        last = step.at
        yield step


def seasons_of(step: Step) -> frozenset[Season]:
    """The seasons that a step touches. Raises ScenarioInvalid for the old name of the coverage year."""
    try:
        return frozenset(step.deed.seasons())
    except ScenarioInvalid as error:
        raise ScenarioInvalid(f"line {step.line}: {error}") from None

"""The form that records a person's card, and what that will do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.console.cards.naming import WARNINGS, said_of
from services.console.cards.schemas import CardProblem, KnownCard, TakenCards
from services.console.forms.rules import Fact, Fault, Field, Sheet
from services.console.persons.schemas import Person
from services.console.worklists.naming import named

_NUMBER = Field(
    "id_number", "证件号码", "Number of the person", most=40, hint_zh="系统中没有此人的证件号码。",
    hint="None is on record of this person.",
)  # fmt: skip
_FIELDS = (
    Field(
        "account_no", "社保卡账号", "Account of the card", most=60,
        hint_zh="8 至 32 位数字，可带空格或短横。", hint="8 to 32 digits, with blanks or hyphens.",
    ),
    Field(
        "bank", "开户银行", "Bank", most=60, hint_zh="发卡银行名称，不含逗号、分号、引号等。",
        hint="As the card has it, without commas, semicolons and quotation marks.",
    ),
    Field(
        "holder", "户名", "Holder", most=60,
        hint_zh="银行登记的户名；须为本人，未成年人可为其监护人。",
        hint="As the bank has it: the person, or a minor’s guardian.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose card it is, the card that is on record, and the page that the form came from."""

    person: Person
    known: KnownCard | None
    back: str

    @property
    def number(self) -> str:
        """The number by which the service knows the person; empty where there is none."""
        return next((one.number for one in self.person.documents), "")

    def row(self, typed: Mapping[str, str]) -> Mapping[str, object]:
        """The card as the API takes it."""
        number = self.number or typed["id_number"]
        return {"id_number": number, **{one.name: typed[one.name] for one in _FIELDS}}


def card_sheet(owner: Owner, faults: Sequence[Fault] = ()) -> Sheet:
    """The form of a card; `faults` are what the service said of what was typed."""
    fields = _FIELDS if owner.number else (_NUMBER, *_FIELDS)
    return Sheet(
        "登记社保卡", "Record a card", "下一步", "Go on", fields, owner.back, tuple(_facts(owner)),
        together=lambda _: list(faults),
    )  # fmt: skip


def _facts(owner: Owner) -> list[Fact]:
    person, known = owner.person, owner.known
    facts = [Fact("参保人", "Person", person.name, person.name, f"persons/{person.person_id}")]
    if owner.number:
        facts.append(Fact("证件号码", "Number", owner.number, owner.number))
    if known is None:
        return [*facts, Fact("已登记社保卡", "Card on record", "无", "none")]
    says = known.account_masked, known.bank, known.holder
    return [*facts, Fact("已登记社保卡", "Card on record", "，".join(says), ", ".join(says))]


def will(owner: Owner, typed: Mapping[str, str], taken: TakenCards) -> list[Fact]:
    """What recording it will do, as the service said when it was tried."""
    account = "".join(one for one in typed["account_no"] if one.isdigit())
    by_fours = " ".join(account[at : at + 4] for at in range(0, len(account), 4))
    facts = [
        Fact("社保卡账号", "Account", by_fours, by_fours),
        Fact("开户银行", "Bank", typed["bank"], typed["bank"]),
        Fact("户名", "Holder", typed["holder"], typed["holder"]),
        *(Fact("请核对", "Look again", *named(WARNINGS, one.warning)) for one in taken.warnings),
    ]
    if taken.unchanged:
        same = "与已登记的社保卡相同，不作改动。", "It is on record already: nothing changes."
        return [*facts, Fact("登记", "On record", *same)]
    if owner.known is not None:
        instead = "替换已登记的社保卡，原卡不再使用。", "It takes the place of the card on record."
        facts.append(Fact("登记", "On record", *instead))
    return [*facts, Fact("待发款项", "Payouts", *_ready(taken))]


def _ready(taken: TakenCards) -> tuple[str, str]:
    if taken.waiting_for_person:
        return (
            "尚无此人的核定：先保存，核定后生效。",
            "Nobody was assessed by that number yet: it is kept until then.",
        )
    count = taken.payouts_ready
    if not count:
        return "没有因缺卡等待的款项可以转为待发放。", "No payout becomes ready by it."
    return f"{count:,} 笔转为待发放。", f"{count:,} become ready to be paid out."


def faults_in(taken: TakenCards, sheet: Sheet) -> list[Fault]:
    """What the service said of the card, each fault at its field."""
    names = {one.name for one in sheet.fields}
    return [fault for one in taken.rejected for fault in _faults(one.problem, names)]


def _faults(problem: CardProblem, names: set[str]) -> list[Fault]:
    if not problem.errors:
        return [Fault("", *said_of(problem))]
    places = [one.pointer.rpartition("/")[2] for one in problem.errors]
    return [
        Fault(place if place in names else "", one.detail_zh, one.detail)
        for place, one in zip(places, problem.errors, strict=True)
    ]


def done_of(taken: TakenCards) -> str:
    """The code of the sentence that says what was done."""
    if taken.unchanged:
        return "card_unchanged"
    if any(one.warning == "holder_differs" for one in taken.warnings):
        return "card_held"
    return "card_waits" if taken.waiting_for_person else "card_recorded"

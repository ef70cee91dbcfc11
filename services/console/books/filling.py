"""The forms that move numbers of paper, and what each will do."""

from collections.abc import Callable, Mapping, Sequence

from services.console.books.asking import Paper
from services.console.books.naming import EFFECTS, TITLES
from services.console.books.rules import TYPED, count_of, office_said, offices_above, way
from services.console.forms.doing import Deed
from services.console.forms.rules import Choice, Fact, Fault, Field, Sheet
from services.console.receipts.rules import instant_of, read_instant
from services.console.receipts.schemas import Collector
from services.console.session.rules import Visitor
from services.console.worklists.naming import named
from services.console.worklists.schemas import Stretch

API = "/v1/voucher-moves"
#: With more collectors than these a list of them is longer than the page.
MOST_CHOICES = 100
_OFFICE = "office"
_NUMBERS = (
    Field("first_no", "起号", "From", most=40),
    Field(
        "last_no", "止号", "To", most=40, required=False, hint_zh="只有一个号码的不填。",
        hint="Empty where there is one number.",
    ),
)  # fmt: skip
_AT = Field(
    "at", "实际时间", "When it happened", most=40, required=False, reads=read_instant,
    hint_zh="不填为现在；补登的按实际交接时间，如 2020-09-06 09:00。",
    hint="Empty: now. As it was handed over where it is entered later, such as 2020-09-06 09:00.",
)  # fmt: skip
_REASON = Field("reason", "原因", "Why", "long", most=200)
_DIVISION = Field(
    "division_code", "接收机构区划代码", "Division of the office", most=12, required=False,
    hint_zh="12 位；下发给乡镇（街道）时填写。", hint="12 digits, where an office gets them.",
)  # fmt: skip


def receive_deed(visitor: Visitor, papers: Sequence[Paper]) -> Deed:
    """Enter new paper into the stock of the county, or of the township that it comes to."""
    choices = tuple(Choice(one.voucher, one.title_zh, one.title) for one in papers)
    fields = (Field("voucher", "票据", "Paper", "choice", choices), *_NUMBERS, _AT)
    season = papers[0].season
    own = visitor.division if visitor.division.startswith(season.division) else season.division
    office = own.ljust(12, "0")
    year = season.coverage_year
    facts = (
        Fact("参保年度", "Season", f"{season.place_zh} {year} 年度", f"{season.place}, {year}"),
        Fact("领入机构", "Received by", *office_said(office)),
    )

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        said = {"kind": "received", "county": season.county, "coverage_year": season.coverage_year}
        return {**said, "voucher": typed["voucher"], "division_code": office, **_numbers(typed)}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        return _will("received", typed)

    title = "领入票据", "Receive paper"
    sheet = Sheet(*title, "下一步", "Go on", fields, "work/vouchers", facts, together=_following)
    return Deed(sheet, API, body, will, "paper_received")


def hand_on_deed(
    paper: Paper, voucher_no: str, collectors: Sequence[Collector], facts: Sequence[Fact]
) -> Deed:
    """Hand numbers on to a collector, or to the office of a township."""
    shown = collectors if len(collectors) <= MOST_CHOICES else ()
    named_so = {str(one.collector_id): f"{one.title}（{one.division_code}）" for one in collectors}
    choices = [Choice(str(one.collector_id), *_titled(one)) for one in shown]
    office = Choice(
        _OFFICE, "下级经办机构", "an office below", "在下一栏填写区划代码。", "Its division stands below."
    )
    to = Field("collector_id", "下发给", "Who gets them", "choice", (*choices, office))

    def receiver(typed: Mapping[str, str]) -> Mapping[str, object]:
        if typed["collector_id"] == _OFFICE:
            return {"division_code": typed["division_code"]}
        return {"collector_id": int(typed["collector_id"])}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        one = typed["collector_id"]
        who = named_so.get(one) or typed["division_code"]
        return _will("handed_on", typed, Fact("下发给", "Who gets them", who, who))

    def together(typed: Mapping[str, str]) -> list[Fault]:
        missing = typed["collector_id"] == _OFFICE and not typed["division_code"]
        fault = Fault("division_code", "请填写接收机构的区划代码。", "Write the division of the office.")
        return [fault] if missing else _following(typed)

    back = way(paper.season.county, paper.voucher, voucher_no)
    fields = (*_NUMBERS, to, _DIVISION, _AT)
    sheet = _sheet("handed_on", fields, back, facts, together)
    return _deed(paper, "handed_on", sheet, receiver, will)


def return_deed(paper: Paper, visitor: Visitor, held: Stretch | None, facts: Sequence[Fact]) -> Deed:
    """Return blank numbers to an office above; whoever held them may see them no more."""
    codes = offices_above(visitor.division)
    if held is not None and held.collector_id is None:
        codes = [one for one in codes if one != held.division_code]
    choices = tuple(Choice(one, *office_said(one)) for one in codes)
    to = Field("division_code", "交回给", "Who gets them back", "choice", choices)

    def receiver(typed: Mapping[str, str]) -> Mapping[str, object]:
        return {"division_code": typed["division_code"], "reason": typed["reason"]}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        who = Fact("交回给", "Who gets them back", *office_said(typed["division_code"]))
        return _will("returned", typed, who)

    sheet = _sheet("returned", (*_NUMBERS, to, _REASON, _AT), "work/vouchers", facts, _following)
    return _deed(paper, "returned", sheet, receiver, will)


def declare_deed(
    paper: Paper, kind: str, voucher_no: str, held: Stretch | None, facts: Sequence[Fact]
) -> Deed:
    """Declare numbers void or lost, or take that back; who agrees is told where it is a whole range."""
    sheet = _sheet(
        kind, (*_NUMBERS, _REASON, _AT), way(paper.season.county, paper.voucher, voucher_no), facts,
        _following,
    )  # fmt: skip

    def receiver(typed: Mapping[str, str]) -> Mapping[str, object]:
        return {"reason": typed["reason"]}

    def will(typed: Mapping[str, str]) -> list[Fact]:
        why = Fact("原因", "Why", typed["reason"], typed["reason"])
        whole = _whole(held, typed) if kind in TYPED else []
        return _will(kind, typed, *whole, why)

    return _deed(paper, kind, sheet, receiver, will)


def _titled(one: Collector) -> tuple[str, str]:
    return f"{one.title}（{one.division_code}）", f"{one.title} ({one.division_code})"


def _sheet(
    kind: str, fields: tuple[Field, ...], back: str, facts: Sequence[Fact],
    together: Callable[[Mapping[str, str]], list[Fault]],
) -> Sheet:  # fmt: skip
    return Sheet(*named(TITLES, kind), "下一步", "Go on", fields, back, tuple(facts), together=together)


def _deed(
    paper: Paper, kind: str, sheet: Sheet, more: Callable[[Mapping[str, str]], Mapping[str, object]],
    will: Callable[[Mapping[str, str]], list[Fact]],
) -> Deed:  # fmt: skip
    season = paper.season
    said = {"kind": kind, "county": season.county, "coverage_year": season.coverage_year}

    def body(typed: Mapping[str, str]) -> Mapping[str, object]:
        return {**said, "voucher": paper.voucher, **_numbers(typed), **more(typed)}

    return Deed(sheet, API, body, will, f"paper_{kind}")


def _numbers(typed: Mapping[str, str]) -> dict[str, object]:
    said: dict[str, object] = {"first_no": typed["first_no"]}
    if typed["last_no"]:
        said["last_no"] = typed["last_no"]
    return said | ({"at": instant_of(typed["at"])} if typed["at"] else {})


def _following(typed: Mapping[str, str]) -> list[Fault]:
    """What is wrong with two numbers together."""
    if count_of(typed["first_no"], typed["last_no"] or typed["first_no"]) is not None:
        return []
    return [
        Fault(
            "last_no", "起止号码须以数字结尾，仅数字不同且由小到大，如 00120001 至 00120100。",
            "Both end in digits, differ only there, and go upwards: 00120001 to 00120100.",
        )
    ]  # fmt: skip


def _whole(held: Stretch | None, typed: Mapping[str, str]) -> list[Fact]:
    """That nothing of a range is left, where the numbers are all of it."""
    numbers = typed["first_no"], typed["last_no"] or typed["first_no"]
    if held is None or held.count == 1 or numbers != (held.first_no, held.last_no):
        return []
    return [
        Fact(
            "注意", "Mind", f"这是该号段的全部 {held.count:,} 份，办理后该号段没有可用的号码。",
            f"These are all {held.count:,} numbers of the range: none of it can be used afterwards.",
        )
    ]  # fmt: skip


def _will(kind: str, typed: Mapping[str, str], *more: Fact) -> list[Fact]:
    first, last = typed["first_no"], typed["last_no"] or typed["first_no"]
    count = f"{count_of(first, last):,}"
    numbers = first if first == last else f"{first} — {last}"
    when = typed["at"]
    return [
        Fact("号码", "Numbers", numbers, numbers),
        Fact("份数", "Count", f"{count} 份", count),
        *more,
        Fact("时间", "When", when or "现在", when or "now"),
        Fact("结果", "Outcome", *named(EFFECTS, kind)),
    ]

"""The forms of scores: freezing and signing a sheet, entering what it rests on, and the second person's."""

from collections.abc import Mapping

from services.console.forms.rules import Choice, Fact, Field, Sheet, fen_of
from services.console.pages.rules import amount, minute
from services.console.scores.naming import KINDS, way_of
from services.console.scores.schemas import Document, Entry, Kept, ScoreSheet, Unit
from services.console.worklists.naming import named

_REASON = Field("reason", "事由", "Why", "long", most=1000, hint_zh="如：年终考核、工作经费结算。",
                hint="Such as the settlement at the end of the year.")  # fmt: skip
_NOTE = Field("note", "意见", "Note", "long", most=500, required=False)
_EVIDENCE = Field("evidence", "依据", "Evidence", "long", most=1000,
                  hint_zh="文件、专报或表册名称及编号；勿写个人信息。",
                  hint="The paper that says so, with its number; nothing about single persons.")  # fmt: skip
_DAY = Field("happened_on", "日期", "Day", "day")
_SECOND = Fact(
    "生效", "When", "第二人复核后计入；复核前不计。", "When a second person agrees; it does not count before."
)


def freezing(one: ScoreSheet) -> Sheet:
    """The form that freezes the sheet of a season."""
    document = one.document
    facts = (
        Fact("考核表", "Sheet", document.title.zh, document.title.en),
        Fact("单位", "Units", f"{len(document.units)} 个", str(len(document.units))),
        Fact("工作经费合计", "Work funds", *amount(_total(document))),
    )
    return Sheet(
        "冻结考核表并提请签认", "Freeze the score sheet", "下一步", "Go on", (_REASON,),
        way_of(document.county, document.coverage_year), facts,
    )  # fmt: skip


def freezes_will(one: ScoreSheet, typed: Mapping[str, str]) -> list[Fact]:
    """What freezing will do."""
    return [
        Fact("冻结", "Frozen", "各单位得分和金额即时固定，不再登记或撤销。",
             "Points and amounts are fixed at once; nothing is entered or withdrawn any more."),
        Fact("定稿", "Final", "由另一名考核人员签认后定稿；退回的，可重新提请。",
             "When another officer signs; sent back, it can be frozen again."),
        Fact("工作经费合计", "Work funds", *amount(_total(one.document))),
        Fact("事由", "Why", typed["reason"], typed["reason"]),
    ]  # fmt: skip


def _total(document: Document) -> int:
    return sum(one.funds.amount_fen or 0 for one in document.units)


def answering(one: ScoreSheet, kept: Kept, *, signs: bool) -> Sheet:
    """The form of the second person about a frozen sheet."""
    document = one.document
    title = ("签认考核表", "Sign the score sheet") if signs else ("退回考核表", "Send it back")
    facts = (
        Fact("考核表", "Sheet", document.title.zh, document.title.en),
        Fact("单位", "Units", f"{len(document.units)} 个", str(len(document.units))),
        Fact("工作经费合计", "Work funds", *amount(_total(document))),
        Fact("提请", "Frozen", *(f"{kept.asked_by} {minute(kept.asked_at)}",) * 2),
        Fact("SHA-256", "SHA-256", *(f"{kept.sha256[:16]}…",) * 2),
    )
    way = way_of(document.county, document.coverage_year)
    return Sheet(*title, "下一步", "Go on", (_NOTE,), way, facts)


def answers_will(one: ScoreSheet, typed: Mapping[str, str], *, signs: bool) -> list[Fact]:
    """What the second person's word will do."""
    facts = [
        Fact("定稿", "Final", "考核表定稿，工作经费转总账待拨，不再更改。",
             "The sheet is final, and the ledger is told what each unit gets; nothing changes it."),
        Fact("工作经费合计", "Work funds", *amount(_total(one.document))),
    ] if signs else [
        Fact("退回", "Sent back", "不定稿；可继续登记，之后重新提请。",
             "It is not final; more can be entered, and it can be frozen again."),
    ]  # fmt: skip
    return [*facts, *_noted(typed)]


def _noted(typed: Mapping[str, str]) -> list[Fact]:
    return [Fact("意见", "Note", typed["note"], typed["note"])] if typed["note"] else []


def entering(document: Document, unit: Unit, kind: str) -> Sheet:
    """The form that enters something about a unit."""
    items = Field(
        "item", "项目", "Item", "choice",
        tuple(Choice(one.item, f"{one.item} {one.label.zh}", f"{one.item} {one.label.en}")
              for one in unit.lines),
    )  # fmt: skip
    fields: Mapping[str, tuple[Field, ...]] = {
        "judged": (items, Field("points", "评定分", "Points", "count", most=4), _DAY, _EVIDENCE),
        "incident": (items, _DAY, _EVIDENCE),
        "budget": (Field("amount", "预算额（元）", "Budget (yuan)", "yuan", most=20), _DAY, _EVIDENCE),
    }
    facts = (
        Fact("单位", "Unit", unit.name.zh, unit.name.en),
        Fact("依据", "By", *(f"{document.document_no} {document.clause}",) * 2),
    )
    way = way_of(document.county, document.coverage_year)
    called_zh, called = KINDS[kind]
    return Sheet(
        f"登记{called_zh}", f"Enter: {called}", "下一步", "Go on", fields[kind],
        f"{way}/units/{unit.division_code}", facts,
    )  # fmt: skip


def enters_will(unit: Unit, kind: str, typed: Mapping[str, str]) -> list[Fact]:
    """What entering will do."""
    facts = [Fact("登记", "Entered", f"{unit.name.zh} {KINDS[kind][0]}", f"{unit.name.en}: {KINDS[kind][1]}")]
    if "item" in typed:
        facts.append(Fact("项目", "Item", typed["item"], typed["item"]))
    if "points" in typed:
        facts.append(Fact("评定分", "Points", typed["points"], typed["points"]))
    if "amount" in typed:
        facts.append(Fact("预算额", "Budget", *amount(fen_of(typed["amount"]))))
    return [*facts, _SECOND, Fact("依据", "Evidence", typed["evidence"], typed["evidence"])]


def entry_of(document: Document, unit: Unit, kind: str, typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    body: dict[str, object] = {
        "county": document.county, "coverage_year": document.coverage_year,
        "division_code": unit.division_code, "kind": kind, "happened_on": typed["happened_on"],
        "evidence": typed["evidence"],
    }  # fmt: skip
    if "item" in typed:
        body["item"] = typed["item"]
    if "points" in typed:
        body["points"] = int(typed["points"])
    if "amount" in typed:
        body["amount_fen"] = fen_of(typed["amount"])
    return body


_DECISIONS: Mapping[str, tuple[str, str, str, str]] = {
    "approve": ("同意", "Agree", "登记立即计入考核。", "It counts at once."),
    "reject": ("退回", "Refuse", "登记不计入考核。", "It does not count."),
}
_WITHDRAWN: Mapping[str, tuple[str, str, str, str]] = {
    "approve": ("同意撤销", "Agree to its withdrawal", "登记不再计入考核。", "It counts no more."),
    "reject": ("不同意撤销", "Refuse its withdrawal", "登记继续计入考核。", "It counts on."),
}


def deciding(one: Entry, way: str) -> Sheet:
    """The form of the second person about an entry, or about its withdrawal."""
    words = _WITHDRAWN if one.state == "agreed" else _DECISIONS
    choices = tuple(Choice(code, *said) for code, said in words.items())
    fields = (Field("decision", "复核意见", "Your decision", "choice", choices), _NOTE)
    title = ("复核撤销", "Withdrawal") if one.state == "agreed" else ("复核登记", "Second person")
    return Sheet(*title, "下一步", "Go on", fields, way, _about(one))


def decides_will(one: Entry, typed: Mapping[str, str]) -> list[Fact]:
    """What the decision will do."""
    zh, en, does_zh, does = (_WITHDRAWN if one.state == "agreed" else _DECISIONS)[typed["decision"]]
    return [Fact(zh, en, does_zh, does), *_noted(typed)]


def withdrawing(one: Entry, way: str) -> Sheet:
    """The form that asks that an entry counts no more."""
    field = Field("reason", "撤销理由", "Why", "long", most=1000)
    return Sheet("撤销登记", "Withdraw an entry", "下一步", "Go on", (field,), way, _about(one))


def withdraws_will(typed: Mapping[str, str]) -> list[Fact]:
    """What withdrawing will do."""
    return [
        Fact("撤销", "Withdrawn", "第二人复核后不再计入；复核前照常计入。",
             "When a second person agrees; it counts until then."),
        Fact("理由", "Why", typed["reason"], typed["reason"]),
    ]  # fmt: skip


def _about(one: Entry) -> tuple[Fact, ...]:
    facts = [
        Fact("单位", "Unit", one.division_code, one.division_code),
        Fact("种类", "Kind", *named(KINDS, one.kind)),
    ]
    if one.item is not None:
        facts.append(Fact("项目", "Item", one.item, one.item))
    if one.points is not None:
        facts.append(Fact("评定分", "Points", str(one.points), str(one.points)))
    if one.amount_fen is not None:
        facts.append(Fact("预算额", "Budget", *amount(one.amount_fen)))
    on, evidence = one.happened_on.isoformat(), one.evidence or ""
    return (
        *facts, Fact("日期", "Day", on, on), Fact("依据", "Evidence", evidence, evidence),
        Fact("登记人", "Entered by", one.entered_by, one.entered_by),
    )  # fmt: skip

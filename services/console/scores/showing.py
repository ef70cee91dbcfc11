"""Puts together the page of a score sheet, that of one unit, and what came of computing a sheet again."""

from collections.abc import Sequence

from services.console.forms.rules import Fact
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.scores.naming import KINDS, SHEETS, way_of
from services.console.scores.schemas import Document, Kept, Line, ScoreSheet, Unit, Verification
from services.console.worklists.asking import word_of
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words
from services.console.worklists.schemas import Season

SHEETS_COLUMNS = (
    Column("考核表", "Sheet"), Column("状态", "State"), Column("提请人", "Frozen by"),
    Column("提请日", "On"), Column("签认人", "Signed by"), Column("签认日", "On"),
)  # fmt: skip


def row_of(season: Season, one: Kept | None) -> list[Cell]:
    """A sheet on the list; None is the one that nobody has frozen yet."""
    way = way_of(season.county, season.coverage_year)
    if one is None:
        return [
            words("按当前数据暂计", "as it stands now", page=way),
            words(*named(SHEETS, "provisional")),
            *[Cell()] * 4,
        ]
    # One that was sent back is not shown any more: what stands is.
    title_zh, title = f"第 {one.sheet_id} 号", f"No. {one.sheet_id}"
    return [
        words(title_zh, title, page="" if one.state == "refused" else way),
        words(*named(SHEETS, one.state), warn=one.state == "waiting"), words(one.asked_by),
        day(one.asked_at), words(one.signed_by or ""), day(one.signed_at),
    ]  # fmt: skip


def sheet_page(one: ScoreSheet, *, scores: bool, signs: bool) -> Shown:
    """The sheet that stands; `scores` and `signs` offer what an officer of scores does about it."""
    document = one.document
    way = way_of(document.county, document.coverage_year)
    title_zh = f"{document.place.zh} {document.coverage_year} 年度 {document.title.zh}"
    title = f"{document.place.en} {document.coverage_year}: {document.title.en}"
    parts = [Part("各单位", "Units", _units(document, way))]
    if one.open:
        said = Table([Column("尚未具备", "What is lacking")], [[words(f.zh, f.en)] for f in one.open])
        parts.insert(0, Part("提请签认前须补齐", "Before it can be frozen", said))
    acts: list[Act] = []
    if scores and one.state == "provisional" and not one.open:
        acts.append(Act(f"{way}/freeze", "冻结并提请签认", "Freeze it"))
    if signs:
        acts += [
            Act(f"{way}/sign", "签认定稿", "Sign it"),
            Act(f"{way}/refuse", "退回", "Send it back", second=True),
        ]
    return Shown(title_zh, title, _listed(document), "考核表", "Score sheets", _facts(one, way), parts, acts)


def _listed(document: Document) -> str:
    season = Season(
        county=document.county, coverage_year=document.coverage_year, division="",
        place=document.place.en, place_zh=document.place.zh,
    )  # fmt: skip
    return f"scores?season={word_of(season)}"


def _facts(one: ScoreSheet, way: str) -> list[Fact]:
    document, at = one.document, minute(one.as_of)
    rule = f"{document.document_no} {document.clause}"
    facts = [
        Fact("状态", "State", *named(SHEETS, one.state)),
        Fact("依据", "By", rule, rule),
        Fact("计算时间", "Computed", at, at),
        Fact("参保人数截至", "Heads as of", *(minute(document.heads_at),) * 2),
    ]
    if one.asked_by is not None:
        facts.append(Fact("提请人", "Frozen by", one.asked_by, one.asked_by))
    if one.signed_by is not None and one.signed_at is not None:
        facts.append(Fact("签认", "Signed", *(f"{one.signed_by} {minute(one.signed_at)}",) * 2))
    if one.sha256 is not None:
        facts.append(Fact("SHA-256", "SHA-256", *(f"{one.sha256[:16]}…",) * 2, f"{way}/verification"))
    total = [unit.funds.amount_fen for unit in document.units]
    if total and None not in total:
        facts.append(Fact("工作经费合计", "Work funds", *amount(sum(fen or 0 for fen in total))))
    return [
        *facts,
        Fact("打印", "Print", "网页（可打印、签字）", "page to print and sign", f"{way}/file?format=html"),
        Fact("打印", "Print", "表格", "workbook", f"{way}/file?format=xlsx"),
    ]


def _units(document: Document, way: str) -> Table:
    by_score = document.rule == "by_score"
    score = [Column("位次", "Place", right=True), Column("得分", "Points", right=True)] if by_score else []
    columns = [
        Column("单位", "Unit"), *score, Column("任务", "Task", right=True),
        Column("已参保", "Insured", right=True), Column("完成率", "Completion", right=True),
        Column("工作经费", "Work funds", right=True), Column("尚缺数据", "Not known yet"),
    ]  # fmt: skip
    units = sorted(document.units, key=lambda one: (one.place is None, one.place, one.division_code))
    return Table(columns, [_unit(one, way, by_score=by_score) for one in units])


def _unit(one: Unit, way: str, *, by_score: bool) -> list[Cell]:
    missing_zh, missing = "、".join(m.zh for m in one.missing), ", ".join(m.en for m in one.missing)
    return [
        Cell(one.name.zh, one.name.en, page=f"{way}/units/{one.division_code}"),
        *([number(one.place), number(one.total)] if by_score else []), number(one.task),
        number(one.enrolled), words(f"{one.completion}%", warn=not one.task_met),
        money(one.funds.amount_fen), words(missing_zh, missing, warn=bool(one.missing)),
    ]  # fmt: skip


def unit_page(sheet: ScoreSheet, one: Unit, *, enters: bool) -> Shown:
    """One unit: each item with its formula, its money, and what follows."""
    document = sheet.document
    way = way_of(document.county, document.coverage_year)
    facts = [
        Fact("状态", "State", *named(SHEETS, sheet.state)),
        Fact("任务", "Task", f"{one.task:,} 人", f"{one.task:,}"),
        Fact("已参保", "Insured", f"{one.enrolled:,} 人", f"{one.enrolled:,}"),
        Fact("完成率", "Completion", f"{one.completion}%", f"{one.completion}%"),
    ]
    if one.total is not None:
        facts.append(Fact("得分", "Points", str(one.total), str(one.total)))
    if one.place is not None:
        facts.append(Fact("位次", "Place", str(one.place), str(one.place)))
    if one.funds.budget_fen is not None:
        facts.append(Fact("预算额", "Budget", *amount(one.funds.budget_fen)))
    facts.append(Fact("工作经费", "Work funds", *_funds(one)))
    facts += [
        Fact("后续", "Follows", f"{f.label.zh}（{f.clause}）", f"{f.label.en} ({f.clause})")
        for f in one.follows
    ]
    parts = [Part("逐项得分", "Item by item", _lines(one.lines))] if one.lines else []
    return Shown(
        one.name.zh, one.name.en, "scores", document.title.zh, document.title.en, facts, parts,
        _acts(document, one, way) if enters and sheet.state == "provisional" else (), up=way,
    )  # fmt: skip


def _acts(document: Document, one: Unit, way: str) -> Sequence[Act]:
    kinds = ("judged", "incident") if document.rule == "by_score" else ("budget",)
    return [
        Act(f"{way}/units/{one.division_code}/{kind}", f"登记{KINDS[kind][0]}", f"Enter {KINDS[kind][1]}")
        for kind in kinds
    ]


def _funds(one: Unit) -> tuple[str, str]:
    funds = one.funds
    if funds.amount_fen is None:
        return "尚缺数据", "not known yet"
    said_zh, said = amount(funds.amount_fen)
    return f"{said_zh}（{funds.formula}；{funds.clause}）", f"{said} ({funds.formula}; {funds.clause})"


def _lines(lines: Sequence[Line]) -> Table:
    columns = [
        Column("项目", "Item"), Column("分值", "Full", right=True), Column("数据", "Measures"),
        Column("算式", "Formula"), Column("得分", "Points", right=True),
    ]  # fmt: skip
    return Table(columns, [_line(one) for one in lines])


def _line(one: Line) -> list[Cell]:
    said_zh = "；".join(f"{part.words.zh} {part.percent}%" for part in one.parts)
    said = "; ".join(f"{part.words.en} {part.percent}%" for part in one.parts)
    if one.missing:
        said_zh = f"尚缺：{'、'.join(m.zh for m in one.missing)}"
        said = f"not known yet: {', '.join(m.en for m in one.missing)}"
    clause = f"{one.item} · {one.clause}"
    return [
        Cell(one.label.zh, one.label.en, clause, clause), number(one.full),
        words(said_zh, said, warn=bool(one.missing)), words(one.formula), number(one.points),
    ]  # fmt: skip


def verification_page(county: str, year: int, found: Verification) -> Shown:
    """Whether a frozen sheet comes out again from what was kept."""
    said = (
        ("与冻结时完全一致。", "It is the same, byte for byte.")
        if found.identical
        else ("与冻结时不一致。", "It is not the same as it was frozen.")
    )
    facts = [
        Fact("冻结时 SHA-256", "SHA-256 as frozen", found.sha256, found.sha256),
        Fact("重算 SHA-256", "SHA-256 computed again", *(found.recomputed_sha256,) * 2),
    ]
    return Shown(
        "考核表重算", "The score sheet computed again", "scores", "考核表", "Score sheet", facts, [],
        (), *said, up=way_of(county, year),
    )  # fmt: skip

"""Puts together the pages of bulletins, and what is asked of whoever drafts, signs or refuses one."""

from collections.abc import Mapping
from datetime import date

from services.console.bulletins.schemas import Bulletin, Due, Goal, Line
from services.console.forms.rules import Fact, Field, Sheet
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import minute
from services.console.worklists.asking import word_of
from services.console.worklists.naming import BULLETINS, BULLETINS_DUE, named
from services.console.worklists.rules import Cell, Column, Table, day, money, number, words
from services.console.worklists.schemas import Season

_NOTE = Field("note", "批示意见", "Note", "long", required=False, most=500)
_REASON = Field("note", "退回理由", "Why", "long", most=500)
_PERIOD_TO = Field(
    "period_to", "截止日", "Up to", "day", hint_zh="统计截至当日 24 时。",
    hint="What was known when that day ended is counted.",
)  # fmt: skip
#: What can be opened of one: form, audience, and what it is called.
_FILES = (
    ("html", "offices", "网页（可打印）", "page to print"),
    ("pdf", "offices", "PDF", "PDF"),
    ("xlsx", "offices", "表格", "workbook"),
    ("html", "public", "公示版", "for the village board"),
)
_LATER = Fact(
    "其后数据", "Later figures", "迟到的数据计入下一期。", "What comes late goes into the next one."
)  # fmt: skip
#: What somebody may draft, by how it stands.
_TO_DRAFT = ("due", "overdue", "any_time")


def way_of(bulletin_id: int) -> str:
    """The page of a bulletin."""
    return f"bulletins/{bulletin_id}"


def shown(one: Bulletin, *, signs: bool) -> Shown:
    """A bulletin with its figures; `signs` offers its two forms."""
    way = way_of(one.bulletin_id)
    acts = (
        Act(f"{way}/sign", "签发", "Sign"),
        Act(f"{way}/refuse", "退回", "Refuse", second=True),
    )  # fmt: skip
    parts = [Part("完成情况", "Figures", _figures(one))]
    if one.goals:
        parts.append(Part("目标完成情况", "Goals", _goals(one.goals)))
    return Shown(
        one.title, one.title, f"bulletins?season={one.county}-{one.coverage_year}&part={one.state}",
        "通报", "Bulletins", [*_facts(one), *_files(way)], parts, acts if signs else (), one.lead, one.lead,
    )  # fmt: skip


def _facts(one: Bulletin) -> list[Fact]:
    up_to, by = one.period_to.isoformat(), "系统自动" if one.drafted_by == "system" else one.drafted_by
    facts = [
        Fact("状态", "State", *named(BULLETINS, one.state)),
        Fact("种类", "Kind", one.label.zh, one.label.en),
        Fact("依据", "By", f"{one.document_no} {one.clause}", f"{one.document_no} {one.clause}"),
        Fact("截至", "Up to", up_to, up_to),
        Fact("起草", "Drafted", f"{by} {minute(one.drafted_at)}", f"{_by(one)} {minute(one.drafted_at)}"),
    ]
    if one.number is not None:
        facts.insert(1, Fact("期号", "Number", str(one.number), str(one.number)))
    if one.signed_by is not None and one.signed_at is not None:
        who = f"{one.signed_by} {minute(one.signed_at)}"
        facts.append(Fact("退回", "Refused", who, who) if one.state == "refused" else _signed(who))
    if one.note:
        facts.append(Fact("批示意见" if one.state == "signed" else "退回理由", "Note", one.note, one.note))
    return [*facts, *(Fact("说明", "Note", one_said, one_said) for one_said in one.untold)]


def _by(one: Bulletin) -> str:
    return "by itself" if one.drafted_by == "system" else one.drafted_by


def _signed(who: str) -> Fact:
    return Fact("签发", "Signed", who, who)


def _files(way: str) -> list[Fact]:
    return [
        Fact("印发件", "Printed", zh, en, f"{way}/file?format={form}&audience={audience}")
        for form, audience, zh, en in _FILES
    ]


def _figures(one: Bulletin) -> Table:
    columns = [
        Column("位次", "Place", right=True), Column("单位", "Unit"), Column("任务", "Task", right=True),
        Column("已完成参保", "Insured", right=True), Column("完成率", "Completion", right=True),
        Column("较上期", "More", right=True), Column("已缴费", "Paid", right=True),
        Column("免缴", "Exempt", right=True), Column("个人缴费", "Contributions", right=True),
        Column("资助", "Help", right=True), Column("未达目标", "Missed"),
    ]  # fmt: skip
    return Table(columns, [_line(line) for line in (*one.lines, one.total)])


def _line(one: Line) -> list[Cell]:
    missed = "、".join(one.missed)
    return [
        number(one.rank), words(one.name), number(one.task), number(one.enrolled), words(one.percent or ""),
        number(one.more), number(one.paid), number(one.exempt), money(one.own_fen), money(one.help_fen),
        words(missed, warn=bool(missed)),
    ]  # fmt: skip


def _goals(goals: list[Goal]) -> Table:
    columns = [
        Column("目标", "Goal"), Column("要求", "Required", right=True), Column("达到", "Reached", right=True),
        Column("达标", "Met"),
    ]  # fmt: skip
    met: Mapping[bool | None, Cell] = {
        True: words("是", "yes"), False: words("否", "no", warn=True), None: words("无法统计", "unknown"),
    }  # fmt: skip
    return Table(
        columns,
        [[words(one.label), words(one.required), words(one.reached or ""), met[one.met]] for one in goals],
    )


def signing(one: Bulletin) -> Sheet:
    """The form that signs a bulletin."""
    return Sheet(
        "签发通报", "Sign a bulletin", "下一步", "Go on", (_NOTE,), way_of(one.bulletin_id), _about(one)
    )


def signs_will(typed: Mapping[str, str]) -> list[Fact]:
    """What signing will do."""
    return [
        Fact(
            "签发", "Signed", "编定期号，内容不再更改；各乡镇即可查看。",
            "It gets its number and is never changed; townships see it at once.",
        ),
        _LATER,
        *_noted("批示意见", "Note", typed),
    ]  # fmt: skip


def refusing(one: Bulletin) -> Sheet:
    """The form that refuses a draft."""
    return Sheet(
        "退回通报", "Refuse a bulletin", "下一步", "Go on", (_REASON,), way_of(one.bulletin_id), _about(one)
    )


def refuses_will(typed: Mapping[str, str]) -> list[Fact]:
    """What refusing will do."""
    return [
        Fact(
            "退回", "Refused", "不编期号，不印发；同期可重新起草。",
            "It gets no number and is not handed out; another may be drafted.",
        ),
        *_noted("退回理由", "Why", typed),
    ]  # fmt: skip


def _noted(zh: str, en: str, typed: Mapping[str, str]) -> list[Fact]:
    return [Fact(zh, en, typed["note"], typed["note"])] if typed["note"] else []


def _about(one: Bulletin) -> tuple[Fact, ...]:
    up_to = one.period_to.isoformat()
    return (
        Fact("通报", "Bulletin", one.title, one.title),
        Fact("截至", "Up to", up_to, up_to),
        Fact("内容", "It says", one.lead, one.lead),
        Fact("起草", "Drafted by", "系统自动" if one.drafted_by == "system" else one.drafted_by, _by(one)),
    )


def decided(typed: Mapping[str, str]) -> dict[str, object]:
    """The request for what was typed."""
    return {"note": typed["note"] or None}


def due_page(season: Season, reports: list[Due], *, drafts: bool) -> Shown:
    """What the notice asks for, by when it is due."""
    columns = [
        Column("通报", "Bulletin"), Column("由谁起草", "By whom"), Column("截至", "Up to"),
        Column("状态", "State"), Column("办理", "Do"),
    ]  # fmt: skip
    rows = [_due(season, one, drafts=drafts) for one in reports if one.state != "elsewhere"]
    return Shown(
        "应印发的通报", "Bulletins that are due", f"bulletins?season={word_of(season)}", "通报", "Bulletins",
        [], [Part("按通知规定", "As the notice asks", Table(columns, rows))],
    )  # fmt: skip


def _due(season: Season, one: Due, *, drafts: bool) -> list[Cell]:
    do = Cell()
    if one.bulletin_id is not None:
        do = words("查看", "Look", page=way_of(one.bulletin_id))
    elif drafts and one.state in _TO_DRAFT:
        do = words("起草", "Draft", page=draft_way(season, one))
    return [
        Cell(one.label.zh, one.label.en, one.clause, one.clause), words(one.by.zh, one.by.en),
        day(one.period_to), words(*named(BULLETINS_DUE, one.state), warn=one.state == "overdue"), do,
    ]  # fmt: skip


def draft_way(season: Season, one: Due) -> str:
    """The form that drafts a report; its period is in the address where the notice says it."""
    only = f"?period_to={one.period_to.isoformat()}" if one.period_to else ""
    return f"bulletins/drafts/{season.county}/{season.coverage_year}/{one.kind}{only}"


def drafting(county: str, year: int, one: Due, period_to: date | None) -> Sheet:
    """The form that drafts a bulletin; it asks for its last day where the notice names none."""
    facts = [
        Fact("通报", "Bulletin", one.label.zh, one.label.en),
        Fact("依据", "By", one.clause, one.clause),
        Fact("由谁起草", "By whom", one.by.zh, one.by.en),
    ]
    if period_to is not None:
        facts.append(Fact("截至", "Up to", period_to.isoformat(), period_to.isoformat()))
    return Sheet(
        "起草通报", "Draft a bulletin", "下一步", "Go on", () if period_to else (_PERIOD_TO,),
        f"bulletins/due?season={county}-{year}", tuple(facts),
    )  # fmt: skip


def drafts_will(typed: Mapping[str, str], period_to: date | None) -> list[Fact]:
    """What drafting will do."""
    day_on = period_to.isoformat() if period_to else typed["period_to"]
    return [
        Fact("统计", "Counted", f"{day_on} 24 时前的数据", f"what was known when {day_on} ended"),
        _LATER,
        Fact("签发", "Signed", "由领导小组签发，签发前各乡镇不可见。",
             "By the leading group; townships see nothing before."),
    ]  # fmt: skip

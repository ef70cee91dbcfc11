"""Sets a bulletin: as a page with a chart, as PDF, as a workbook; each from its frozen content alone."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_number
from libs.common.printing import Paper, Press, load_fonts
from libs.common.printing.pages import written
from libs.common.text_workbooks import Cell, Sheet, TextWorkbook
from services.registration.bulletins.drawing import chart
from services.registration.bulletins.rules import FEW, Content, Line

#: As many of those who are behind are named in the sentence for leaders; the table has them all.
_NAMED = 5
_TEMPLATE = Path(__file__).parent / "bulletin.typ"
_STYLE = """
@page { size: A4 landscape; margin: 12mm }
body { font-family: "Noto Sans CJK SC", "Microsoft YaHei", SimHei, sans-serif; font-size: 10.5pt;
       max-width: 277mm; margin: 6mm auto; padding: 0 4mm; color: #1a1a1a }
h1 { font-size: 18pt; text-align: center; margin: 0 0 1mm } .sub { text-align: center; color: #555 }
.lead { font-size: 13pt; margin: 4mm 0 } .draft { color: #b00020; font-weight: bold }
table { border-collapse: collapse; width: 100%; margin: 4mm 0 } thead { display: table-header-group }
tr { break-inside: avoid } th, td { border: 0.2mm solid #888; padding: 0.8mm 1.4mm; text-align: right }
th { background: #f1f3f5; font-weight: 600 } td.name, th.name { text-align: left }
tr.sum { font-weight: 600 } td.missed { color: #b00020 } td.met { color: #0a7d33 }
svg { width: 100%; height: auto } .end { margin-top: 6mm; display: flex; justify-content: space-between }
small { color: #555 }
"""


@dataclass(frozen=True, slots=True)
class Issue:
    """What stands on a bulletin beside its content: its number and who signed it, once somebody did."""

    number: int | None
    drafted_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    is_public: bool


def title_of(content: Content, issue: Issue) -> str:
    """The title, with the number."""
    kind = "公示" if issue.is_public else "通报"
    number = f"第{issue.number}期" if issue.number is not None else "草稿"
    return f"{content.place}{content.coverage_year}年度{content.scheme}参保缴费进度{kind}（{number}）"


def page(content: Content, issue: Issue) -> str:
    """The page, to read and to print."""
    title = escape(title_of(content, issue))
    return "".join(
        [
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>',
            f"<style>{_STYLE}</style><h1>{title}</h1>",
            f'<p class="sub">{escape(_about(content))}</p>',
            "" if issue.number is not None else '<p class="sub draft">草稿，未经签发，不得外传</p>',
            f'<p class="lead">{escape(lead(content))}</p>',
            chart(content),
            _table(header(issue), [cells(one, issue) for one in _all(content)]),
            _goals(content),
            *(f"<p><small>{escape(one)}</small></p>" for one in notes(content, issue)),
            f'<div class="end"><span>{escape(_signed(issue))}</span></div></html>\n',
        ]
    )


async def as_pdf(content: Content, issue: Issue) -> bytes:
    """The same as PDF."""
    return await _press().set(lambda: [_paper(content, issue)], issue.signed_at or issue.drafted_at)


def as_workbook(content: Content, issue: Issue) -> bytes:
    """The table as a workbook; numbers are numbers."""
    with tempfile.TemporaryDirectory(prefix="canbao-bulletin-") as directory:
        path, head = Path(directory) / "bulletin.xlsx", header(issue)
        with TextWorkbook(path, Sheet("参保缴费进度", head, [16, *[12] * (len(head) - 1)])) as book:
            book.write(cells(one, issue) for one in _all(content))
            book.write(
                [[title_of(content, issue)], [_about(content)], *([one] for one in notes(content, issue))]
            )
        return path.read_bytes()


def header(issue: Issue) -> list[str]:
    """The columns."""
    shown = ["名次", "任务数（人）", "已完成（人）", "完成率", "较上期（人）"]
    if not issue.is_public:
        shown += ["在册（人）", "已缴", "免缴", "已退费", "异地或职工参保", "不愿参保"]
        shown += ["个人缴费（元）", "资助（元）", "未达目标"]
    return ["单位", *shown]


def cells(one: Line, issue: Issue) -> list[Cell]:
    """A township or village as a row."""
    few = f"少于{FEW}人" if one.few else "—"
    row: list[Cell] = [
        one.name,
        _cell(one.rank),
        _cell(one.task),
        few if one.enrolled is None else one.enrolled,
        "—" if one.percent is None else f"{one.percent}%",
        _cell(one.more),
    ]
    if not issue.is_public:
        counted = (one.registered, one.paid, one.exempt, one.refunded, one.elsewhere, one.refusing)
        row += [_cell(value) for value in counted]
        row += [yuan_number(one.own_fen or 0), yuan_number(one.help_fen or 0)]
        row.append(f"{len(one.missed)} 项" if one.missed else "—")
    return row


def lead(content: Content) -> str:
    """What a leader wants to know, in one sentence."""
    total = content.total
    done = "" if total.percent is None else f"，{content.bar} {total.percent}%"
    behind = [one.name for one in content.lines if _behind(one, content)]
    named = "：" if len(behind) <= _NAMED else f"，排名最后 {_NAMED} 个为"
    late = f"；落后于时间进度的有 {len(behind)} 个{named}{'、'.join(behind[-_NAMED:])}" if behind else ""
    more = "" if total.more is None else f"，较上期增加 {total.more:,} 人"
    return (
        f"截至 {_instant(content.as_of)}，已完成参保 {written(_cell(total.enrolled))} 人{done}{more}；"
        f"时间进度 {content.line_percent}%，目标 {content.goal_percent}%{late}。"
    )


def notes(content: Content, issue: Issue) -> Iterator[str]:
    """What has to be known to read the table."""
    yield f"依据：{content.document_no} {content.clause}（{content.label}）。"
    yield "统计以截止时点已掌握的数据为准，迟到数据计入下期。"
    if content.stated_task is not None and content.stated_task != content.computed_task:
        stated, computed = content.stated_task, content.computed_task
        yield f"任务数：通知所列合计 {stated:,}，各单位之和 {computed:,}，按各单位数计算。"
    yield from content.untold
    if issue.is_public:
        yield f"不足 {FEW} 人的单位不公布具体人数。本公示不含个人信息。"


def _behind(one: Line, content: Content) -> bool:
    """Whether a unit is behind where it would be by time alone, on its way to the goal."""
    if one.percent is None:
        return False
    return float(one.percent) < float(content.line_percent) * content.goal_percent / 100


def _all(content: Content) -> Sequence[Line]:
    return [*content.lines, content.total]


def _about(content: Content) -> str:
    since = "" if content.since is None else f"　上期截至 {_instant(content.since)}"
    return f"{content.label}　统计截至 {_instant(content.as_of)}{since}"


def _signed(issue: Issue) -> str:
    if issue.number is None or issue.signed_at is None:
        return f"起草时间：{_instant(issue.drafted_at)}　未签发"
    return f"签发人：{issue.signed_by}　签发时间：{_instant(issue.signed_at)}"


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M")


def _cell(value: int | None) -> str | int:
    return "—" if value is None else value


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    said = "".join(f"<th>{escape(name)}</th>" for name in head[1:])
    made = [f'<table><thead><tr><th class="name">{escape(head[0])}</th>{said}</tr></thead><tbody>']
    for place, (name, *others) in enumerate(rows):
        last = ' class="sum"' if place == len(rows) - 1 else ""
        made.append(f'<tr{last}><td class="name">{escape(str(name))}</td>')
        made += [f"<td>{escape(written(cell))}</td>" for cell in others]
        made.append("</tr>")
    return "".join([*made, "</tbody></table>"])


def goal_rows(content: Content) -> list[tuple[str, str, str, str, str]]:
    """The goals of the notice, and how the whole stands against them."""
    verdict = {True: "已达到", False: "未达到", None: "无法判断"}
    return [
        (
            one.label,
            one.base,
            one.required,
            "—" if one.reached is None else f"{one.reached}%（{one.part}/{one.whole}）",
            verdict[one.met],
        )
        for one in content.goals
    ]


def _goals(content: Content) -> str:
    rows = goal_rows(content)
    if not rows:
        return ""
    head = "".join(f'<th class="name">{name}</th>' for name in GOAL_HEAD)
    looks = {"已达到": "met", "未达到": "missed"}
    body = "".join(
        "<tr>"
        + "".join(f'<td class="name">{escape(cell)}</td>' for cell in row[:-1])
        + f'<td class="{looks.get(row[-1], "")}">{row[-1]}</td></tr>'
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


GOAL_HEAD = ("目标", "基数", "要求", "现状", "结论")


@cache
def _press() -> Press:
    """One press for the process, made when the first bulletin is set."""
    return Press(_TEMPLATE, load_fonts())


def _paper(content: Content, issue: Issue) -> Paper:
    rows = [[written(cell) for cell in cells(one, issue)] for one in _all(content)]
    return {
        "title": title_of(content, issue),
        "about": _about(content),
        "lead": lead(content),
        "chart": chart(content),
        "header": header(issue),
        "rows": rows,
        "goal_header": GOAL_HEAD,
        "goals": goal_rows(content),
        "notes": list(notes(content, issue)),
        "signed": _signed(issue),
        "draft": issue.number is None,
    }

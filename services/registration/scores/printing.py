"""Writes the score sheet as offices have it: a page to print and to sign, and a table."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from html import escape

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_number
from libs.common.printing.pages import beginning, cells_of, heading_row, places_to_sign
from libs.common.spreadsheets import workbook_pieces
from libs.common.text_workbooks import Cell, Sheet
from services.registration.scores.schemas import Document, Line, ScoreSheet, UnitScore

_STYLE = """
body { font-size: 10pt; margin: 8mm }
section { margin-bottom: 12mm }
h2 { font-size: 13pt; text-align: center; margin: 0 0 2mm }
.draft { text-align: center; color: #a00 }
td.n { text-align: right; white-space: nowrap }
"""
_STATES = {
    "provisional": "暂计，仅供核对",
    "waiting": "待复核签认",
    "final": "定稿",
}
_WIDE = 16
_SIGNERS = ("考核单位（盖章）", "制表人", "复核人", "日期")
_HEADER = ("区划代码", "单位", "任务数（人）", "参保人数（人）", "任务完成率（%）", "是否完成任务")


def page(sheet: ScoreSheet, evidence: Mapping[int, str]) -> str:
    """The page: all units in one table, then each unit with its lines. `evidence` is told by entry."""
    document = sheet.document
    title = _title(document)
    body = [*_summary(sheet, title)]
    for unit in document.units:
        body += _unit(sheet, unit, title, evidence)
    return f"{beginning(title, _STYLE)}{''.join(body)}</html>\n"


def workbook(sheet: ScoreSheet) -> AsyncIterator[bytes]:
    """The table as a workbook; numbers are numbers."""
    header = _columns(sheet.document)
    widths = [_WIDE for _ in header]
    return workbook_pieces(Sheet("考核表", header, widths), _parts(sheet.document))


async def _parts(document: Document) -> AsyncIterator[list[list[Cell]]]:
    yield [_cells(document, unit) for unit in _ordered(document)]


def _title(document: Document) -> str:
    return f"{document.place.zh}{document.coverage_year}年度{document.title.zh}"


def _ordered(document: Document) -> list[UnitScore]:
    """By place; who has none comes last."""
    return sorted(document.units, key=lambda one: (one.place is None, one.place or 0))


def _columns(document: Document) -> list[str]:
    if document.rule == "by_completion":
        return [*_HEADER, "预算额（元）", "工作经费（元）"]
    lines = document.units[0].lines if document.units else []
    items = (f"{one.item} {one.label.zh}（{one.full}分）" for one in lines)
    return ["名次", *_HEADER, *items, "总分", "每参保1人（元）", "工作经费（元）", "奖惩"]


def _cells(document: Document, unit: UnitScore) -> list[Cell]:
    done: list[Cell] = [
        unit.division_code,
        unit.name.zh,
        unit.task,
        unit.enrolled,
        unit.completion,
        "是" if unit.task_met else "否",
    ]
    if document.rule == "by_completion":
        return [*done, _yuan(unit.funds.budget_fen), _yuan(unit.funds.amount_fen)]
    return [
        _number(unit.place),
        *done,
        *(line.formula or "数据不全" for line in unit.lines),
        _number(unit.total),
        _yuan(unit.funds.per_person_fen),
        _yuan(unit.funds.amount_fen),
        "；".join(one.label.zh for one in unit.follows),
    ]


def _summary(sheet: ScoreSheet, title: str) -> Iterator[str]:
    document = sheet.document
    yield f"<section><h1>{escape(title)}汇总表</h1>"
    yield from _heading(sheet)
    yield heading_row(_columns(document))
    for unit in _ordered(document):
        yield f"<tr>{cells_of(_cells(document, unit))}</tr>"
    yield "</tbody></table>"
    yield from _end()


def _heading(sheet: ScoreSheet) -> Iterator[str]:
    document = sheet.document
    at = sheet.as_of.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M")
    draft = "" if sheet.state == "final" else ' class="draft"'
    yield f"<p{draft}>{_STATES.get(sheet.state, '')}</p>"
    yield f"<p>依据：{escape(document.document_no)} {escape(document.clause)}　计算时间：{at}"
    yield f"　校验码：{sheet.sha256[:16]}</p>" if sheet.sha256 else "</p>"
    if sheet.asked_by is not None:
        yield f"<p>制表：{escape(sheet.asked_by)}　复核签认：{escape(sheet.signed_by or '待签认')}</p>"
    if sheet.open:
        yield "<p>尚未定稿：" + "；".join(escape(said.zh) for said in sheet.open) + "</p>"


def _unit(sheet: ScoreSheet, unit: UnitScore, title: str, evidence: Mapping[int, str]) -> Iterator[str]:
    yield f"<section><h2>{escape(title)}　{escape(unit.name.zh)}</h2>"
    yield from _heading(sheet)
    yield f"<p>任务数 {unit.task:,} 人，参保 {unit.enrolled:,} 人，任务完成率 {unit.completion}%"
    yield f"（{'已' if unit.task_met else '未'}完成任务）{_said(unit)}</p>"
    if unit.lines:
        yield heading_row(("项目", "条款", "分值", "统计时点", "实绩", "计算过程", "得分"))
        for line in unit.lines:
            yield from _line(line, evidence)
        yield f'<tr><th colspan="6">合计</th><td class="n">{_number(unit.total)}</td></tr></tbody></table>'
    yield f"<p>工作经费（{escape(unit.funds.clause)}）：{escape(unit.funds.words.zh)}。"
    yield f"计算：{escape(unit.funds.formula or '数据不全')}（元）</p>"
    for one in unit.follows:
        yield f"<p>奖惩（{escape(one.clause)}）：{escape(one.label.zh)}</p>"
    yield from _end()


def _said(unit: UnitScore) -> str:
    parts = [
        f"得分 {unit.total}" if unit.total is not None else "",
        f"第 {unit.place} 名" if unit.place else "",
    ]
    return "".join(f"，{part}" for part in parts if part)


def _line(line: Line, evidence: Mapping[int, str]) -> Iterator[str]:
    done = [
        f"{one.words.zh} {one.percent}%"
        + ("" if one.counted_at == line.counted_at else f"（截至{_day(one.counted_at)}）")
        for one in line.parts
    ]
    done += [f"{one.zh}：数据不全" for one in line.missing]
    done += [f"评定 {line.judged} 分"] if line.judged is not None else []
    done += [f"扣分事例 {line.incidents} 例"] if line.incidents else []
    done += [f"登记{entry}：{evidence[entry]}" for entry in line.entry_ids if entry in evidence]
    yield f"<tr><td>{escape(line.item)} {escape(line.label.zh)}</td><td>{escape(line.clause)}</td>"
    yield f'<td class="n">{line.full}</td><td>{_day(line.counted_at)}</td>'
    yield f"<td>{'<br>'.join(map(escape, done))}</td>"
    yield f'<td>{escape(line.formula or "数据不全")}</td><td class="n">{_number(line.points)}</td></tr>'


def _end() -> Iterator[str]:
    yield from places_to_sign(_SIGNERS, dated=False)
    yield "</section>"


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d")


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _yuan(fen: int | None) -> Cell:
    return "" if fen is None else yuan_number(fen)

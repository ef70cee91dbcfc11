"""Sets a paper: as a page and as PDF to sign and stamp, as a workbook; each from the document alone."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path

from fastapi import Response
from fastapi.responses import HTMLResponse

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_capitals, yuan_grouped, yuan_number
from libs.common.printing import Paper, Press, load_fonts
from libs.common.printing.pages import beginning, heading_row, places_to_sign, written
from libs.common.text_workbooks import Cell, Sheet, TextWorkbook
from libs.common.web.files import MEDIA, headers_of
from services.ledger.papers.schemas import HandoverPaper, PaperSection

_TEMPLATE = Path(__file__).parent / "paper.typ"
_STYLE = """
@page { size: A4 portrait; margin: 14mm 12mm }
body { font-size: 10.5pt; max-width: 186mm; margin: 6mm auto }
h1 { font-size: 16pt } h2 { font-size: 11.5pt; margin: 4mm 0 1mm; break-after: avoid }
td.n, th.n { text-align: right; white-space: nowrap } tr.sum { font-weight: bold; background: #f3f3f3 }
.draft { text-align: center; color: #b00020; font-weight: bold } .about { color: #444 }
table { table-layout: fixed } th:nth-child(1) { width: 30% } th:nth-child(2) { width: 12% }
th:nth-child(3) { width: 20% } .end { flex-wrap: wrap; gap: 8mm 4mm } .end span { flex: 0 0 45% }
code { font-size: 8pt; word-break: break-all }
"""
HEAD = ("对象", "人数", "金额（元）", "说明")
_SIGNERS = ("单位（盖章）", "制表人", "复核人", "负责人")


def title_of(paper: HandoverPaper) -> str:
    """What stands on top."""
    document = paper.document
    title = f"{document.place}{document.coverage_year}年度{document.scheme}移交单"
    return f"{title}（{document.township_name}）" if document.township_name else title


def page(paper: HandoverPaper) -> str:
    """The page, to read and to print."""
    title = escape(title_of(paper))
    parts = [beginning(title_of(paper), _STYLE), f"<h1>{title}</h1>"]
    if paper.state != "signed":
        parts.append(f'<p class="draft">{escape(_draft(paper))}</p>')
    parts += (f'<p class="about">{escape(one)}</p>' for one in about(paper))
    for section in paper.document.sections:
        parts += _table(section)
    parts += (f"<p>{escape(one)}</p>" for one in differences(paper))
    parts += (f"<p><code>{escape(one)}</code></p>" for one in hashes(paper))
    parts += places_to_sign(_SIGNERS, dated=False)
    return "".join([*parts, "</html>\n"])


async def as_pdf(paper: HandoverPaper, now: datetime) -> bytes:
    """The same as PDF."""
    return await _press().set(lambda: [_paper(paper)], paper.signed_at or now)


def as_workbook(paper: HandoverPaper) -> bytes:
    """The same lines as a workbook; heads and amounts are numbers, written as offices do."""
    with tempfile.TemporaryDirectory(prefix="canbao-paper-") as directory:
        path = Path(directory) / "paper.xlsx"
        with TextWorkbook(path, Sheet("移交单", ("项目", *HEAD), [34, 26, 10, 20, 30])) as book:
            for section in paper.document.sections:
                book.write([section.title, *cells] for cells in rows_of(section))
            book.write([one] for one in (title_of(paper), *about(paper), *differences(paper), *hashes(paper)))
        return path.read_bytes()


async def answered(paper: HandoverPaper, form: str, name: str, now: datetime) -> HandoverPaper | Response:
    """The paper in the form that was asked for; `name` is the one of its file."""
    if form == "html":
        return HTMLResponse(page(paper), headers=headers_of("html", ""))
    if form == "pdf":
        return Response(await as_pdf(paper, now), 200, headers_of("pdf", name), MEDIA["pdf"])
    if form == "xlsx":
        return Response(as_workbook(paper), 200, headers_of("xlsx", name), MEDIA["xlsx"])
    return paper


def rows_of(section: PaperSection) -> Iterator[list[Cell]]:
    """The lines of a section, and its sum."""
    for row in section.rows:
        yield [row.name, _heads(row.heads), yuan_number(row.amount_fen), row.note]
    if section.amount_fen is not None:
        yield ["合计", _heads(section.heads), yuan_number(section.amount_fen), _capitals(section.amount_fen)]


def about(paper: HandoverPaper) -> Iterator[str]:
    """Whose it is, of what, by which clause."""
    document, deadline = paper.document, paper.document.deadline
    by = f"{document.document_no} {document.clause}"
    yield f"移交单位：{document.party_name}　职责：{document.does}（{by}）"
    days = f"{deadline.accounting_from} 至 {deadline.accounting_to}"
    yield f"移交节点：{deadline.label}　核算期间：{days}　期限：{document.due_on}"
    if document.township is not None:
        yield f"本表为全县移交单中{document.township_name}的部分，各乡镇合计与全县一致；"
        yield "签认和校验码以全县移交单为准。"
    if paper.signed_at is not None:
        yield f"制表：{paper.made_by}　签认：{paper.signed_by}　签认时间：{_instant(paper.signed_at)}"


def differences(paper: HandoverPaper) -> Iterator[str]:
    """Where the party has other figures."""
    if not paper.differences:
        return
    yield "本单位数据与系统不一致（差异须经处理后方可签认，或已另行说明）："
    for one in paper.differences:
        ours = f"系统 {_heads(one.our_heads)} 人 {_fen(one.our_fen)} 元"
        theirs = f"本单位 {_heads(one.their_heads)} 人 {_fen(one.their_fen)} 元"
        yield f"　{one.name}（{one.section}）：{ours}；{theirs}"


def hashes(paper: HandoverPaper) -> Iterator[str]:
    """By what the paper, and the handover that it is of, are known again."""
    yield f"移交单校验码 SHA-256：{paper.sha256}"
    yield f"封存移交校验码 SHA-256：{paper.document.handover_sha256}"


def _table(section: PaperSection) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    yield heading_row(HEAD)
    for row in rows_of(section):
        name, heads, fen, note = map(written, row)
        look = ' class="sum"' if name == "合计" else ""
        yield f'<tr{look}><td>{escape(name)}</td><td class="n">{heads}</td><td class="n">{fen}</td>'
        yield f"<td>{escape(note)}</td></tr>"
    yield "</tbody></table>"


def _draft(paper: HandoverPaper) -> str:
    if paper.state == "draft":
        return "草稿：移交数据尚未封存，仅供核对"
    return "已制表，待复核签认" if paper.state == "waiting" else "未签认，仅供核对"


def _heads(heads: int | None) -> str | int:
    return "—" if heads is None else heads


def _fen(fen: int | None) -> str:
    return "—" if fen is None else yuan_grouped(fen)


def _capitals(fen: int) -> str:
    return f"大写：{yuan_capitals(fen)}" if 0 <= fen < 10**14 else ""


def _instant(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@cache
def _press() -> Press:
    """One press for the process, made when the first paper is set."""
    return Press(_TEMPLATE, load_fonts())


def _paper(paper: HandoverPaper) -> Paper:
    return {
        "title": title_of(paper),
        "draft": "" if paper.state == "signed" else _draft(paper),
        "about": list(about(paper)),
        "header": HEAD,
        "sections": [
            {
                "title": section.title,
                "rows": [[written(cell) for cell in row] for row in rows_of(section)],
                "sum": section.amount_fen is not None,
            }
            for section in paper.document.sections
        ],
        "notes": list(differences(paper)),
        "hashes": list(hashes(paper)),
        "signers": _SIGNERS,
    }

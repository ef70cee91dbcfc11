"""Writes the roster of who is to be subsidized (资助花名册): a table, or a page to print and to sign on."""

from collections.abc import AsyncIterator, Iterator, Sequence
from html import escape

from libs.common.clock import SHANGHAI
from libs.common.money import yuan_grouped, yuan_number
from libs.common.policy import Notice
from libs.common.printing.pages import beginning, cells_of, heading_row, places_to_sign
from libs.common.text_workbooks import Cell, Sheet
from services.subsidy.verifications.lines_store import LineRow
from services.subsidy.verifications.store import VerificationRow

#: Names are registration's; here is known whose account the money goes to.
HEADER = (
    "序号",
    "村代码",
    "人员编号",
    "户名（社保卡）",
    "社保卡账号",
    "开户银行",
    "身份",
    "资助方式",
    "资助金额（元）",
    "核定结果",
    "说明",
)
SHEET = Sheet("资助花名册", HEADER, (6, 14, 10, 14, 22, 18, 20, 12, 12, 10, 30))
_SIGNATURE = "本人（监护人）签字"
_SIGNERS = ("乡镇（街道）经办人签字", "医保局核定人签字", "医保局负责人签字", "财政局审核人签字")
_STATES = {"open": "未核定", "held": "暂缓", "released": "通过", "struck_out": "剔除", "lifted": "剔除后恢复"}
_MECHANISMS = {"paid_on_behalf": "代缴", "reimburse_to_card": "先缴后补"}


def _cells(notice: Notice, number: int, line: LineRow) -> tuple[Cell, ...]:
    statuses = (notice.labels.get(code) for code in line.status.split("+"))
    named = zip(line.status.split("+"), statuses, strict=True)
    result = "已取消" if line.revoked else _STATES[line.state]
    return (
        str(number),
        line.division_code,
        str(line.person_id),
        line.holder or "",
        line.account_masked or "",
        line.bank or "",
        "、".join(label.zh if label else code for code, label in named),
        _MECHANISMS[line.mechanism],
        yuan_number(line.amount_fen),
        "参保依据待核" if line.contested else result,
        line.reason or "",
    )


async def as_parts(notice: Notice, lines: Sequence[LineRow]) -> AsyncIterator[list[tuple[Cell, ...]]]:
    """The lines of a table, in one part."""
    yield _rows(notice, lines)


def as_page(notice: Notice, roster: VerificationRow, lines: Sequence[LineRow]) -> bytes:
    """The page to print: a place to sign for everybody, and below for each office."""
    return "".join(_page(notice, roster, lines)).encode()


def _rows(notice: Notice, lines: Sequence[LineRow]) -> list[tuple[Cell, ...]]:
    return [_cells(notice, number, line) for number, line in enumerate(lines, 1)]


def _page(notice: Notice, roster: VerificationRow, lines: Sequence[LineRow]) -> Iterator[str]:
    header = notice.document.notice
    payer = notice.payer_labels.get(roster.payer)
    title = f"{header.place.zh}{header.year}年度{header.scheme.zh}参保资助花名册"
    drawn = roster.drawn_at.astimezone(SHANGHAI).strftime("%Y年%m月%d日")
    yield f"{beginning(title)}<h1>{escape(title)}</h1>"
    yield f"<p>{escape(_place(notice, roster.division_prefix))}　"
    yield f"资助方：{escape(payer.zh if payer else roster.payer)}　"
    yield f"第 {roster.number} 册　共 {roster.line_count:,} 人　{yuan_grouped(roster.total_fen)} 元"
    yield f"　造册日期：{drawn}　依据：{escape(header.document_no)}</p>"
    yield heading_row((*HEADER, _SIGNATURE))
    for row in _rows(notice, lines):
        yield f'<tr>{cells_of(row)}<td class="sign"></td></tr>'
    yield f"</tbody></table><p>其中核定通过 {roster.released:,} 人，{yuan_grouped(roster.released_fen)} 元；"
    yield f"暂缓 {roster.held} 人，剔除 {roster.struck_out} 人，未核定 {roster.open} 人。</p>"
    yield from places_to_sign(_SIGNERS)
    yield "</html>\n"


def _place(notice: Notice, division_prefix: str) -> str:
    targets = notice.document.targets
    named = {row.division: row.name.zh for row in targets.rows} if targets else {}
    return f"{named.get(f'{division_prefix}000', '')}（{division_prefix}）"

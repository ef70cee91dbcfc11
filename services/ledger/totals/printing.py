"""Totals as a table for finance to print: Chinese headers, yuan, a byte-order mark so that Excel reads it."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Literal

from fastapi import Response

from libs.common.money import yuan_text
from libs.common.spreadsheets import harmless
from libs.common.web.files import MEDIA, headers_of
from libs.common.web.openapi import Responses
from services.ledger.matches.rules import LEVEL_NAMES
from services.ledger.movements.rules import STEP_NAMES
from services.ledger.totals.rules import Document, Figures

Format = Literal["json", "csv"]
#: The cells of one line of the table.
Line = tuple[str | int, ...]

HEADERS = ("项目", "承担方", "方式", "乡镇（街道）", "渠道", "人数", "金额（元）")

CSV_ANSWER: Responses = {
    200: {
        "description": "The totals, as JSON or as a table to print",
        "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(HEADERS) + "\r\n"}},
    }
}
_MECHANISMS = {"own": "个人缴费", "paid_on_behalf": "代缴"}
_FUNDS = {"granted": "资助资金·应补", "requested": "资助资金·已申请", "arrived": "资助资金·已到账"}
_NO_TOWNSHIP = "未知"


def csv_response(document: Document, name: str, payers: Mapping[str, str]) -> Response:
    """Answer with the totals of `document` as a CSV file; `payers` are the Chinese names of payer codes."""
    written = csv_text(document, payers).encode("utf-8-sig")
    return Response(written, 200, headers_of("csv", name), MEDIA["csv"])


def csv_text(document: Document, payers: Mapping[str, str]) -> str:
    """Write the totals of `document` as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADERS)
    for row in _rows(document, {"residents": "个人", **payers}):
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue()


def _rows(document: Document, payers: Mapping[str, str]) -> Iterator[Line]:
    total = document["total"]
    yield from _title(document)
    yield ("基金合计", "", "", "", "", total["head_count"], yuan_text(total["amount_fen"]))
    for row in document["by_payer"]:
        yield _figures("按承担方", row, payers)
    for row in document["by_township"]:
        yield _figures("按乡镇", {"township": _NO_TOWNSHIP, **row}, payers)
    for row in document["by_channel"]:
        yield _figures("按渠道", row, payers)
    for row in document["lines"]:
        yield _figures("明细", row, payers)
    yield from _apart(document, payers)


def _title(document: Document) -> Iterator[Line]:
    """For a handover, say which deadline it is and which seal it follows."""
    if deadline := document.get("deadline"):
        yield (f"移交节点 {deadline['id']}", f"截止 {deadline['cutoff_at']}", "", "", "", "", "")
        late = document["late"]
        yield ("其中上一节点之后迟到", "", "", "", "", f"{late['facts']}笔", yuan_text(late["amount_fen"]))


def _apart(document: Document, payers: Mapping[str, str]) -> Iterator[Line]:
    """What is not among the contributions of the fund."""
    for row in document["to_cards"]:
        payer = payers.get(row["payer"], row["payer"])
        for part, title in (("granted", "先缴后补·应补"), ("paid", "先缴后补·已到卡")):
            amount = yuan_text(row[f"{part}_fen"])
            yield (title, payer, "社保卡", "", "", row[f"{part}_head_count"], amount)
    for row in document["outside_system"]:
        yield _figures("部门自行结算（不经本系统）", row, payers)
    for row in document.get("repairs", ()):
        title, heads = f"补缴{row['repaired_year']}年度（入基金）", row["head_count"]
        yield (title, "", "", "", row["channel"], heads, yuan_text(row["amount_fen"]))
    for row in document["add_ons"]:
        yield _figures("附加险代收（不属基金）", row, payers)
    for row in document.get("add_ons_by_payee", ()):
        yield _figures("附加险应交收款方", {"payer": row["payee"], **row}, payers)
    for row in document.get("funds_by_payer", ()):
        payer = payers.get(row["payer"], row["payer"])
        for part, title in _FUNDS.items():
            yield (title, payer, "", "", "", "", yuan_text(row[f"{part}_fen"]))
    for row in document.get("fiscal_match", ()):
        level = LEVEL_NAMES[row["level"]][1]
        yield ("财政配套补助·应配套", level, "", "", "", "", yuan_text(row["owed_fen"]))
        yield ("财政配套补助·已到账", level, "", "", "", "", yuan_text(row["arrived_fen"]))
    for row in document.get("work_funds", ()):
        unit = row["division_code"]
        yield ("工作经费·应拨", "", "", unit, "", "", yuan_text(row["settled_fen"]))
        yield ("工作经费·已拨", "", "", unit, "", "", yuan_text(row["paid_fen"]))
    for row in document["suspense"]:
        channel = row["channel"]
        lines = f"{row['suspended_lines']}笔"
        yield ("暂存·新增", "", "", "", channel, lines, yuan_text(row["suspended_fen"]))
        yield ("暂存·账簿间转入", "", "", "", channel, "", yuan_text(row["relocated_fen"]))
        yield ("暂存·退费被退回", "", "", "", channel, "", yuan_text(row["returned_fen"]))
        yield ("暂存·已核销转缴费", "", "", "", channel, "", yuan_text(row["applied_fen"]))
        yield ("暂存·已退", "", "", "", channel, "", yuan_text(row["refunded_fen"]))
    for row in document["refunds"]:
        yield _figures("已退费", row, payers)
    for row in document["movements"]:
        yield (STEP_NAMES[row["kind"]], "", "", "", row["channel"] or "", "", yuan_text(row["amount_fen"]))


def _figures(title: str, row: Figures, payers: Mapping[str, str]) -> Line:
    payer = row.get("payer") or ""
    return (
        title,
        payers.get(payer, payer),
        _MECHANISMS.get(row.get("mechanism", ""), ""),
        row.get("township") or "",
        row.get("channel") or "",
        row["head_count"],
        yuan_text(row["amount_fen"]),
    )

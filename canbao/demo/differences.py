"""What channels say of their last days beside what they told: some differences are planted, most stay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import httpx
from pydantic import BaseModel

from canbao.demo.outside import until, write_page
from canbao.demo.profiles import HUINING_2021, YOUXI_2020
from canbao.replay.channels import Books
from canbao.replay.credentials import tokens
from canbao.replay.play import Driver
from canbao.replay.services import Services
from canbao.simulator.files import tables, wechat
from canbao.simulator.files.books import Book, Moved
from canbao.simulator.keys import wechat_sender
from libs.common.clock import SHANGHAI
from libs.common.money import yuan_grouped

#: So many of the last days on which a channel took money have a file.
_DAYS = 3
_WRONG_FEN = 100
_TAX, _WECHAT = "tax", "wechat"
_KINDS = ("they_only", "we_only", "amount", "twice")
_HEADINGS = ("县", "渠道", "业务日", "差异", "交易号", "对账单金额（元）", "本系统金额（元）", "状态")
_STATES = {"open": "待处理", "closed": "已自动解除", "decided": "已处理"}


class _File(BaseModel):
    state: str
    difference_count: int | None


class _Files(BaseModel):
    items: list[_File]


class _Evidence(BaseModel):
    channel: str
    business_on: date
    transaction_no: str
    theirs_fen: int | None
    ours_fen: int | None


class _Case(BaseModel):
    title_zh: str
    county: str
    state: str
    evidence: _Evidence


class _Cases(BaseModel):
    items: list[_Case]


@dataclass(frozen=True, slots=True)
class DayFile:
    """The file of a channel about a day."""

    county: str
    channel: str
    day: date
    content: bytes


def books() -> Books:
    """Empty books of the channels that give files, by county and channel."""
    return {
        (YOUXI_2020.county, _TAX): Book(),
        (YOUXI_2020.county, _WECHAT): Book(),
        (HUINING_2021.county, _WECHAT): Book(),
    }


def files_of(driver: Driver, taken: Books) -> tuple[list[DayFile], list[DayFile]]:
    """The files of the last days as channels send them first, and what they correct later.

    The tax bureau's days differ, each in another way; WeChat Pay has a row twice, which it corrects.
    """
    merchant, sent, corrected = wechat_sender(driver.data_dir).mchid, list[DayFile](), list[DayFile]()
    for (county, channel), book in taken.items():
        for place, day in enumerate(_last_days(book)):
            right = book.of(day)
            rows = _planted(channel, right, place)
            sent.append(_written(county, channel, day, rows, merchant))
            if channel == _WECHAT and rows != right:
                corrected.append(_written(county, channel, day, right, merchant))
    return sent, corrected


def _last_days(book: Book) -> list[date]:
    """The last one first."""
    return sorted({book.day_of(one.at) for one in book.moved}, reverse=True)[:_DAYS]


def _planted(channel: str, rows: Sequence[Moved], place: int) -> list[Moved]:
    """The rows of the day at a place, as its channel has them by mistake."""
    first, *rest = rows
    if channel == _WECHAT:
        return [first, first, *rest] if place == 0 else [*rows]
    return [
        [replace(first, fen=first.fen + _WRONG_FEN), *rest],
        [*rows, replace(first, no=f"{first.no}X")],
        rest,
    ][place]


def _written(county: str, channel: str, day: date, rows: Sequence[Moved], merchant: str) -> DayFile:
    if channel == _WECHAT:
        return DayFile(county, channel, day, wechat.packed_bill(rows, merchant))
    table = tables.tax(rows, datetime.combine(day, time(), SHANGHAI))
    return DayFile(county, channel, day, tables.as_csv(table))


async def send_files(driver: Driver, files: Sequence[DayFile]) -> None:
    """Send files as an officer does the next morning; they are read and compared in the background."""
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:
        for no, one in enumerate(files):
            kind = {"kind": "wechat_all"} if one.channel == _WECHAT else _TAX_TABLE
            form = {"county": one.county, "channel": one.channel, "business_on": one.day.isoformat(), **kind}
            part = httpx.Request(
                "POST", "http://canbao.invalid", data=form, files={"file": ("file", one.content)}
            )
            await services.send(
                *("collection", "POST", "/v1/channel-files"),
                at=datetime.combine(one.day + timedelta(days=1), time(10), SHANGHAI),
                content=part.read(), headers={"content-type": part.headers["content-type"]},
                key=f"file-{one.county}-{one.channel}-{one.day}-{len(files)}-{no}",
            )  # fmt: skip


_TAX_TABLE = {"kind": "tax_table", "profile": "tax-day"}


async def show_differences(driver: Driver, directory: Path) -> tuple[str, Path]:
    """When all files are compared: how many differences there are, and a page with both sides of each."""
    async with Services(driver.addresses, tokens(driver.data_dir)) as services:

        async def compared() -> bool:
            found = await services.get(_Files, "collection", "/v1/channel-files")
            counted = [one.difference_count is not None for one in found.items if one.state == "current"]
            return all(counted) and all(one.state != "queued" for one in found.items)

        await until(compared)
        cases = [case for kind in _KINDS for case in await _cases(services, kind)]
    cases.sort(key=lambda one: (one.county, one.evidence.channel, one.evidence.business_on))
    page = directory / "differences.html"
    await write_page(page, "渠道对账差异", _HEADINGS, [_row(one) for one in cases])
    open_now = sum(one.state == "open" for one in cases)
    return f"{len(cases)} found, {open_now} open, {len(cases) - open_now} explained since", page


async def _cases(services: Services, kind: str) -> list[_Case]:
    """Those that are open, and those that closed by themselves."""
    path = f"/v1/cases?kind=channel_day_{kind}&state="
    return [
        one
        for state in ("open", "closed")
        for one in (await services.get(_Cases, "collection", path + state)).items
    ]


def _row(one: _Case) -> tuple[str, ...]:
    told = one.evidence
    amounts = (yuan_grouped(fen) if fen is not None else "—" for fen in (told.theirs_fen, told.ours_fen))
    day = f"{told.business_on:%Y-%m-%d}"
    state = _STATES[one.state]
    return (one.county, told.channel, day, one.title_zh, told.transaction_no, *amounts, state)

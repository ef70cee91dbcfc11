"""Where the money stands: the totals of a demo as tables."""

from collections.abc import Sequence

from pydantic import BaseModel, JsonValue
from rich.console import Console
from rich.table import Table

from canbao.replay.play import Result
from canbao.replay.services import JsonObject
from libs.common.money import yuan_grouped


class _Handover(BaseModel):
    deadline_id: str
    head_count: int
    amount_fen: int
    sha256: str


class _Account(BaseModel):
    account: str
    title_zh: str
    balance_fen: int


class _Village(BaseModel):
    division_code: str
    to_insure: int
    unpaid: int
    paid: int
    exempt: int


class _Collector(BaseModel):
    division_code: str
    deposits: int
    amount_fen: int
    late: int
    lost: int


class _Batch(BaseModel):
    division_code: str
    state: str
    round: int
    people: int
    amount_fen: int


class _Unit(BaseModel):
    name: str
    listed: int
    paid: int
    exempt: int
    late: int


class _Payments(BaseModel):
    """Payment lines of one state and reason."""

    state: str
    reason: str | None
    count: int
    amount_fen: int


class _Sums(BaseModel):
    items: list[_Payments]


def show(console: Console, result: Result, people: int, seconds: float) -> None:
    """Print each season's handovers and where its money stands."""
    for season, totals in result.totals.items():
        console.print(_handovers(season, totals["handovers"]))
        console.print(_accounts(season, totals["accounts"]))
        console.print(_payments(season, totals["collection"]))
        if totals["villages"]:
            console.print(_villages(season, totals["villages"]))
        if totals["collectors"]:
            console.print(_collectors(season, totals["collectors"]))
        if totals["batches"]:
            console.print(_batches(season, totals["batches"]))
        if totals["units"]:
            console.print(_units(season, totals["units"]))
    steps = ", ".join(f"{count:,} {kind}" for kind, count in sorted(result.played.steps.items()))
    console.print(f"{people:,} people in {seconds:.0f} s ({steps}).")


def _handovers(season: str, handovers: Sequence[JsonObject]) -> Table:
    table = Table(title=f"{season}: handovers 移交", title_justify="left")
    for heading in ("deadline 截止", "people 人数", "yuan 元", "sha256"):
        table.add_column(heading, justify="left" if heading in ("deadline 截止", "sha256") else "right")
    for row in map(_Handover.model_validate, handovers):
        table.add_row(row.deadline_id, f"{row.head_count:,}", yuan_grouped(row.amount_fen), row.sha256[:16])
    return table


def _accounts(season: str, accounts: Sequence[JsonObject]) -> Table:
    table = Table(title=f"{season}: where the money stands 资金所在", title_justify="left")
    table.add_column("account 科目")
    table.add_column("")
    table.add_column("yuan 元", justify="right")
    for row in map(_Account.model_validate, accounts):
        table.add_row(row.account, row.title_zh, yuan_grouped(row.balance_fen))
    return table


def _villages(season: str, villages: Sequence[JsonObject]) -> Table:
    table = Table(title=f"{season}: lists of villages 各村名单", title_justify="left")
    table.add_column("village 村")
    for heading in ("to insure 应保", "unpaid 未缴", "paid 已缴", "exempt 免缴"):
        table.add_column(heading, justify="right")
    for row in map(_Village.model_validate, villages):
        figures = (row.to_insure, row.unpaid, row.paid, row.exempt)
        table.add_row(row.division_code, *(f"{figure:,}" for figure in figures))
    return table


def _collectors(season: str, collectors: Sequence[JsonObject]) -> Table:
    table = Table(title=f"{season}: cash of villages 各村现金与票据", title_justify="left")
    table.add_column("village 村")
    for heading in ("deposits 解款", "yuan 元", "late 迟缴", "paper lost 遗失票据"):
        table.add_column(heading, justify="right")
    for row in map(_Collector.model_validate, collectors):
        figures = (f"{row.deposits:,}", yuan_grouped(row.amount_fen), f"{row.late:,}", f"{row.lost:,}")
        table.add_row(row.division_code, *figures)
    return table


def _batches(season: str, batches: Sequence[JsonObject]) -> Table:
    table = Table(title=f"{season}: village batches 村级批次", title_justify="left")
    for heading in ("village 村", "state 状态"):
        table.add_column(heading)
    for heading in ("sent back 退回", "people 人数", "yuan 元"):
        table.add_column(heading, justify="right")
    for row in map(_Batch.model_validate, batches):
        figures = f"{row.round - 1}", f"{row.people:,}", yuan_grouped(row.amount_fen)
        table.add_row(row.division_code, row.state, *figures)
    return table


def _units(season: str, units: Sequence[JsonObject]) -> Table:
    table = Table(title=f"{season}: units 单位名单", title_justify="left")
    table.add_column("unit 单位")
    for heading in ("listed 名单", "paid 已缴", "exempt 免缴", "late 逾期"):
        table.add_column(heading, justify="right")
    for row in map(_Unit.model_validate, units):
        table.add_row(row.name, *(f"{figure:,}" for figure in (row.listed, row.paid, row.exempt, row.late)))
    return table


def _payments(season: str, sums: JsonValue) -> Table:
    table = Table(title=f"{season}: payments 缴费", title_justify="left")
    for heading in ("state 状态", "reason 原因"):
        table.add_column(heading)
    for heading in ("people 人次", "yuan 元"):
        table.add_column(heading, justify="right")
    for row in _Sums.model_validate(sums).items:
        table.add_row(row.state, row.reason or "", f"{row.count:,}", yuan_grouped(row.amount_fen))
    return table

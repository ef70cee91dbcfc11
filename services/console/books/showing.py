"""Puts together the page of a range of numbers: who holds it, how it stands, and what happened to it."""

from collections.abc import Mapping

from services.console.books.asking import Paper
from services.console.books.naming import KINDS, TITLES
from services.console.books.rules import moves_of, office_said, way
from services.console.books.schemas import Move, Moves
from services.console.forms.rules import Fact
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import minute
from services.console.session.rules import Visitor
from services.console.worklists.naming import PAPER, named
from services.console.worklists.rules import Cell, Column, Table, number, words
from services.console.worklists.schemas import Stretch

Titles = Mapping[int, str]
_LIST = "vouchers", "手持票据", "Paper vouchers in hand"


def holder_said(titles: Titles, collector_id: int | None, division_code: str) -> tuple[str, str]:
    """Who holds numbers: a collector by its title, else an office."""
    if collector_id is None:
        return office_said(division_code)
    title = titles.get(collector_id, f"收缴点 {collector_id}（{division_code}）")
    return title, titles.get(collector_id, f"collector {collector_id} ({division_code})")


def nothing_page() -> Shown:
    """What is said where no notice counts paper by its numbers."""
    lead = (
        "参保通知没有规定按号码管理的票据，无须领入。",
        "No notice counts paper by its numbers: there is nothing to receive.",
    )
    return Shown("领入票据", "Receive paper", *_LIST, [], [], (), *lead)


def facts_of(paper: Paper, held: Stretch | None, titles: Titles) -> list[Fact]:
    """What is known of numbers; above each of their forms, too. Of what lies elsewhere, the paper alone."""
    facts = [Fact("票据", "Paper", paper.title_zh, paper.title)]
    if held is None:
        return facts
    numbers = held.first_no if held.count == 1 else f"{held.first_no} — {held.last_no}"
    return [
        *facts,
        Fact("号码", "Numbers", numbers, numbers),
        Fact("份数", "Count", f"{held.count:,} 份", f"{held.count:,}"),
        Fact("持有人", "Holder", *holder_said(titles, held.collector_id, held.division_code)),
        Fact("状态", "State", *named(PAPER, held.state)),
        Fact("起始时间", "Since", minute(held.from_at), minute(held.from_at)),
    ]


def range_page(visitor: Visitor, paper: Paper, held: Stretch, moves: Moves, titles: Titles) -> Shown:
    """A range with its moves, and what the visitor may do to it."""
    kinds = moves_of(visitor, held.state, by_collector=held.collector_id is not None)
    acts = [
        Act(way(held.county, held.voucher, held.first_no, kind), *named(TITLES, kind), second=bool(place))
        for place, kind in enumerate(kinds)
    ]
    numbers = held.first_no if held.count == 1 else f"{held.first_no} — {held.last_no}"
    part = Part("领发记录", "What happened to them", _moves(moves, titles))
    facts = facts_of(paper, held, titles)
    lead = ("", "")
    if held.state == "held" and held.collector_id is not None:
        lead = (
            "已写在收据上的号码视为已用，不能作废、登记遗失或交回。",
            "Numbers on receipts are used: they can be declared neither void nor lost, and not returned.",
        )
    return Shown(f"票据 {numbers}", f"Paper {numbers}", *_LIST, facts, [part], acts, *lead)


def _moves(found: Moves, titles: Titles) -> Table:
    columns = [
        Column("时间", "When"), Column("办理", "What"), Column("起号", "From"), Column("止号", "To"),
        Column("份数", "Count", right=True), Column("交出方", "From whom"), Column("接收方", "To whom"),
        Column("原因", "Why"), Column("登记", "Entered"),
    ]  # fmt: skip
    return Table(columns, [_row(one, titles) for one in found.items], found.next_after)


def _row(one: Move, titles: Titles) -> list[Cell]:
    giver = ("", "")
    if one.from_division_code is not None:
        giver = holder_said(titles, one.from_collector_id, one.from_division_code)
    return [
        words(minute(one.at)), words(*named(KINDS, one.kind), warn=one.kind == "lost"),
        words(one.first_no), words(one.last_no), number(one.count), words(*giver),
        words(*holder_said(titles, one.to_collector_id, one.to_division_code)), words(one.reason or ""),
        words(f"{one.entered_by} {minute(one.entered_at)}"),
    ]  # fmt: skip

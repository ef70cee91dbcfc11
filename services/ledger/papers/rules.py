"""What stands on the paper of a party: the sealed totals that the notice makes its business, with names.

A paper is made from the sealed document, the words of the notice and the match of the deadline alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Handover, HandoverParty
from services.ledger.accounts import rules as accounts
from services.ledger.matches.rules import LEVEL_NAMES, LEVELS
from services.ledger.movements.rules import STEP_NAMES
from services.ledger.papers.names import channel_name, group_name, payer_name, township_name
from services.ledger.totals.rules import RESIDENTS, Document, Figures
from services.ledger.work_funds.rules import UnitFunds

FORMAT = "canbao.handover-paper/1"
#: Roles that answer for money: one of them makes the paper and another signs it.
_TWO_PERSONS = ("collector", "medical_insurance", "finance")
#: What somebody counts: section, row, heads, fen.
Row = dict[str, Any]
Section = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Moved:
    """Money of one kind that moved on, of a channel or a level of government."""

    kind: str
    whose: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a paper is made from."""

    notice: Notice
    handover: Handover
    totals: Document
    sha256: str
    match: Document | None
    #: What moved after the cutoff, until the handover is due.
    after: Sequence[Moved] = ()
    #: How work funds stand when it is due.
    work_funds: Sequence[UnitFunds] = ()


def needs_two(notice: Notice, party: str) -> bool:
    """Whether a second person of the party signs what the first one made."""
    return notice.departments[party].role in _TWO_PERSONS


def due_on(handover: Handover, party: HandoverParty) -> date:
    """Until when the party does its part."""
    return party.due_on or handover.due_on or handover.last_day


def paper(sealed: Sealed, party: HandoverParty) -> Document:
    """Make the paper of one party."""
    notice, handover, header = sealed.notice, sealed.handover, sealed.notice.document.notice
    department = notice.departments[party.department]
    return {
        "format": FORMAT,
        "county": notice.county,
        "coverage_year": notice.year,
        "place": header.place.zh,
        "scheme": header.scheme.zh,
        "document_no": header.document_no,
        "party": party.department,
        "party_name": department.label.zh,
        "party_name_en": department.label.en,
        "does": party.does.zh,
        "does_en": party.does.en,
        "clause": party.clause,
        "due_on": due_on(handover, party).isoformat(),
        "deadline": {
            "id": handover.id,
            "label": handover.label.zh,
            "accounting_from": handover.accounting_from.isoformat(),
            "accounting_to": handover.last_day.isoformat(),
        },
        "handover_sha256": sealed.sha256,
        "sections": [
            one for make in _sections(notice, department.role) for one in make(sealed) if one["rows"]
        ],
    }


Maker = Callable[[Sealed], Iterator[Section]]


def _sections(notice: Notice, role: str) -> tuple[Maker, ...]:
    """What the paper of a role is about: heads against money, help by payer, or all of it with the match."""
    collecting: tuple[Maker, ...] = (
        *(_contributions, _channels, _personal_accounts, _repairs, _suspense, _refunds, _moved, _add_ons),
    )
    if role == "finance":
        contributed: tuple[Maker, ...] = (_fund, _personal_accounts, _repairs, _help, _to_cards, _funds)
        return (*contributed, _match, _work_funds, _refunds, _moved, _add_ons)
    if role == "collector":
        return collecting
    if role == "medical_insurance":
        collected = any(one.role == "collector" for one in notice.departments.values())
        helping: tuple[Maker, ...] = (_help, _to_cards, _outside, _funds)
        return (_personal_accounts, *helping) if collected else (*collecting, *helping)
    return (_townships, _channels)


def _section(
    code: str, title: str, rows: Iterable[Row], total: tuple[int | None, int] | None = None
) -> Section:
    kept = list(rows)
    if total is None:
        total = None, sum(row["amount_fen"] for row in kept)
    return {"code": code, "title": title, "rows": kept, "heads": total[0], "amount_fen": total[1]}


def _row(key: str, name: str, heads: int | None, amount_fen: int, note: str = "") -> Row:
    return {"key": key, "name": name, "heads": heads, "amount_fen": amount_fen, "note": note}


def _of_channel(sealed: Sealed, one: Figures, heads: int | None, amount_fen: int) -> Row:
    return _row(one["channel"] or "", channel_name(sealed.notice, one["channel"]), heads, amount_fen)


def _by_channel(sealed: Sealed, rows: Iterable[Figures]) -> Iterator[Row]:
    return (_of_channel(sealed, one, one["head_count"], one["amount_fen"]) for one in rows)


def _of_payer(sealed: Sealed, one: Figures, heads: int | None, amount_fen: int) -> Row:
    return _row(one["payer"], payer_name(sealed.notice, one["payer"]), heads, amount_fen)


def _of_level(one: Figures, amount_fen: int, note: str = "") -> Row:
    return _row(one["level"], LEVEL_NAMES[one["level"]][1], None, amount_fen, note)


def _contributions(sealed: Sealed) -> Iterator[Section]:
    lines = [one for one in sealed.totals["lines"] if one["payer"] == RESIDENTS]
    rows, whole = _by_township(sealed, lines), _residents(sealed.totals)
    yield _section("contributions", "个人缴费（按乡镇）", rows, whole)


def _channels(sealed: Sealed) -> Iterator[Section]:
    rows = _by_channel(sealed, sealed.totals["by_channel"])
    yield _section("channels", "个人缴费（按渠道）", rows, _residents(sealed.totals))


def _personal_accounts(sealed: Sealed) -> Iterator[Section]:
    owed = (one for one in sealed.totals["by_channel"] if accounts.is_employee_fund(one["channel"]))
    yield _section("personal_accounts", "其中：个人账户共济（由职工医保基金划入）", _by_channel(sealed, owed))


def _townships(sealed: Sealed) -> Iterator[Section]:
    rows = _by_township(sealed, sealed.totals["by_township"])
    yield _section("townships", "参保缴费（含代缴，按乡镇）", rows, _whole(sealed.totals))


def _fund(sealed: Sealed) -> Iterator[Section]:
    rows = (_of_payer(sealed, one, one["head_count"], one["amount_fen"]) for one in sealed.totals["by_payer"])
    yield _section("fund", "基金收入核实（按承担方）", rows, _whole(sealed.totals))


def _help(sealed: Sealed) -> Iterator[Section]:
    rows = (
        _of_payer(sealed, one, one["head_count"], one["amount_fen"])
        for one in sealed.totals["by_payer"]
        if one["payer"] != RESIDENTS
    )
    yield _section("help", "资助参保（代缴，按资助方）", rows)


def _to_cards(sealed: Sealed) -> Iterator[Section]:
    for part, title in (("granted", "先缴后补·应补"), ("paid", "先缴后补·已到卡")):
        rows = (
            _of_payer(sealed, one, one[f"{part}_head_count"], one[f"{part}_fen"])
            for one in sealed.totals["to_cards"]
        )  # fmt: skip
        yield _section(f"cards_{part}", title, rows)


def _outside(sealed: Sealed) -> Iterator[Section]:
    rows = (
        _of_payer(sealed, one, one["head_count"], one["amount_fen"])
        for one in sealed.totals["outside_system"]
    )
    yield _section("outside", "部门自行结算（不经本系统）", rows)


def _funds(sealed: Sealed) -> Iterator[Section]:
    for part, title in (("granted", "应补"), ("requested", "已申请"), ("arrived", "已到账")):
        rows = (
            _of_payer(sealed, one, None, one[f"{part}_fen"])
            for one in sealed.totals.get("funds_by_payer", ())
        )
        yield _section(f"funds_{part}", f"资助资金·{title}", rows)


def _match(sealed: Sealed) -> Iterator[Section]:
    match = sealed.match
    if match is not None:
        lines = (
            _row(
                f"{one['township'] or ''}{'/' + one['status'] if one['status'] else ''}",
                group_name(sealed.notice, one["township"], one["status"]), one["heads"], one["amount_fen"],
                one["formula"],
            )
            for one in match["lines"]
        )  # fmt: skip
        whole = match["heads"], match["amount_fen"]
        yield _section("match_heads", "财政配套补助（累计，按乡镇，人数 × 标准）", lines, whole)
        levels = (_of_level(one, one["amount_fen"], f"分担 {one['percent']}%") for one in match["levels"])
        yield _section("match_levels", "财政配套补助（累计，按级次）", levels)
    moved = sorted(sealed.totals.get("fiscal_match", ()), key=lambda one: LEVELS.index(one["level"]))
    for part, title in (("owed", "本期应配套"), ("arrived", "本期已到账")):
        rows = (_of_level(one, one[f"{part}_fen"]) for one in moved)
        yield _section(f"match_{part}", f"财政配套补助·{title}", rows)


def _work_funds(sealed: Sealed) -> Iterator[Section]:
    for part, title in (("settled", "应拨"), ("paid", "已拨")):
        rows = (
            _row(one.division_code, township_name(sealed.notice, one.division_code), None, fen)
            for one in sealed.work_funds
            if (fen := one.settled_fen if part == "settled" else one.paid_fen)
        )
        yield _section(f"work_funds_{part}", f"工作经费·{title}（累计，县级预算，不属基金）", rows)


def _suspense(sealed: Sealed) -> Iterator[Section]:
    rows = (_of_channel(sealed, one, None, one["change_fen"]) for one in sealed.totals["suspense"])
    yield _section("suspense", "暂存待查款（本期增减）", rows)


def _refunds(sealed: Sealed) -> Iterator[Section]:
    yield _section("refunds", "已退费", _by_channel(sealed, sealed.totals["refunds"]))


def _moved(sealed: Sealed) -> Iterator[Section]:
    rows = (
        _row(
            f"{one['kind']}{'/' + one['channel'] if one['channel'] else ''}", STEP_NAMES[one["kind"]], None,
            one["amount_fen"], channel_name(sealed.notice, one["channel"]) if one["channel"] else "",
        )
        for one in sealed.totals["movements"]
        if one["kind"] in STEP_NAMES
    )  # fmt: skip
    yield {**_section("moved", "资金划转", rows), "amount_fen": None}
    later = (_row(f"{one.kind}/{one.whose}", _step(one), None, one.amount_fen) for one in sealed.after)
    yield {**_section("moved_after", "截止后至移交期限办理的划转和到账", later), "amount_fen": None}


def _step(one: Moved) -> str:
    if one.kind in STEP_NAMES:
        return STEP_NAMES[one.kind]
    return f"财政配套补助到账（{LEVEL_NAMES[one.whose][1]}）"


def _repairs(sealed: Sealed) -> Iterator[Section]:
    rows = (
        _row(
            f"{one['repaired_year']}/{one['channel']}",
            f"{one['repaired_year']}年度（{channel_name(sealed.notice, one['channel'])}）",
            one["head_count"],
            one["amount_fen"],
        )
        for one in sealed.totals.get("repairs", ())
    )
    yield _section("repairs", "补缴断保年度（入基金，不计入当年个人缴费）", rows)


def _add_ons(sealed: Sealed) -> Iterator[Section]:
    payees = {one.code: one.label.zh for one in sealed.notice.accounts.values()}
    rows = (
        _row(one["payee"], payees.get(one["payee"], one["payee"]), one["head_count"], one["amount_fen"])
        for one in sealed.totals.get("add_ons_by_payee", ())
    )
    yield _section("add_ons", "附加险代收（不属基金）", rows)


def _by_township(sealed: Sealed, rows: Iterable[Figures]) -> Iterator[Row]:
    summed: dict[str, tuple[int, int]] = {}
    for one in rows:
        heads, fen = summed.get(one["township"] or "", (0, 0))
        summed[one["township"] or ""] = heads + one["head_count"], fen + one["amount_fen"]
    for township, (heads, fen) in sorted(summed.items()):
        yield _row(township or "unknown", township_name(sealed.notice, township), heads, fen)


def _residents(totals: Document) -> tuple[int | None, int]:
    mine = [one for one in totals["by_payer"] if one["payer"] == RESIDENTS]
    return sum(one["head_count"] for one in mine), sum(one["amount_fen"] for one in mine)


def _whole(totals: Document) -> tuple[int | None, int]:
    return totals["total"]["head_count"], totals["total"]["amount_fen"]

"""Puts together the page of a roster, and the form of a decision about its lines."""

from collections.abc import Mapping, Sequence

from services.console.forms.rules import Fact, Pick, Sheet
from services.console.pages.objects import Part, Shown
from services.console.pages.rules import amount, minute
from services.console.persons.rules import Called
from services.console.verifications.naming import MECHANISMS, OBSTACLES, PARTS, STATES
from services.console.verifications.rules import DECISIONS, Decision, fields_of
from services.console.verifications.schemas import (
    LinesDecided,
    Verification,
    VerificationLine,
    VerificationLines,
)
from services.console.worklists.naming import named
from services.console.worklists.rules import Cell, Column, Table, day, money, words

NOTHING_DECIDED = "Nobody was decided", "没有人员被办理"
_COLUMNS = (
    Column("资助", "Grant"), Column("参保人", "Person"), Column("村（社区）", "Village"),
    Column("身份", "Status"), Column("方式", "How"), Column("金额", "Amount", right=True),
    Column("核定", "State"), Column("经办", "By"), Column("日期", "On"),
)  # fmt: skip


def roster_page(
    roster: Verification, lines: VerificationLines, part: str, called: Called, *, opens: bool
) -> Shown:
    """A roster and its lines of one state; `opens` says whether pages of people may be gone to."""
    payer = named(called.payers, roster.payer)
    facts = [
        Fact("花名册", "Roster", *(f"{roster.division_prefix}-{roster.number}",) * 2),
        Fact("乡镇", "Township", *called.place(roster.division_prefix)),
        Fact("资助方", "Payer", *payer),
        Fact("参保年度", "Coverage year", f"{roster.coverage_year} 年度", str(roster.coverage_year)),
        Fact("人数", "Lines", *(f"{roster.line_count:,}",) * 2),
        Fact("金额", "Amount", *amount(roster.total_fen)),
        Fact("核定通过", "Verified", f"{roster.released:,} 人", f"{roster.released:,}"),
        Fact("通过金额", "Amount of these", *amount(roster.released_fen)),
        Fact("待核定", "To be verified", f"{roster.open:,} 人", f"{roster.open:,}"),
        Fact("暂缓", "Held", f"{roster.held:,} 人", f"{roster.held:,}"),
        Fact("剔除", "Struck out", f"{roster.struck_out:,} 人", f"{roster.struck_out:,}"),
        Fact("生成", "Drawn", *(f"{roster.drawn_by} {minute(roster.drawn_at)}",) * 2),
    ]
    rows = [_line(one, called, opens=opens) for one in lines.items]
    picks = [Pick(str(one.grant_id), one.amount_fen, *_cannot(one)) for one in lines.items]
    table = Table(list(_COLUMNS), rows, lines.next_after, picks=picks)
    none = "没有这一状态的人员。", "Nobody is in this state."
    title = f"资助花名册 {roster.verification_id}", f"Roster {roster.verification_id}"
    part_of = Part("逐人核定", "Line by line", table, PARTS, part, *none)
    return Shown(*title, "verifications", "资助核定", "Rosters to verify", facts, [part_of])


def _cannot(one: VerificationLine) -> tuple[str, str]:
    return OBSTACLES["revoked"] if one.revoked else ("", "")


def _line(one: VerificationLine, called: Called, *, opens: bool) -> list[Cell]:
    note = OBSTACLES["revoked"] if one.revoked else OBSTACLES["contested"] if one.contested else ("", "")
    if one.reason:
        note = (one.reason, one.reason)
    return [
        words(str(one.grant_id)),
        words(str(one.person_id), page=f"persons/{one.person_id}" if opens else ""),
        words(*called.place(one.division_code)), words(*named(called.statuses, one.status)),
        words(*named(MECHANISMS, one.mechanism)), money(one.amount_fen),
        Cell(*named(STATES, one.state), *note, warn=one.contested or one.state == "held"),
        words(one.decided_by or ""), day(one.decided_at),
    ]  # fmt: skip


def sheet_of(roster: Verification, code: str, grants: Sequence[int], back: str) -> Sheet:
    """The form of a decision about these lines; about all open ones where none is named."""
    decision = DECISIONS[code]
    facts = (
        Fact("花名册", "Roster", *(str(roster.verification_id),) * 2),
        Fact("范围", "Which", *_which(grants, roster)),
    )
    carried = (("decision", code), *(("row", str(one)) for one in grants)) if grants else ()
    return Sheet(
        decision.title_zh, decision.title, "下一步", "Go on", fields_of(decision), back, facts,
        carried=carried,
    )  # fmt: skip


def _which(grants: Sequence[int], roster: Verification) -> tuple[str, str]:
    if grants:
        return f"所选 {len(grants)} 人", f"{len(grants)} ticked"
    return f"全部待核定人员（{roster.open:,} 人）", f"all that are open ({roster.open:,})"


def will(decision: Decision, roster: Verification, grants: Sequence[int]) -> list[Fact]:
    """What a decision does."""
    return [
        Fact("范围", "Which", *_which(grants, roster)),
        Fact("办理", "Decision", decision.title_zh, decision.title),
        Fact("结果", "What it does", decision.will_zh, decision.will),
    ]


def body_of(
    roster: Verification, code: str, grants: Sequence[int], typed: Mapping[str, str]
) -> dict[str, object]:
    """The request."""
    body: dict[str, object] = {
        "county": roster.county, "coverage_year": roster.coverage_year, "decision": code,
        "verification_id": roster.verification_id,
    }  # fmt: skip
    named_ones = {"grant_ids": list(grants)} if grants else {}
    return body | named_ones | ({"reason": typed["reason"]} if typed.get("reason") else {})


def left_of(done: LinesDecided) -> tuple[str, str]:
    """Which lines stay as they are, and why, in both languages."""
    why = [(one.grant_id, *named(OBSTACLES, one.why)) for one in done.left]
    return (
        "; ".join(f"grant {grant_id}: {en}" for grant_id, _, en in why),
        "；".join(f"资助 {grant_id}：{zh}" for grant_id, zh, _ in why),
    )


def draw_sheet(county: str, coverage_year: int) -> Sheet:
    """The form that draws rosters."""
    words_zh = "每个乡镇、每个资助方一份，列入尚未列入任何花名册的资助；没有新增的不生成。"
    said = "One for each township and payer, with all help that is on none yet; nothing where nothing is new."
    facts = (Fact("内容", "What", words_zh, said),)
    back = f"work/verifications?season={county}-{coverage_year}"
    return Sheet("生成资助花名册", "Draw rosters", "生成", "Draw", (), back, facts)

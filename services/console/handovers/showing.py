"""Puts together the page of a handover: its totals, its papers beside each other, what is printed of them."""

from collections.abc import Iterable, Mapping, Sequence

from services.console.forms.rules import Fact
from services.console.handovers.comparing import Beside, Figure, Line, beside, differences
from services.console.handovers.gathering import Whole
from services.console.handovers.schemas import Paper, Totals, Verification
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.worklists.naming import HANDOVERS, PAPERS, named
from services.console.worklists.rules import Cell, Column, Table, money, number, words

#: Lines of the papers: where somebody has another figure, or all.
PARTS = (("differs", "不一致的", "those that differ"), ("all", "全部", "all"))
RESIDENTS = "residents"
_RESIDENTS = ("个人缴费", "residents")
_TOGETHER = ("合计", "together")
_DIGITS = 12


def shown(one: Whole, part: str, *, closes: bool) -> Shown:
    """A handover; `closes` offers to seal it, or to do so before its day."""
    parts = [_parties(one)]
    if one.papers:
        parts += [_beside(one, part)]
    totals = one.sealed.totals if one.sealed else one.draft.totals if one.draft else None
    if totals is not None:
        parts += list(_totals(totals, _names(one.papers)))
        if one.sealed:
            parts.append(_townships(one, totals))
    return Shown(
        one.deadline.label_zh, one.deadline.label, f"handovers?season={one.way.county}-{one.way.year}",
        "移交与对账", "Handovers", _facts(one), parts, tuple(_acts(one, closes=closes)),
    )  # fmt: skip


def _acts(one: Whole, *, closes: bool) -> Iterable[Act]:
    way, state = one.way.page, one.deadline.state
    if state == "sealed":
        yield Act(f"{way}/verification", "核验封存数据", "Verify the seal", second=True)
    elif closes and state == "closable":
        yield Act(f"{way}/close", "封存", "Seal it")
    elif closes and one.its_turn:
        yield Act(f"{way}/close", "提前封存", "Seal it before its day", second=True)


def _facts(one: Whole) -> list[Fact]:
    deadline = one.deadline
    facts = [
        Fact("状态", "State", *named(HANDOVERS, deadline.state)),
        Fact("期限", "Due", *_same(deadline.due_on.isoformat())),
        Fact(
            "核算期", "Days", f"{deadline.accounting_from} 至 {deadline.accounting_to}",
            f"{deadline.accounting_from} to {deadline.accounting_to}",
        ),
        Fact("截止时点", "Cutoff", *_same(minute(deadline.cutoff_at))),
    ]  # fmt: skip
    if one.sealed is not None:
        facts += _seal(one)
    elif one.draft is not None:
        facts += _draft(one)
    else:
        facts.append(
            Fact("草稿", "Draft", "核算期结束后自动生成。", "It is prepared when its days are over.")
        )
    return facts


def _seal(one: Whole) -> list[Fact]:
    assert one.sealed is not None
    sealed = one.sealed
    facts = [
        *_counted(sealed.totals),
        Fact("封存时间", "Sealed at", *_same(minute(sealed.sealed_at))),
        Fact("数据摘要", "SHA-256", *_same(sealed.sha256)),
        Fact("上一次摘要", "The one before", *_same(sealed.previous_sha256 or "—")),
    ]
    if sealed.forced_reason:
        facts.append(Fact("提前封存理由", "Why before its day", *_same(sealed.forced_reason)))
    return facts


def _draft(one: Whole) -> list[Fact]:
    assert one.draft is not None
    draft = one.draft
    facts = [
        *_counted(draft.totals),
        Fact("草稿生成时间", "Draft of", *_same(minute(draft.prepared_at))),
        Fact("草稿摘要", "SHA-256 of the draft", *_same(draft.sha256)),
    ]
    return [*facts, *([Fact("草稿未更新", "Not made again", *_same(draft.trouble))] if draft.trouble else [])]


def _counted(totals: Totals) -> list[Fact]:
    facts = [
        Fact("人数", "People", *_same(f"{totals.total.head_count:,}")),
        Fact("金额", "Amount", *amount(totals.total.amount_fen)),
    ]
    if totals.late.facts:
        zh, en = amount(totals.late.amount_fen)
        facts.append(
            Fact("其中迟到", "Of it late", f"{totals.late.facts} 笔，{zh}", f"{totals.late.facts}: {en}")
        )
    return facts


def _same(text: str) -> tuple[str, str]:
    return text, text


def _parties(one: Whole) -> Part:
    """Who has to sign, what they said so far, and what is printed."""
    columns = [
        Column("部门", "Party"), Column("办理", "Does"), Column("签认", "Paper"),
        Column("签认人", "Signed by"),
        Column("本部门数据", "Own figures"), Column("不一致", "Differ", right=True),
        Column("查看", "Look"), Column("打印", "Print"), Column("PDF", "PDF"), Column("表格", "Workbook"),
    ]  # fmt: skip
    table = Table(columns, [_party(one, paper) for paper in one.papers])
    none = (
        "尚无移交单，核算期结束后生成草稿。",
        "There is no paper before the days of the handover are over.",
    )
    return Part("各方移交单", "Papers of the parties", table, (), "", *none)


def _party(one: Whole, paper: Paper) -> list[Cell]:
    document, way = paper.document, f"{one.way.page}/papers/{paper.document.party}"
    gave = Cell("未报", "none given")
    if paper.own_entered_at is not None:
        at = minute(paper.own_entered_at)
        gave = Cell(paper.own_entered_by or "", None, at, at)
    return [
        Cell(document.party_name, document.party_name_en, document.clause, document.clause),
        words(document.does, document.does_en), _state(one, paper), _signed_by(paper), gave,
        number(differences(paper), warn=True), words("明细", "open", page=way),
        *(words(zh, en, page=f"{way}/file?format={form}") for form, zh, en in _FORMS),
    ]  # fmt: skip


_FORMS = (("html", "网页", "page"), ("pdf", "PDF", "PDF"), ("xlsx", "表格", "workbook"))


def _state(one: Whole, paper: Paper) -> Cell:
    state = one.state_of(paper.document.party)
    page = f"approvals/ledger/{state.approval_id}" if state and state.approval_id else ""
    return words(*named(PAPERS, paper.state), warn=paper.state == "unsigned", page=page)


def _signed_by(paper: Paper) -> Cell:
    if paper.signed_at is None:
        return Cell()
    both = "、".join(dict.fromkeys(one for one in (paper.made_by, paper.signed_by) if one))
    return Cell(both, None, minute(paper.signed_at), minute(paper.signed_at))


def _beside(one: Whole, part: str) -> Part:
    """The lines of all papers with what each party said; who has no such line has nothing to say of it."""
    columns = [Column("项目", "Line"), Column("本系统", "We", right=True)] + [
        Column(paper.document.party_name, paper.document.party_name_en, right=True) for paper in one.papers
    ]
    rows = [_line(line) for line in beside(one.papers) if part == "all" or line.differs]
    none = ("各方所报数据与本系统一致，或尚未填报。", "No party has other figures.")
    return Part("各方数据对照", "What each party says", Table(columns, rows), PARTS, part, *none)


def _line(one: Beside) -> list[Cell]:
    return [
        Cell(*one.section, *one.name), _figure(one.ours, warn=False),
        *(_said(line) for line in one.lines),
    ]  # fmt: skip


def _said(line: Line | None) -> Cell:
    if line is None:
        return Cell("—", note_zh="不涉及", note="not on its paper")
    if line.own is None:
        return Cell("", note_zh="未报", note="none given")
    return _figure(line.own, warn=line.differs)


def _figure(one: Figure, *, warn: bool) -> Cell:
    zh, en = said(one)
    return Cell(zh, en, "不一致" if warn else "", "differs" if warn else "", warn=warn)


def said(one: Figure) -> tuple[str, str]:
    """People and money in one sentence; what nobody counts is left out."""
    heads = [] if one.heads is None else [(f"{one.heads:,} 人", f"{one.heads:,} people")]
    both = heads + ([] if one.amount_fen is None else [amount(one.amount_fen)])
    return "，".join(zh for zh, _ in both) or "—", ", ".join(en for _, en in both) or "—"


def _names(papers: Sequence[Paper]) -> Mapping[str, str]:
    """What townships, channels and payers are called on the papers."""
    return {
        row.key: row.name for paper in papers for section in paper.document.sections for row in section.rows
    }


def _totals(totals: Totals, names: Mapping[str, str]) -> Iterable[Part]:
    def table(zh: str, en: str, rows: Iterable[tuple[str | None, int, int]]) -> Part:
        columns = [
            Column(zh, en), Column("人数", "People", right=True), Column("金额", "Amount", right=True),
        ]  # fmt: skip
        counted = [
            [_named(key, names), number(heads), money(fen)]
            for key, heads, fen in rows
        ]  # fmt: skip
        whole = [words(*_TOGETHER), number(totals.total.head_count), money(totals.total.amount_fen)]
        return Part(
            f"按{zh}", f"By {en.lower()}", Table(columns, [*counted, whole] if zh == "承担方" else counted)
        )

    yield table("承担方", "Payer", [(one.payer, one.head_count, one.amount_fen) for one in totals.by_payer])
    yield table(
        "乡镇", "Township", [(one.township, one.head_count, one.amount_fen) for one in totals.by_township]
    )
    yield table(
        "渠道", "Channel", [(one.channel, one.head_count, one.amount_fen) for one in totals.by_channel]
    )


def _named(key: str | None, names: Mapping[str, str]) -> Cell:
    if key == RESIDENTS:
        return words(*_RESIDENTS)
    return words(names.get(key, key)) if key else words("未列", "of none")


def _townships(one: Whole, totals: Totals) -> Part:
    """What is printed for each township: its part of every paper."""
    names = _names(one.papers)
    columns = [Column("乡镇", "Township")] + [
        Column(paper.document.party_name, paper.document.party_name_en) for paper in one.papers
    ]
    codes = sorted({row.township for row in totals.by_township if row.township})
    rows = [
        [
            words(names.get(code, code)),
            *(
                words("打印", "print", page=f"{_paper_way(one, paper)}/townships/{code.ljust(_DIGITS, '0')}")
                for paper in one.papers
            ),
        ]
        for code in codes
    ]
    return Part("分乡镇打印", "Printed for each township", Table(columns, rows))


def _paper_way(one: Whole, paper: Paper) -> str:
    return f"{one.way.page}/papers/{paper.document.party}"


def verified(one: Whole, found: Verification) -> Shown:
    """What came out when the seal was computed again."""
    says = ("一致，封存后没有改动", "the same: nothing was changed")
    if not found.identical:
        says = ("不一致，请立即告知系统运维人员和审计", "another one: tell operators and auditors at once")
    facts = [
        Fact("核验结果", "Computed again", *says),
        Fact("封存摘要", "SHA-256 that was sealed", *_same(found.sha256)),
        Fact("重算摘要", "SHA-256 computed again", *_same(found.recomputed_sha256)),
        Fact("移交", "Handover", one.deadline.label_zh, one.deadline.label, one.way.page),
    ]
    return Shown(
        "核验封存数据", "Verify the seal", f"handovers?season={one.way.county}-{one.way.year}",
        "移交与对账", "Handovers", facts, [],
    )  # fmt: skip

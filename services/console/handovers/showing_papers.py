"""Puts together the paper of a party, and what is asked of whoever enters its figures, signs it or seals."""

from collections.abc import Mapping

from libs.common.money import yuan_decimals
from services.console.files.handing import FileForm
from services.console.forms.rules import Fact, Field, Sheet
from services.console.handovers.comparing import TOTAL, Figure, Line, lines_of
from services.console.handovers.gathering import Way, Whole
from services.console.handovers.rules import count_of, signed_fen_of
from services.console.handovers.schemas import Paper, PartyState, Section
from services.console.handovers.showing import said
from services.console.pages.objects import Act, Part, Shown
from services.console.pages.rules import amount, minute
from services.console.worklists.naming import PAPERS, named
from services.console.worklists.rules import Cell, Column, Table, money, number, words

#: Nobody types more lines than so many; of longer sections the sum is asked for alone.
_MOST_LINES = 100
_FORCED = Field("forced_reason", "提前封存理由", "Why before its day", "long", most=500)


def paper_way(way: Way, party: str) -> str:
    """The page of the paper of a party."""
    return f"{way.page}/papers/{party}"


def paper_page(way: Way, paper: Paper, state: PartyState | None, *, own: bool) -> Shown:
    """The paper of a party section by section; `own` offers to enter figures, and to sign it."""
    document, here = paper.document, paper_way(way, paper.document.party)
    enters, signs = own and paper.state != "signed", own and paper.state == "unsigned"
    acts = [Act(f"{here}/sign?paper={paper.sha256}", "签认本移交单", "Sign this paper")] if signs else []
    if enters:
        acts += [
            Act(f"{here}/figures-file", "上传本部门数据", "Send own figures as a file", second=True),
            Act(f"{here}/figures-template", "下载模板", "Template", second=True),
        ]
    return Shown(
        f"移交单 · {document.party_name}", f"Paper of {document.party_name_en}",
        f"handovers?season={way.county}-{way.year}", "移交与对账", "Handovers",
        _facts(way, paper, state), [_section(here, paper, one, enters=enters) for one in document.sections],
        acts,
    )  # fmt: skip


def _facts(way: Way, paper: Paper, state: PartyState | None) -> list[Fact]:
    document = paper.document
    asked = state.approval_id if state is not None else None
    approval = f"approvals/ledger/{asked}" if asked else ""
    facts = [
        Fact("移交", "Handover", "返回移交", "back to the handover", way.page),
        Fact("签认", "Paper", *named(PAPERS, paper.state), approval),
        Fact("办理", "Does", document.does, document.does_en),
        Fact("依据", "By", document.clause, document.clause),
        Fact("期限", "Due", document.due_on.isoformat(), document.due_on.isoformat()),
        Fact("数据摘要", "SHA-256", paper.sha256, paper.sha256),
    ]
    if paper.own_entered_at is not None:
        who = f"{paper.own_entered_by} {minute(paper.own_entered_at)}"
        facts.append(Fact("本部门数据", "Own figures", who, who))
    if paper.signed_at is not None:
        for zh, en, by in (("制表", "Made by", paper.made_by), ("签认人", "Signed by", paper.signed_by)):
            facts.append(Fact(zh, en, by or "", by or ""))
    return facts


def _section(here: str, paper: Paper, section: Section, *, enters: bool) -> Part:
    columns = [
        Column("对象", "Line"), Column("人数", "People", right=True), Column("金额", "Amount", right=True),
        Column("本部门人数", "Own people", right=True), Column("本部门金额", "Own amount", right=True),
        Column("核对", "Agree"),
    ]  # fmt: skip
    act = Act(f"{here}/figures/{section.code}", "填报本部门数据", "Enter own figures", second=True)
    rows = [_line(one) for one in lines_of(paper, section)]
    return Part(section.title, section.title_en, Table(columns, rows), act=act if enters else None)


def _line(one: Line) -> list[Cell]:
    own = one.own or Figure(None, None)
    agrees = words("不一致", "no", warn=True) if one.differs else words("一致", "yes")
    return [
        Cell(*one.called, one.note, one.note), number(one.ours.heads), money(one.ours.amount_fen),
        number(own.heads, warn=one.differs), money(own.amount_fen, warn=one.differs),
        Cell() if one.own is None else agrees,
    ]  # fmt: skip


def _asked(paper: Paper, section: Section) -> list[Line]:
    lines = lines_of(paper, section)
    return lines if len(lines) <= _MOST_LINES else lines[-1:]


def _name(line: Line, what: str) -> str:
    """The field of a line. It is named by the line, so that nothing is typed into another when lines move."""
    return f"sum.{what}" if line.key == TOTAL else f"row-{line.key}.{what}"


def entering(way: Way, paper: Paper, section: Section) -> Sheet:
    """The form that takes a party's own figures of a section; what is left empty is not compared."""
    fields: list[Field] = []
    for line in _asked(paper, section):
        called_zh, called = line.called
        if line.ours.heads is not None:
            ours = f"{line.ours.heads:,}"
            fields.append(
                Field(
                    _name(line, "heads"), f"{called_zh}：人数", f"{called}: people", most=20,
                    hint_zh=f"整数；本系统为 {ours} 人。", hint=f"A whole number; we have {ours}.",
                    required=False, reads=count_of,
                )
            )  # fmt: skip
        if line.ours.amount_fen is not None:
            zh, en = amount(line.ours.amount_fen)
            fields.append(
                Field(
                    _name(line, "fen"), f"{called_zh}：金额（元）", f"{called}: amount (yuan)", most=20,
                    hint_zh=f"如 250.00；本系统为 {zh}。", hint=f"Such as 250.00; we have {en}.",
                    required=False, reads=signed_fen_of,
                )
            )  # fmt: skip
    facts = (
        Fact("移交单", "Paper", paper.document.party_name, paper.document.party_name_en),
        Fact("项目", "Section", section.title, section.title_en),
        Fact(
            "填报",
            "How",
            "按本部门台账填写，不填的不核对。",
            "From your own books; what is empty is not compared.",
        ),
    )
    return Sheet(
        "填报本部门数据", "Enter own figures", "下一步", "Go on", tuple(fields),
        paper_way(way, paper.document.party), facts,
    )  # fmt: skip


def figures_form(way: Way, paper: Paper) -> FileForm:
    """The form that takes a party's own figures of all sections as a file."""
    here, document = paper_way(way, paper.document.party), paper.document
    facts = [Fact("移交单", "Paper", document.party_name, document.party_name_en)]
    if paper.own_entered_at is not None:
        who = f"{paper.own_entered_by} {minute(paper.own_entered_at)}"
        facts.append(
            Fact("此前填报", "Given before", f"{who}，由本次文件取代", f"{who}; the file replaces it")
        )
    sheet = Sheet("上传本部门数据", "Send own figures", "上传", "Send", (), here, tuple(facts))
    return FileForm(
        sheet,
        "在模板中按本部门台账填写人数和金额，不核对的留空。文件取代此前填报的全部数据；与本系统不一致的生成差异事项。",
        "Fill in people and money from your own books; what stays empty is not compared. The file replaces "
        "all that was given before; where it differs from ours a case is opened.",
        f"{here}/figures-template",
    )


def as_given(paper: Paper, section: Section) -> dict[str, str]:
    """What stands in the form at first: what the party gave before."""
    filled: dict[str, str] = {}
    for line in _asked(paper, section):
        if line.own is not None and line.own.heads is not None:
            filled[_name(line, "heads")] = str(line.own.heads)
        if line.own is not None and line.own.amount_fen is not None:
            filled[_name(line, "fen")] = yuan_decimals(line.own.amount_fen)
    return filled


def _typed(paper: Paper, section: Section, typed: Mapping[str, str]) -> list[Line]:
    """The lines of which anything was typed, as the party has them."""
    found = []
    for line in _asked(paper, section):
        heads, fen = typed.get(_name(line, "heads"), ""), typed.get(_name(line, "fen"), "")
        if heads or fen:
            own = Figure(count_of(heads) if heads else None, signed_fen_of(fen) if fen else None)
            found.append(Line(line.key, line.name, line.ours, own))
    return found


def enters_will(paper: Paper, section: Section, typed: Mapping[str, str]) -> list[Fact]:
    """What entering them will do: each beside ours, and what follows where they differ."""
    lines = _typed(paper, section, typed)
    facts = [_entered(line) for line in lines]
    if any(line.differs for line in lines):
        follows = (
            "生成差异事项；处理前本移交单不能签认。",
            "A case is opened; nobody signs the paper before it is decided.",
        )
    elif lines:
        follows = ("与本系统一致。", "They agree with ours.")
    else:
        follows = ("撤回此前所填，不再核对。", "What was given before is taken back.")
    return [*facts, Fact("核对结果", "Compared", *follows)]


def _entered(line: Line) -> Fact:
    assert line.own is not None
    (own_zh, own), (ours_zh, ours) = said(line.own), said(line.ours)
    if line.differs:
        return Fact(*line.called, f"{own_zh}（不一致，本系统 {ours_zh}）", f"{own} (differs: we have {ours})")
    return Fact(*line.called, own_zh, own)


def figures_body(paper: Paper, section: Section, typed: Mapping[str, str]) -> dict[str, object]:
    """The request: what was typed of this section, beside what was given of the others."""
    asked = {line.key for line in _asked(paper, section)}
    kept = [one.model_dump() for one in paper.own if one.section != section.code or one.row not in asked]
    new = [
        {"section": section.code, "row": line.key, "heads": line.own.heads, "amount_fen": line.own.amount_fen}
        for line in _typed(paper, section, typed)
        if line.own is not None
    ]
    return {"figures": [*kept, *new]}


def signing(way: Way, paper: Paper, sha256: str) -> Sheet:
    """The form that signs the paper of a party, with the sums that it signs for."""
    sums = [
        Fact(one.title, one.title_en, *said(Figure(one.heads, one.amount_fen)))
        for one in paper.document.sections
        if one.amount_fen is not None
    ]
    facts = (
        Fact("移交单", "Paper", paper.document.party_name, paper.document.party_name_en),
        *sums,
        Fact("数据摘要", "SHA-256", sha256, sha256),
    )
    return Sheet(
        "签认移交单", "Sign the paper", "下一步", "Go on", (), paper_way(way, paper.document.party), facts
    )


def signs_will(state: PartyState | None) -> list[Fact]:
    """What signing will do."""
    facts = [
        Fact(
            "定稿", "Frozen", "签认后不再更改，其后变动列入下一次移交。",
            "It is never changed then; what changes stands in the next handover.",
        ),
        Fact("留存", "On record", "摘要记入下一次封存。", "The next seal has its hash."),
    ]  # fmt: skip
    if state is None or state.two_persons:
        facts.insert(
            0,
            Fact(
                "签认", "Who signs", "您制表，由本部门另一人复核签认。",
                "You make it, and another person of your office signs.",
            ),
        )  # fmt: skip
    return facts


def sealing(one: Whole, *, forced: bool) -> Sheet:
    """The form that seals a handover; before its cutoff (`forced`) it asks why."""
    facts = [
        Fact("移交", "Handover", one.deadline.label_zh, one.deadline.label),
        Fact("截止时点", "Cutoff", *(minute(one.deadline.cutoff_at),) * 2),
    ]
    if one.draft is not None:
        total, at = one.draft.totals.total, minute(one.draft.prepared_at)
        facts += [
            Fact("草稿人数", "People in the draft", *(f"{total.head_count:,}",) * 2),
            Fact("草稿金额", "Amount in the draft", *amount(total.amount_fen)),
            Fact("草稿生成时间", "Draft of", at, at),
        ]
    fields = (_FORCED,) if forced else ()
    return Sheet("封存移交", "Seal a handover", "下一步", "Go on", fields, one.way.page, tuple(facts))


def seals_will(typed: Mapping[str, str]) -> list[Fact]:
    """What sealing will do."""
    facts = [
        Fact(
            "封存", "Sealed", "此刻已入账的数据全部计入，封存后不再更改。",
            "All that is booked at that moment is counted, and never changed.",
        ),
        Fact("其后数据", "Later money", "列入下一次移交。", "It goes into the next handover."),
        Fact("签认", "Papers", "各方随即签认移交单。", "Its parties sign their papers then."),
    ]  # fmt: skip
    if reason := typed.get("forced_reason"):
        facts.append(Fact("提前封存理由", "Why before its day", reason, reason))
    return facts

"""What is asked of whoever went to a household, and what is known of it beforehand."""

from services.console.forms.rules import Choice, Fact, Field, Sheet
from services.console.receipts.rules import read_instant
from services.console.surveys.naming import LISTS, MEANS
from services.console.surveys.rules import NONE, RELEASE, TAKE, code_of, faults_together
from services.console.surveys.schemas import Listed
from services.console.worklists.naming import ABSENCES, ANSWERS, CONTACTS, STANDINGS, Names, named

_ANSWERS = (
    Choice("insure", *ANSWERS["insure"]),
    Choice("insure_and_subsidize", *ANSWERS["insure_and_subsidize"]),
    *(
        Choice(code_of("not_here", code), f"不在此参保：{zh}", f"not to be insured here: {en}")
        for code, (zh, en) in ABSENCES.items()
    ),
    Choice(NONE, "没有答复", "no answer", "如未见到本人", "such as when nobody was met"),
)
_AFTER = (
    Choice(TAKE, "尚未联系，先接手跟进", "not spoken to yet: taken on"),
    Choice(
        NONE,
        "不记跟进，只记答复",
        "no contact: the answer alone",
        "他人正在跟进时选此项",
        "such as while another officer is on it",
    ),
)
_LET_GO = Choice(RELEASE, "放弃跟进", "let go", "他人可接手", "others may take it on")
_MINUTE_ZH, _MINUTE = "如 2020-11-20 16:40。", "Such as 2020-11-20 16:40."


def choices_of(names: Names) -> tuple[Choice, ...]:
    """Codes as answers of a form."""
    return tuple(Choice(code, *said) for code, said in names.items())


def answer_sheet(listed: Listed, visitor: str, back: str) -> Sheet:
    """The form that keeps what somebody answered, and who goes there next."""
    mine = listed.chase is not None and listed.chase.taken_by == visitor
    steps = (*choices_of(CONTACTS), *_AFTER, *((_LET_GO,) if mine else ()))
    fields = (
        Field("answer", "答复", "Answer", "choice", _ANSWERS),
        Field(
            "proof", "证明材料", "Paper that shows it", required=False,
            hint_zh="不在此参保的须写明，拒绝参保、联系不上的除外。",
            hint="Needed for whoever is not to be insured here, but who refuses or cannot be reached.",
        ),
        Field(
            "said_by", "由谁答复", "Who answered", most=60, required=False,
            hint_zh="有答复的须填写，如户主本人、邻居。",
            hint="Needed with an answer: the head, a neighbour.",
        ),
        Field(
            "said_at", "询问时间", "Asked at", most=40, hint_zh=_MINUTE_ZH, hint=_MINUTE, reads=read_instant
        ),
        Field("means", "联系方式", "How", "choice", choices_of(MEANS)),
        Field("outcome", "联系结果", "What came of it", "choice", steps),
        Field("next_step", "下一步", "Next step", required=False),
        Field(
            "next_on", "下一步日期", "On which day", "day", required=False,
            hint_zh="今天起 31 天以内。", hint="Within 31 days from today.",
        ),
        Field("note", "备注", "Note", "long", most=500, required=False),
    )  # fmt: skip
    return Sheet(
        "记录入户答复", "Write down what was answered", "保存", "Keep it", fields, back, _facts(listed),
        together=faults_together,
    )  # fmt: skip


def _facts(listed: Listed) -> tuple[Fact, ...]:
    head_zh, head = ("（户主）", " (head)") if listed.head else ("", "")
    standing = named(LISTS, listed.on_list)
    if listed.on_list == "unpaid":
        standing = named(STANDINGS, listed.state) if listed.state else ("未登记", "not registered")
    facts = [
        Fact("姓名", "Name", f"{listed.name}{head_zh}", f"{listed.name}{head}"),
        Fact("户号", "Household", listed.household_no, listed.household_no),
        Fact("户籍村（社区）", "Village", listed.division_code, listed.division_code),
        Fact("情况", "Standing", *standing),
    ]
    if (said := listed.answer) is not None:
        last = named(ABSENCES, said.reason) if said.reason else named(ANSWERS, said.answer)
        facts.append(Fact("上次答复", "Answer before", *last))
    if (chase := listed.chase) is not None:
        facts.append(Fact("跟进人", "Who is on it", chase.taken_by, chase.taken_by))
    return tuple(facts)

"""Writes the roster of a village (参保缴费名册): lines of a table, or a page to print and to sign on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from typing import get_args

from libs.common.clock import SHANGHAI
from libs.common.policy import Notice
from libs.common.policy.format.vocabulary import AbsenceReason
from libs.common.policy.words.values import closed_set
from libs.common.printing.pages import beginning, cells_of, heading_row, places_to_sign
from libs.common.text_workbooks import Sheet
from services.registration.notices.schemas import RegistrationOut
from services.registration.surveys.schemas import SurveyPerson

#: HN 九(三) names the columns; the tables of its annexes are not in the text.
HEADER = (
    "序号",
    "村代码",
    "户号",
    "户主",
    "姓名",
    "性别",
    "身份证号码",
    "年龄",
    "身份",
    "住址",
    "缴费情况",
    "说明",
)
SHEET = Sheet("参保缴费名册", HEADER, (6, 14, 10, 6, 12, 6, 22, 6, 20, 30, 10, 24))
SIGNATURE = "本人（代办人）签字"
_LISTS = {"unpaid": "未缴", "paid": "已缴", "exempt": "免缴", "excluded": "不在此参保"}
_SEXES = {"female": "女", "male": "男"}
_TROUBLES = {
    "contested": "参保依据待核",
    "withdrawn": "参保已撤销",
    "money_waits": "有缴款待核",
    "unassessed": "待核定",
    "registered_elsewhere": "登记在他村",
    "on_two_lists": "两村名单重复",
    "complete_though_excluded": "已完成参保但报不在此参保",
    "household_incomplete": "同户已有人参保，本人未参保",
    "wrong_place": "登记地与通知规定不符",
    "enrolled_elsewhere": "外县已登记参保",
}
_OUTCOMES = {
    "promised": "答应缴费",
    "not_met": "未见到本人",
    "hesitates": "犹豫",
    "refuses": "拒绝",
    "says_paid": "称已缴费",
    "needs_help": "需帮助",
    "other": "已联系",
}
_DIFFERENCES = {
    "not_registered": "未登记",
    "name": "姓名不一致",
    "born": "出生日期不一致",
    "sex": "性别不一致",
}
_REASONS = closed_set(get_args(AbsenceReason)).words


@dataclass(frozen=True, slots=True)
class Village:
    """The list of one village."""

    division_code: str
    people: Sequence[SurveyPerson]


def cells(number: int, one: SurveyPerson) -> tuple[str, ...]:
    """A person as a line of the roster."""
    return (
        str(number),
        one.division_code,
        one.household_no,
        "户主" if one.head else "",
        one.name,
        _SEXES.get(one.sex or "", ""),
        one.id_number or "",
        str(one.age),
        "、".join(one.statuses),
        one.address or "",
        _LISTS[one.on_list],
        "；".join(_remarks(one)),
    )


def page_head(notice: Notice) -> str:
    """The beginning of the page."""
    return beginning(_title(notice))


def section(notice: Notice, village: Village, now: datetime) -> Iterator[str]:
    """A village on pages of its own, with a place to sign for everybody, or for every household."""
    by_household = notice.document.household.unit == "household"
    at = now.astimezone(SHANGHAI).strftime("%Y年%m月%d日 %H:%M")
    yield f"<section><h1>{escape(_title(notice))}</h1>"
    yield f"<p>{escape(_place(notice, village.division_code))}　共 {len(village.people):,} 人　"
    yield f"打印时间：{at}　依据：{escape(notice.document.notice.document_no)}</p>"
    yield heading_row((*HEADER, SIGNATURE))
    number = 0
    for _, members in groupby(village.people, key=lambda one: one.household_no):
        family = list(members)
        for place, one in enumerate(family):
            number += 1
            yield f"<tr>{cells_of(cells(number, one))}"
            yield _signature(place, len(family), by_household=by_household)
    yield "</tbody></table>"
    yield from places_to_sign(("入户核对人签字", "村（社区）负责人签字", "乡镇（街道）经办人签字"))
    yield "</section>"


def _signature(place: int, size: int, *, by_household: bool) -> str:
    if not by_household:
        return '<td class="sign"></td></tr>'
    return f'<td class="sign" rowspan="{size}"></td></tr>' if place == 0 else "</tr>"


def _title(notice: Notice) -> str:
    header = notice.document.notice
    return f"{header.place.zh}{header.year}年度{header.scheme.zh}参保缴费名册"


def _place(notice: Notice, division_code: str) -> str:
    targets = notice.document.targets
    named = {row.division: row.name.zh for row in targets.rows} if targets else {}
    parts = (named.get(f"{division_code[:9]}000", ""), named.get(division_code, ""))
    return f"{''.join(parts)}（{division_code}）"


def _remarks(one: SurveyPerson) -> Iterator[str]:
    if one.answer is not None and one.answer.reason is not None:
        yield _REASONS[one.answer.reason].zh
    elif one.on_list == "excluded":
        yield _REASONS["died"].zh
    if one.on_list == "unpaid":
        if one.registers is not None:
            yield _registers(one.registers)
        yield from _chased(one)
    yield from (f"{unit}名单办理" for unit in one.listed_by)
    yield from (_TROUBLES[trouble] for trouble in one.troubles)
    yield from (_DIFFERENCES[said] for said in one.differences if said in _DIFFERENCES)


def _registers(where: RegistrationOut) -> str:
    until = where.to_at.astimezone(SHANGHAI) if where.to_at is not None else None
    return where.where_zh if until is None else f"{until:%m-%d %H:%M}前：{where.where_zh}"


def _chased(one: SurveyPerson) -> Iterator[str]:
    """When somebody was spoken to last, and what comes next: whoever goes there with the paper goes on."""
    if one.last_contact is not None:
        at = one.last_contact.at.astimezone(SHANGHAI)
        yield f"{at:%m-%d}{_OUTCOMES[one.last_contact.outcome]}"
    if one.chase is not None and (one.chase.next_on or one.chase.next_step):
        day = f"{one.chase.next_on:%m-%d}" if one.chase.next_on else "下一步："
        yield f"{day}{one.chase.next_step or '再联系'}"

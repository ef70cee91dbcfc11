"""The words of closed sets, as offices write them: those of a notice, and those of all files.

A template offers these words, and an import reads each of them as the code that it stands for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import get_args

from libs.common.identity import DocumentType
from libs.common.policy import Notice
from libs.common.policy.format import vocabulary
from libs.common.policy.format.work_rules import Department
from services.registration.histories.rules import SCHEMES as ALL_SCHEMES
from services.registration.imports.codes import whole_number
from services.registration.imports.columns import KINDS, SCHEMES, WORDS
from services.registration.surveys.rules import ANSWER_WORDS, REASON_WORDS

#: Of GB/T 4761; other words are taken, too.
RELATIONS = (
    *("户主", "配偶", "子", "女", "儿媳", "女婿", "父亲", "母亲", "公公", "婆婆", "岳父", "岳母"),
    *("祖父", "祖母", "孙子", "孙女", "外孙子", "外孙女", "兄", "弟", "姐", "妹", "其他亲属", "非亲属"),
)
YES_NO = ("是", "否")
_FLAGS = ("residence_permit", "employed", "parent_enrolled_in_city", "enroll")
#: Cells that may say what no list offers.
OPEN = frozenset({"relation", "add_ons"})
_NUMERALS = "一二三四五六七八九十"
MOST_GRADES = len(_NUMERALS)


@dataclass(frozen=True, slots=True)
class Said:
    """The codes of a notice by the words of its statuses, their classes, departments and add-ons."""

    statuses: Mapping[str, str]
    classes: Mapping[tuple[str, str], str]
    departments: Mapping[str, str]
    add_ons: Mapping[str, str]

    def status_class(self, status: str, word: str) -> str:
        """The class of a status that a word stands for; the word, where it is none of them."""
        return self.classes.get((status, word), word)


NOTHING_SAID = Said({}, {}, {}, {})


def said_by(notice: Notice) -> Said:
    """The codes by their words. A word that stands for two is none: an import asks for the code then."""
    statuses = notice.statuses.values()
    return Said(
        _alone([(rule.label.zh, rule.code) for rule in statuses]),
        {(rule.code, one.label.zh): one.code for rule in statuses for one in rule.classes},
        _alone([(one.label.zh, one.code) for one in _recognizing(notice)]),
        _alone([(one.label.zh, one.code) for one in notice.document.add_ons if not one.inside_price]),
    )


def choices_of(kind: str, notice: Notice) -> dict[str, tuple[str, ...]]:
    """The words that a template offers, by column, for columns with a closed set."""
    said = said_by(notice)
    classes = dict.fromkeys(word for _, word in said.classes)
    tiers = sorted({rule.tier for rule in notice.document.prices if rule.tier is not None})
    own = {
        "status": tuple(said.statuses),
        "class": tuple(classes),
        "department": tuple(said.departments),
        "grade": tuple(f"{_NUMERALS[grade - 1]}级" for grade in _grades(notice)),
        "tier": tuple(tier_word(tier) for tier in tiers),
        "add_ons": tuple(said.add_ons),
    }
    words = _of_all() | own
    return {column: words[column] for column in KINDS[kind] if words.get(column)}


def tier_word(tier: int) -> str:
    """A tier as offices call it."""
    return f"{_NUMERALS[tier - 1]}档" if tier <= len(_NUMERALS) else str(tier)


#: Tiers and grades as offices write them; a cell may say the bare number, too.
NUMBERS = {
    word: number
    for number, numeral in enumerate(_NUMERALS, start=1)
    for word in (f"{numeral}档", f"{numeral}级", f"{number}档", f"{number}级")
}


def counted(cell: str) -> int | str | None:
    """A tier or a grade as a number; nothing for nothing, and what is none stays."""
    return NUMBERS.get(cell) or whole_number(cell)


@cache
def _of_all() -> dict[str, tuple[str, ...]]:
    """The words that no notice changes."""
    return {
        "relation": RELATIONS,
        "sex": ("男", "女"),
        "document_type": _words(WORDS, [str(kind) for kind in DocumentType]),
        "hukou": _words(WORDS, get_args(vocabulary.Hukou)),
        "hukou_kind": _words(WORDS, get_args(vocabulary.HukouKind)),
        "employee_insurance": ("未参加", "在保", "已终止"),
        "service": ("无", "军人", "武警", "服刑"),
        "school": _words(WORDS, get_args(vocabulary.School)),
        "answer": _words(ANSWER_WORDS, dict.fromkeys(ANSWER_WORDS.values())),
        "reason": _words(REASON_WORDS, get_args(vocabulary.AbsenceReason)),
        "scheme": _words(SCHEMES, ALL_SCHEMES),
        **dict.fromkeys(_FLAGS, YES_NO),
    }


def _words(codes: Mapping[str, str], wanted: Iterable[str]) -> tuple[str, ...]:
    """The first word of each code."""
    return tuple(next(word for word, code in codes.items() if code == one) for one in wanted)


def _recognizing(notice: Notice) -> list[Department]:
    used = dict.fromkeys(rule.department for rule in notice.statuses.values())
    return [notice.departments[code] for code in used if code in notice.departments]


def _grades(notice: Notice) -> list[int]:
    """The grades that the notice tells apart; where it names none, those of certificates of disability."""
    named = {
        grade
        for rule in notice.document.subsidies.rules
        for one in rule.for_
        for grade in (*one.grades, *one.not_grades)
    }
    return list(range(1, max(4, *named) + 1)) if named else [1, 2, 3, 4]


def _alone(pairs: list[tuple[str, str]]) -> dict[str, str]:
    words = [word for word, _ in pairs]
    return {word: code for word, code in pairs if words.count(word) == 1}

"""Words and codes for relation and sex, as offices and other registers write them: GB/T 4761, GB/T 2261.1."""

import re

from services.registration.people.rules import Fault

#: The words of a head; of the codes 0 is self or head, 01 self and 02 head.
HEADS = frozenset({"head", "self", "householder", "户主", "本人", "本人或户主", "户主或本人", "户主本人"})
_HEAD_CODES = frozenset({"0", "01", "02"})
#: One digit names the kind of relation, two (from 10 on) the relation itself.
_MEMBER_CODE = re.compile("[1-9][0-9]?")
#: What templates put around a word: `*户主`, `02-户主`, `户主（本人）`.
_AROUND = re.compile(r"^[*＊★\s]+|^[0-9]{1,2}[-.、:：\s]+(?=\D)|[(（][^()（）]*[)）]$")

SEXES = {
    **dict.fromkeys(("1", "男", "男性", "m", "male"), "male"),
    **dict.fromkeys(("2", "女", "女性", "f", "female"), "female"),
}
#: The standard's words for a sex that is not known, or not told.
_UNTOLD = frozenset({"", "0", "9", "未知", "未说明", "未知的性别", "未说明的性别"})


def read_is_head(cell: str) -> bool:
    """Whether a cell says that the person is the head of the household. Raises Fault for no such relation."""
    word = cell.strip().lower()
    while (bare := _AROUND.sub("", word).strip()) != word:
        word = bare
    if word in HEADS or word in _HEAD_CODES:
        return True
    letters = any(character.isalpha() for character in word) and word[0] != "#"
    if not word or letters or (word.isascii() and _MEMBER_CODE.fullmatch(word)):
        return False
    raise Fault(
        "must be a word such as 户主 or 子, or a code of GB/T 4761 (0, 01 or 02 for the head, 1 or 10 for "
        "the spouse, 2 or 20 for a son, 3 or 30 for a daughter)",
        "须填写关系名称（如 户主、子）或 GB/T 4761 代码（户主为 0、01 或 02，配偶为 1 或 10，子为 2 或 20，"
        "女为 3 或 30）",
    )


def read_sex(cell: str) -> str | None:
    """The sex that a cell tells, in the word of the contract; None when it tells none. Raises Fault."""
    word = cell.strip().lower()
    if word in _UNTOLD:
        return None
    if word not in SEXES:
        raise Fault(
            "must be 男 or 女 (or 1 and 2 by GB/T 2261.1, M and F, male and female)",
            "只能填写 男 或 女（也可用 GB/T 2261.1 代码 1、2，或 M、F、male、female）",
        )
    return SEXES[word]


def whole_number(cell: str) -> int | str | None:
    """A cell as a whole number; nothing for nothing, and what is none stays."""
    return int(cell) if cell.isascii() and cell.isdecimal() and len(cell) <= 9 else cell or None

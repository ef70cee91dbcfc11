"""What a bank's file calls its columns, for whoever has to mend a line of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from libs.common.money import yuan_decimals

#: What columns are that no title names: of a file without a line of titles.
_PLACES = {
    "outcome": ("结果", "outcome"),
    "amount": ("金额", "amount"),
    "reason": ("原因", "reason"),
    "paid_at": ("时间", "instant"),
}
_NUMBER = "流水号", "number"
Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Called:
    """The words of a file: of its columns, by their names in layouts, of its outcomes, and its unit."""

    columns: Mapping[str, Said] = field(default_factory=dict)
    outcomes: Sequence[str] = ("paid", "failed", "returned")
    unit: Literal["fen", "yuan"] = "fen"

    def column(self, name: str) -> Said:
        """What a column is called, in Chinese and English."""
        return self.columns.get(name) or _placed(name)

    def money(self, fen: int) -> Said:
        """A sum as the file writes sums."""
        if self.unit == "fen":
            return f"{fen} 分", f"{fen} fen"
        return f"{yuan_decimals(fen)} 元", f"{yuan_decimals(fen)} yuan"


def called(
    unit: Literal["fen", "yuan"], outcomes: Sequence[str], titles: Sequence[str], places: Mapping[str, int]
) -> Called:
    """What a file calls its columns: by the titles that it has, else by place and meaning."""
    columns = {
        name: (f"“{titles[place]}”", f"“{titles[place]}”") if titles else _at(name, place)
        for name, place in places.items()
    }
    return Called(columns, outcomes, unit)


def titles_wanted(columns: Sequence[Sequence[str]]) -> Said:
    """The titles that a file has to have, with what else each may be called."""
    return "、".join(_or(one, "或") for one in columns), ", ".join(_or(one, " or ") for one in columns)


def _or(titles: Sequence[str], word: str) -> str:
    return word.join(f"“{title}”" for title in titles)


def _placed(name: str) -> Said:
    zh, en = _PLACES.get(name, _NUMBER)
    return f"“{zh}”", f"“{en}”"


def _at(name: str, place: int) -> Said:
    zh, en = _PLACES.get(name, _NUMBER)
    return f"第 {place + 1} 列（{zh}）", f"column {place + 1} ({en})"

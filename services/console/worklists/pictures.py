"""A picture above a list: bars drawn on the server, with their numbers beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

#: Of the drawing, in its own units.
WIDTH, HEIGHT, _BAR, _TOP = 480, 170, 70, 110


@dataclass(frozen=True, slots=True)
class Bar:
    """How many there are of a kind, and the money that they are about; `late` ones are drawn as such."""

    label_zh: str
    label: str
    count: int
    amount_fen: int
    late: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A bar with where it stands in the drawing."""

    bar: Bar
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Bars of one sum, and what they are of."""

    title_zh: str
    title: str
    bars: Sequence[Bar]

    @property
    def drawn(self) -> list[Drawn]:
        """The bars with their places: the highest is as high as there is room for."""
        most, step = max((one.count for one in self.bars), default=0), WIDTH // max(len(self.bars), 1)
        heights = [round(one.count * _TOP / most) if most else 0 for one in self.bars]
        return [
            Drawn(one, place * step + (step - _BAR) // 2, 20 + _TOP - height, _BAR, height)
            for place, (one, height) in enumerate(zip(self.bars, heights, strict=True))
        ]

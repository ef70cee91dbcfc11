"""The papers and names of the people of a life: what is right, and what was typed wrong."""

from dataclasses import dataclass
from datetime import date

from canbao.simulate.life import Life, Paper
from libs.common.identity import compose_resident_id

_FAMILY_NAMES, _WRONG_FAMILY_NAMES = "张王李赵周吴郑冯陈褚卫蒋", "章汪黎肇邹伍正封程楚魏江"
_GIVEN_NAMES = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
_PEOPLE_A_DAY = 499
#: The birthday of whoever was not born in the season.
_LONG_AGO = date(1980, 6, 15)


@dataclass(frozen=True)
class Papers:
    """What one person has to show. `wrong` is a number of the same day and sex that a clerk may type.

    Two records of one person have one name.
    """

    named_as: int
    number: str
    wrong: str
    certificate: str
    born: date

    def numbered(self, under: Paper | None) -> str:
        """The number of a paper."""
        return {"wrong number": self.wrong, "certificate": self.certificate}.get(under or "", self.number)

    def name(self, misnamed: bool | None = None) -> str:
        """The person's name, or the one that was typed."""
        number = self.named_as - 1
        return (_WRONG_FAMILY_NAMES if misnamed else _FAMILY_NAMES)[number] + _GIVEN_NAMES[number]


@dataclass
class Numbers:
    """Gives papers that nobody had before, in one installation."""

    given: int = 0

    def papers(self, life: Life, person: int) -> Papers:
        """Papers for somebody of a life."""
        registered = life.registered(person)
        day = (registered and registered.born) or _LONG_AGO
        number, wrong = self._next(day), self._next(day)
        return Papers((registered and registered.again) or person, number, wrong, f"P{self.given:09d}", day)

    def _next(self, born: date) -> str:
        self.given += 1
        area, sequence = divmod(self.given, _PEOPLE_A_DAY)
        return compose_resident_id(f"35{area // 100 % 100:02d}{area % 100:02d}", born, 2 * sequence)

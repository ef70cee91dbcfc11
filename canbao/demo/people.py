"""Who lives in a made-up county: invented households with valid ID numbers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from canbao.demo.profiles import Tag

_SURNAMES = "陈林黄张吴李郑王刘蔡杨许郭谢邱周叶江卢詹潘苏余严姜方肖罗曾廖"
_GIVEN = "伟芳娜敏静秀丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰建国志红春梅海燕文斌小宁子涵雨轩"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(slots=True)
class Resident:
    """One invented person. `facts` are assessment facts that differ from the ordinary."""

    name: str
    sex: str
    born: date
    id_number: str
    facts: dict[str, object] = field(default_factory=dict)
    tag: Tag | None = None
    account_no: str | None = None
    #: As the clerk typed it first; a ticket of the village mends that.
    misspelled: str | None = None


@dataclass(slots=True)
class Home:
    """One invented household; the first member is its head."""

    household_no: str
    division_code: str
    members: list[Resident]


def id_number(region: str, born: date, sequence: int, sex: str) -> str:
    """Make an 18-digit number by GB 11643: region, birth date, sequence (odd for men), check digit."""
    serial = sequence % 499 * 2 + (1 if sex == "male" else 2)
    body = f"{region}{born:%Y%m%d}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


class Census:
    """Makes households from a seed; no two people share a number, and the same seed makes the same people."""

    def __init__(self, region: str, seed: int) -> None:
        self._region = region
        self._random = random.Random(seed)  # nosec B311
        self._taken: set[str] = set()
        self._homes = 0
        self._accounts = 0

    def resident(self, born: date, sex: str | None = None, surname: str | None = None) -> Resident:
        """Invent one person born on that day."""
        choose = self._random
        sex = sex or choose.choice(("female", "male"))
        name = (surname or choose.choice(_SURNAMES)) + "".join(
            choose.choices(_GIVEN, k=choose.choice((1, 2, 2)))
        )
        for offset in range(499):
            number = id_number(self._region, born, choose.randrange(499) + offset, sex)
            if number not in self._taken:
                self._taken.add(number)
                return Resident(name, sex, born, number)
        return self.resident(born - timedelta(days=1), sex, surname)

    def home(self, division_code: str, on: date, size: int) -> Home:
        """Invent one household of `size` people as of a day: adults first, then children or elders."""
        choose = self._random
        self._homes += 1
        surname = choose.choice(_SURNAMES)
        members = []
        for place in range(size):
            years = (
                choose.randrange(24, 70)
                if place < 2
                else choose.choice((choose.randrange(18), choose.randrange(60, 88)))
            )
            born = on - timedelta(days=years * 365 + choose.randrange(1, 365))
            members.append(self.resident(born, surname=surname if place != 1 else None))
        return Home(f"H{self._region}{self._homes:07d}", division_code, members)

    def account(self) -> str:
        """Invent a bank account number of 19 digits."""
        self._accounts += 1
        return f"6217{self._region}{self._accounts:09d}"


def homes(
    census: Census, division_codes: list[str], people: int, on: date, chooser: random.Random
) -> Iterator[Home]:
    """Yield households that hold exactly `people` people, spread over the villages."""
    left = people
    while left:
        size = min(left, chooser.choices((1, 2, 3, 4, 5, 6), weights=(12, 22, 24, 22, 13, 7))[0])
        left -= size
        yield census.home(chooser.choice(division_codes), on, size)

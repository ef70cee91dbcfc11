"""Administrative divisions by their 12-digit codes.

Province 2 digits, prefecture 4, county 6, township 9, village 12 (National Bureau of Statistics).
"""

from enum import StrEnum


class Level(StrEnum):
    """How deep a division lies."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class DivisionCodeInvalid(ValueError):
    """Not a division code; the sentences say how to mend it."""

    def __init__(self, message: str, message_zh: str) -> None:
        super().__init__(message)
        self.message_zh = message_zh


_DIGITS = {Level.PROVINCE: 2, Level.PREFECTURE: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
CODE_LENGTH = 12


def parse_division_code(text: str) -> str:
    """Return the 12-digit code; a short one of a higher division (350426, 350426101) is filled with zeros."""
    code = text.strip()
    if not (code.isascii() and code.isdecimal()) or len(code) not in _DIGITS.values() or code.startswith("0"):
        raise DivisionCodeInvalid(
            "A division code has 12 digits, for example 350426101203 for a village.",
            "区划代码应为 12 位数字，例如村级代码 350426101203。",
        )
    return code.ljust(CODE_LENGTH, "0")


def level_of(code: str) -> Level:
    """The level of a 12-digit code, told by its trailing zeros."""
    if code[9:] != "000":
        return Level.VILLAGE
    if code[6:9] != "000":
        return Level.TOWNSHIP
    if code[4:6] != "00":
        return Level.COUNTY
    return Level.PREFECTURE if code[2:4] != "00" else Level.PROVINCE


def prefix_of(code: str) -> str:
    """The digits that all divisions within `code` share; also the `division` claim of a token for it."""
    return code[: _DIGITS[level_of(code)]]


def township_of(code: str) -> str:
    """The township of a village (or the township itself)."""
    return _cut(code, _DIGITS[Level.TOWNSHIP])


def county_of(code: str) -> str:
    """The county of a village or township (or the county itself)."""
    return _cut(code, _DIGITS[Level.COUNTY])


def lies_within(code: str, prefix: str) -> bool:
    """Whether `code` lies in the division that the prefix names; every code lies within ""."""
    return code.startswith(prefix)


def _cut(code: str, digits: int) -> str:
    return code[:digits].ljust(CODE_LENGTH, "0")

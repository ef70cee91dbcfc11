"""How an amount of money is written and read. Inside, money is always an integer number of fen."""

import re
from decimal import Decimal
from functools import lru_cache

_YUAN = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?\s*(?:元|yuan)")


def parse_yuan(text: str) -> int:
    """Read `250元`, `0.10元` or `250 yuan` as fen.

    The unit is required, so that nobody can take fen for yuan, and the text never passes through a float.
    Raises ValueError for anything else.
    """
    found = _YUAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not an amount in yuan such as 250元")
    whole, part = found.groups()
    return int(whole) * 100 + int((part or "").ljust(2, "0"))


@lru_cache(maxsize=1 << 14)
def yuan_text(fen: int) -> str:
    """Write fen as a plain number of yuan: 25000 -> `250`, 1050 -> `10.50`."""
    return yuan_decimals(fen).removesuffix(".00")


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_MYRIADS = ("", "万", "亿")


def yuan_decimals(fen: int) -> str:
    """Write fen as yuan with both decimals, as papers do: 25000 -> `250.00`."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}"


def yuan_grouped(fen: int) -> str:
    """Write fen as yuan with both decimals and a comma at each thousand: 1234500 -> `12,345.00`."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def yuan_number(fen: int) -> Decimal:
    """Fen as a number of yuan with both decimals: a table counts with it, a page writes it with commas."""
    return Decimal(fen).scaleb(-2)


def yuan_capitals(fen: int) -> str:
    """Write fen in the capitals of money papers (大写金额): 25005 -> `贰佰伍拾元零伍分`.

    What ends with yuan or jiao is closed by 整; a zero between two digits is read once. Raises ValueError for
    what no paper is about: less than nothing, or a trillion yuan and more.
    """
    if not 0 <= fen < 10**14:
        raise ValueError(f"{fen} fen are not written in capitals")
    whole, part = divmod(fen, 100)
    jiao, single = divmod(part, 10)
    text = f"{_whole(whole)}元" if whole or not part else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    if not single:
        return text + "整"
    return f"{text}{'零' if text and not jiao else ''}{_DIGITS[single]}分"


def _whole(number: int) -> str:
    """A whole number in capitals, by groups of four digits."""
    text, skipped, group = "", False, ""
    for place, digit in zip(range(len(str(number)) - 1, -1, -1), map(int, str(number)), strict=True):
        if digit:
            group += f"{'零' if skipped and (text or group) else ''}{_DIGITS[digit]}{_UNITS[place % 4]}"
        skipped = not digit
        if place % 4 == 0:
            text, group = text + (group + _MYRIADS[place // 4] if group else ""), ""
    return text or _DIGITS[0]

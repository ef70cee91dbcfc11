"""How an amount of money is written and read. Inside, money is always an integer number of fen."""

import re

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


def yuan_text(fen: int) -> str:
    """Write fen as a plain number of yuan: 25000 -> `250`, 1050 -> `10.50`."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), 100)
    return f"{sign}{whole}.{part:02d}" if part else f"{sign}{whole}"

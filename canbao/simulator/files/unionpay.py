"""Writes the files of a day as UnionPay would: what succeeded (ZM) and what it corrects (ZME), fixed width.

Written apart from what reads them, so that the two check each other.
"""

from collections.abc import Sequence

from canbao.simulator.files.books import Moved

MERCHANT = "777290058110097"
_ZM = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15),
    *(1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1),
)
_ZME = (3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135)


def trades(rows: Sequence[Moved], *, tail: bool = True, merchant: str = MERCHANT) -> bytes:
    """A file ZM: a blank between columns; its first layout has nothing in the tail."""
    lines = []
    for one in rows:
        line = _line(_ZM, _cells(one, merchant))
        if tail:
            order = one.order if one.return_no else ""
            line += b" " + order.encode().ljust(32) + f" {_way(one)}{one.fen:012d}".encode()
        lines.append(line + b" " * 84 + b"\r\n")
    return b"".join(lines)


def _cells(one: Moved, merchant: str) -> dict[int, str]:
    back, fee = bool(one.return_no), one.fee_fen
    settled = f"{_way(one)}{one.fen - abs(fee):012d}"
    return {
        1: "S22", 2: "48722900", 3: "00049999", 4: "120150", 5: f"{one.at:%m%d%H%M%S}",
        6: "622262*********0000", 7: f"{one.fen:012d}", 8: "4511", 9: "07",
        10: one.return_no or one.no, 11: "06", 12: "R1" if back else one.order, 13: "01",
        16: f"{('C' if back else 'D') if fee else ' '}{abs(fee):012d}", 17: settled, 18: "0301",
        20: "04" if back else "01", 27: one.no if back else "", 28: merchant, 31: "县税务局",
        32: " 000000000000", 33: settled, 34: "01080209",
    }  # fmt: skip


def corrections(rows: Sequence[Moved], merchant: str = MERCHANT) -> bytes:
    """A file ZME: what UnionPay books back, or pays after all."""
    return b"".join(
        _line(_ZME, _correction(no, one, merchant)) + b"\r\n" for no, one in enumerate(rows, start=1)
    )


def _correction(no: int, one: Moved, merchant: str) -> dict[int, str]:
    return {
        1: "E74", 2: "48722900", 3: "00049999", 4: f"{no:06d}", 5: f"{one.at:%m%d%H%M%S}",
        6: "622262*********0000", 7: f"{one.fen:012d}", 8: "4511", 9: "07", 11: one.no[-6:],
        12: "1101083015", 15: " 000000000000", 16: f"{_way(one)}{one.fen:012d}",
        17: merchant, 22: "县税务局",
    }  # fmt: skip


def _way(one: Moved) -> str:
    """C is for the merchant, D against it."""
    return "D" if one.return_no else "C"


def _line(widths: Sequence[int], cells: dict[int, str]) -> bytes:
    return b" ".join(cells.get(no, "").encode("gb18030").ljust(width) for no, width in enumerate(widths, 1))

"""Writes payouts for a bank, by its profile."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.money import yuan_decimals
from services.subsidy.payout_batches.profiles import Profile


@dataclass(frozen=True, slots=True)
class FileLine:
    """One sum in a bank's file, with the account in the clear."""

    payout_no: str
    account_no: str
    holder: str
    bank: str
    amount_fen: int
    remark: str


def write_payout_file(profile: Profile, batch_id: int, lines: Sequence[FileLine]) -> bytes:
    """Write the whole file of a batch, the same bytes each time."""
    total_fen = sum(line.amount_fen for line in lines)
    words = {
        "batch_id": batch_id,
        "count": len(lines),
        "total_fen": total_fen,
        "total_yuan": yuan_decimals(total_fen),
    }
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=profile.delimiter,
        lineterminator=profile.line_end,
        quoting=csv.QUOTE_MINIMAL if profile.quoting else csv.QUOTE_NONE,
        quotechar='"' if profile.quoting else None,
    )
    out.writelines(text.format(**words) + profile.line_end for text in profile.head)
    if profile.heading:
        writer.writerow([heading for heading, _ in profile.columns])
    writer.writerows([_value(line, field) for _, field in profile.columns] for line in lines)
    out.writelines(text.format(**words) + profile.line_end for text in profile.tail)
    return out.getvalue().encode(profile.encoding)


def _value(line: FileLine, field: str) -> str:
    if not field:
        return ""
    if field == "amount_yuan":
        return yuan_decimals(line.amount_fen)
    return str(getattr(line, field))

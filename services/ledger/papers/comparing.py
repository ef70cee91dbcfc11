"""Compares what a party has of its own with its paper, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.ledger.papers.rules import Row
from services.ledger.totals.rules import Document

#: The row of a section that sums it up.
TOTAL = ""


@dataclass(frozen=True, slots=True)
class Own:
    """What a party itself has of a row; `row` '' is the whole section. What is None it does not say."""

    section: str
    row: str
    heads: int | None
    amount_fen: int | None


def rows_of(document: Document) -> dict[tuple[str, str], Row]:
    """Every figure of a paper, by section and row."""
    found: dict[tuple[str, str], Row] = {}
    for section in document["sections"]:
        found[section["code"], TOTAL] = {"name": "合计", **{k: section[k] for k in ("heads", "amount_fen")}}
        found |= {(section["code"], row["key"]): row for row in section["rows"]}
    return found


def unknown(document: Document, own: Iterable[Own]) -> list[str]:
    """What a party has figures of that its paper does not know, as `section/row`."""
    known = rows_of(document)
    return sorted(f"{one.section}/{one.row}" for one in own if (one.section, one.row) not in known)


def differences(document: Document, own: Iterable[Own]) -> list[Document]:
    """Where a party has other figures than we: each with both."""
    known, found = rows_of(document), []
    for one in own:
        ours = known.get((one.section, one.row))
        if ours is None:
            ours = {"name": one.row, "heads": None, "amount_fen": None}
        if (one.heads is not None and one.heads != ours["heads"]) or (
            one.amount_fen is not None and one.amount_fen != ours["amount_fen"]
        ):
            found.append(
                {
                    "section": one.section,
                    "row": one.row,
                    "name": ours["name"],
                    "our_heads": ours["heads"],
                    "our_fen": ours["amount_fen"],
                    "their_heads": one.heads,
                    "their_fen": one.amount_fen,
                }
            )
    return found

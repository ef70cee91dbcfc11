"""Gives what of a paper belongs to one township: together the townships are the paper.

What a seal does not know by township (what moved, suspense, refunds) stands on the whole paper alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping

from libs.common.divisions import CODE_LENGTH
from libs.common.policy import Notice
from services.ledger.papers.making import Paper
from services.ledger.papers.names import channel_name, payer_name, township_name
from services.ledger.papers.problems import TOWNSHIP_UNKNOWN
from services.ledger.papers.rules import Row, Section
from services.ledger.totals.rules import RESIDENTS, Document, Figures

#: Sections that have a line for each township or village, by its code.
_BY_PLACE = ("contributions", "townships", "match_heads", "work_funds_settled", "work_funds_paid")
#: Sections that the lines of a seal divide: of which lines, and by what.
_BY_LINE: Mapping[str, tuple[Callable[[Figures], bool], str]] = {
    "channels": (lambda line: line["payer"] == RESIDENTS, "channel"),
    "help": (lambda line: line["payer"] != RESIDENTS, "payer"),
    "fund": (lambda line: True, "payer"),
}


def divided(notice: Notice, made: Paper, document: Document, code: str) -> Document:
    """Give the part of a paper (`document`, as signed or as it would be) of a township. Raises Problem."""
    lines = [
        one
        for one in json.loads(made.handover.document)["lines"]
        if (one["township"] or "").ljust(CODE_LENGTH, "0") == code
    ]
    if not lines and code not in _townships(notice):
        raise TOWNSHIP_UNKNOWN.problem(townships=sorted(_townships(notice)))
    township = code[:9]
    return document | {
        "township": code,
        "township_name": township_name(notice, township),
        "sections": [
            part
            for section in document["sections"]
            if (part := _part(notice, section, lines, township)) is not None and part["rows"]
        ],
    }


def _townships(notice: Notice) -> set[str]:
    rows = notice.targets.rows if notice.targets else ()
    return {row.division[:9].ljust(CODE_LENGTH, "0") for row in rows}


def _part(notice: Notice, section: Section, lines: Iterable[Figures], township: str) -> Section | None:
    code = section["code"]
    if code in _BY_PLACE:
        rows = [row for row in section["rows"] if row["key"].startswith(township)]
    elif code in _BY_LINE:
        counts, by = _BY_LINE[code]
        rows = _summed(notice, [line for line in lines if counts(line)], by)
    else:
        return None
    heads = [row["heads"] for row in rows if row["heads"] is not None]
    whole = sum(heads) if heads and section["heads"] is not None else None
    return section | {"rows": rows, "heads": whole, "amount_fen": sum(row["amount_fen"] for row in rows)}


def _summed(notice: Notice, lines: Iterable[Figures], by: str) -> list[Row]:
    found: dict[str, Row] = {}
    for line in lines:
        key = line[by] or ""
        name = channel_name(notice, line[by]) if by == "channel" else payer_name(notice, key)
        row = found.setdefault(key, {"key": key, "name": name, "heads": 0, "amount_fen": 0, "note": ""})
        row["heads"] += line["head_count"]
        row["amount_fen"] += line["amount_fen"]
    return [found[key] for key in sorted(found)]

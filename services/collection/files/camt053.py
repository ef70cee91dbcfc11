"""Statements of banks as ISO 20022 camt.053: XML, read piece by piece, balances beside the bookings.

A document type is refused before anything of it is read: nothing in it is expanded or fetched.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from typing import IO
from xml.parsers import expat

from libs.common.clock import SHANGHAI
from services.collection.files.rules import (
    MOST_BYTES,
    Entry,
    Expected,
    Fault,
    Faulty,
    Row,
    RowState,
    amount_of,
    reference_of,
)

_PIECE_BYTES = 64 * 1024
#: What one tag may come to, and how deep tags may stand in each other, before it is no statement any more.
_LONGEST_TAG = 1024 * 1024
_DEEPEST = 50
#: A text in the elements that are read is no longer.
_LONGEST_TEXT = 500
_DIRECTIONS: Mapping[str, Entry] = {"CRDT": "money_in", "DBIT": "money_out"}
_STATES: Mapping[str, RowState] = {"BOOK": "done", "PDNG": "pending", "INFO": "pending"}
_OPENING, _CLOSING = ("OPBD", "PRCD"), "CLBD"


def read_statement(file: IO[bytes], expected: Expected) -> Iterator[Row | Fault]:
    """Read the bookings of a day. Names and accounts of others are not taken over."""
    document = _Document(expected)
    while piece := file.read(_PIECE_BYTES):
        yield from document.feed(piece)
        if document.broken:
            return
    yield from document.end()


class _Document:
    """The statement that is being read; `_said` are texts of the entry or balance by their paths."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._found: list[Row | Fault] = []
        self._path: list[str] = []
        self._said: dict[str, str] = {}
        self._text = ""
        self._statement_no, self._count, self._statements, self._line = "", 0, 0, 0
        self._account = ""
        self._closing_fen: int | None = None
        self._balances: dict[str, int] = {}
        self._moved = {"CRDT": 0, "DBIT": 0}
        self._all_read = True
        self.broken = False
        self._fed = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._read

    def feed(self, piece: bytes, *, last: bool = False) -> list[Row | Fault]:
        """Read on; give what was found."""
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, last)
            if self._fed - self._parser.CurrentByteIndex > _LONGEST_TAG or self._fed > MOST_BYTES:
                raise Faulty("unreadable")
        except (expat.ExpatError, Faulty):
            self.broken = True
            self._found.append(Fault(self._parser.CurrentLineNumber, "unreadable", "camt.053"))
        found, self._found = self._found, []
        return found

    def end(self) -> list[Row | Fault]:
        """Say what is missing at the end."""
        found = self.feed(b"", last=True)
        if not self.broken and not self._statements:
            found.append(Fault(0, "totals_missing", "Stmt"))
        return found

    def _refuse(self, *_: object) -> None:
        raise Faulty("unreadable")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rsplit(" ", 1)[-1]
        self._path.append(local)
        if len(self._path) > _DEEPEST:
            raise Faulty("unreadable")
        self._text = ""
        if local in ("Ntry", "Bal"):
            self._said = {}
        if local == "Stmt":
            self._balances, self._all_read = {}, True
            self._moved = {"CRDT": 0, "DBIT": 0}
        ours = "/".join(self._path[3:]) in ("Ntry/Amt", "Bal/Amt")
        if ours and attributes.get("Ccy") != "CNY":
            self._fault(Faulty("amount", "Ccy"))

    def _read(self, text: str) -> None:
        if len(self._text) < _LONGEST_TEXT:
            self._text += text

    def _close(self, name: str) -> None:
        local = name.rsplit(" ", 1)[-1]
        inside = "/".join(self._path[3:])
        self._path.pop()
        try:
            if local == "Ntry" and inside == "Ntry":
                self._entry()
            elif local == "Bal" and inside == "Bal":
                self._balance()
            elif local == "Stmt":
                self._statement()
            elif inside:
                self._note(inside, self._text.strip())
        except Faulty as why:
            self._fault(why)
        self._text = ""

    def _note(self, path: str, text: str) -> None:
        if path == "Id":
            self._statement_no = text
        elif path in ("Acct/Id/IBAN", "Acct/Id/Othr/Id"):
            self._account = self._account or text
            if text != self._account:
                raise Faulty("other_account", "Acct")
        elif path == "StmtPgntn/LastPgInd" and text not in ("true", "1"):
            raise Faulty("totals_missing", "LastPgInd")
        elif path.startswith(("Ntry/", "Bal/")):
            self._said.setdefault(path, text)

    def _fault(self, why: Faulty) -> None:
        self._all_read = self._all_read and why.kind == "total"
        self._found.append(Fault(self._parser.CurrentLineNumber, why.kind, why.about))

    def _entry(self) -> None:
        said, self._count = self._said, self._count + 1
        direction = said.get("Ntry/CdtDbtInd", "")
        entry = _DIRECTIONS.get(direction)
        state = _STATES.get(said.get("Ntry/Sts/Cd") or said.get("Ntry/Sts", ""))
        if entry is None or state is None:
            raise Faulty("word", "Sts" if entry else "CdtDbtInd")
        fen = amount_of({"Amt": said.get("Ntry/Amt", "")}, "Amt")
        if state == "done":
            self._moved[direction] += fen
        place = f"{reference_of(self._statement_no) or 'S'}-{self._count}"
        entry_no = reference_of(said.get("Ntry/NtryRef")) or place
        # Programs write a whole statement in one line: where a row stands is to be its own all the same.
        self._line = max(self._line + 1, self._parser.CurrentLineNumber)
        of_payer = reference_of(said.get("Ntry/NtryDtls/TxDtls/Refs/EndToEndId"))
        of_bank = reference_of(said.get("Ntry/AcctSvcrRef"))
        self._found.append(
            Row(
                line=self._line,
                entry=entry,
                state=state,
                transaction_no=of_bank
                or reference_of(said.get("Ntry/NtryDtls/TxDtls/Refs/TxId"))
                or entry_no,
                return_no=None,
                entry_no=entry_no,
                order_no=of_payer,
                amount_fen=fen,
                fee_fen=0,
                happened_at=self._booked_at(state),
            )
        )

    def _booked_at(self, state: RowState) -> datetime:
        """The day, or the instant, of the booking. Raises Faulty for another day than the statement's."""
        said, dates = self._said, {"Ntry/BookgDt/DtTm", "Ntry/BookgDt/Dt"}
        if state == "pending" and not dates & said.keys():
            return datetime.combine(self._expected.day, time(), SHANGHAI)  # it is not booked yet
        try:
            if (text := said.get("Ntry/BookgDt/DtTm")) is not None:
                at = datetime.fromisoformat(text)
                at = at.astimezone(SHANGHAI) if at.tzinfo else at.replace(tzinfo=SHANGHAI)
            else:
                at = datetime.combine(datetime.fromisoformat(said["Ntry/BookgDt/Dt"][:10]), time(), SHANGHAI)
        except (KeyError, ValueError):
            raise Faulty("instant", "BookgDt") from None
        if at.date() != self._expected.day:
            raise Faulty("other_day", "BookgDt")
        return at

    def _balance(self) -> None:
        said = self._said
        code, fen = said.get("Bal/Tp/CdOrPrtry/Cd", ""), amount_of({"Bal": said.get("Bal/Amt", "")}, "Bal")
        on = said.get("Bal/Dt/Dt") or said.get("Bal/Dt/DtTm", "")
        # A statement without bookings says by this alone of which day it is.
        if code == _CLOSING and on[:10] != self._expected.day.isoformat():
            raise Faulty("other_day", _CLOSING)
        self._balances[code] = fen if said.get("Bal/CdtDbtInd") != "DBIT" else -fen

    def _statement(self) -> None:
        """Hold the bookings against the balances. Raises Faulty."""
        self._statements += 1
        opening = next((self._balances[code] for code in _OPENING if code in self._balances), None)
        closing = self._balances.get(_CLOSING)
        if opening is None or closing is None:
            raise Faulty("totals_missing", f"{_OPENING[0]}, {_CLOSING}")
        before, self._closing_fen = self._closing_fen, closing
        if not self._all_read:
            return
        if before not in (None, opening):
            raise Faulty("total", _OPENING[0])
        if opening + self._moved["CRDT"] - self._moved["DBIT"] != closing:
            raise Faulty("total", _CLOSING)

"""Opens a file of a channel as it came: plain, gzip, or the entry of a zip that holds the rows."""

import csv
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, cast

from libs.common.spreadsheets import undo_tricks
from libs.common.workbooks import is_workbook
from services.collection.files import (
    alipay_bills,
    camt053,
    mt940,
    unionpay_bills,
    unionpay_differences,
    wechat_bills,
)
from services.collection.files.profiled_tables import read_table
from services.collection.files.profiles import Profile
from services.collection.files.rules import (
    BOM,
    LONGEST_LINE,
    MOST_BYTES,
    MOST_ROWS,
    Expected,
    Fault,
    Faulty,
    FileKind,
    Reader,
    Row,
)
from services.collection.files.sheets import rows_of

READERS: Mapping[FileKind, Reader] = {
    "wechat_all": wechat_bills.read_trades,
    "wechat_success": wechat_bills.read_trades,
    "wechat_refund": wechat_bills.read_refunds,
    "wechat_fund_flow": wechat_bills.read_fund_flow,
    "alipay_trade": alipay_bills.read_trades,
    "unionpay_zm": unionpay_bills.read_trades,
    "unionpay_zme": unionpay_differences.read_differences,
    "bank_mt940": mt940.read_statement,
}
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_ALIPAY_BEGINS = "#支付宝业务明细查询".encode("gb18030")
#: Which entry of a zip is meant, by its name and how it begins; any, where only one file is packed.
_WANTED: Mapping[FileKind, Callable[[str, bytes], bool]] = {
    "alipay_trade": lambda _, begins: begins.startswith(_ALIPAY_BEGINS),
    "unionpay_zm": lambda name, _: "ZM_" in name.upper(),
    "unionpay_zme": lambda name, _: "ZME_" in name.upper(),
}


def read_file(
    packed: IO[bytes], kind: FileKind, expected: Expected, profile: Profile | None = None
) -> Iterator[Row | Fault]:
    """Read rows and faults as they stand in the file; a defect of the file ends it with a fault."""
    line = 0
    try:
        for found in _read(packed, kind, expected, profile):
            line = found.line
            yield found
    except Faulty as why:
        yield Fault(line + 1, why.kind, why.about)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        # What a packed file that is cut off, changed, or under a password is told by.
        yield Fault(line, "unreadable", kind)


def _read(
    packed: IO[bytes], kind: FileKind, expected: Expected, profile: Profile | None
) -> Iterator[Row | Fault]:
    if profile is not None:
        with _cells(packed, kind, profile) as lines:
            yield from read_table(lines, profile, expected)
        return
    with _opened(packed, kind) as file:
        if kind == "bank_camt053":
            yield from camt053.read_statement(file, expected)
        else:
            yield from READERS[kind](_lines(file), expected)


@contextmanager
def _cells(packed: IO[bytes], kind: FileKind, profile: Profile) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """The cells of a table line by line, of a workbook or of text."""
    magic = packed.read(4)
    packed.seek(0)
    if magic == _ZIP:
        with zipfile.ZipFile(packed) as archive:
            if is_workbook(archive):
                yield rows_of(archive)
                return
        packed.seek(0)
    with _opened(packed, kind) as file:
        yield _text_cells(file, profile)


def _text_cells(file: IO[bytes], profile: Profile) -> Iterator[tuple[int, list[str]]]:
    for no, raw in _lines(file):
        try:
            text = raw.decode(profile.encoding).removeprefix(BOM).strip("\r\n")
            cells = _split(text, profile.delimiter)
        except UnicodeDecodeError:
            raise Faulty("encoding", profile.encoding) from None
        except csv.Error:
            raise Faulty("unreadable", '"') from None
        yield no, undo_tricks(cells)


def _split(text: str, delimiter: str) -> list[str]:
    """The cells of a line; most have nothing that a reader of CSV is needed for. Raises csv.Error."""
    if '"' in text or "\r" in text:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    return text.split(delimiter)


@contextmanager
def _opened(packed: IO[bytes], kind: FileKind) -> Iterator[IO[bytes]]:
    magic = packed.read(4)
    packed.seek(0)
    if magic.startswith(_GZIP):
        with gzip.open(packed) as unpacked:
            yield cast("IO[bytes]", unpacked)
    elif magic == _ZIP:
        with zipfile.ZipFile(packed) as archive, archive.open(_entry(archive, kind)) as unpacked:
            yield unpacked
    else:
        yield packed


def _entry(archive: zipfile.ZipFile, kind: FileKind) -> zipfile.ZipInfo:
    """The entry with the rows; Alipay names entries in GBK, so that contents tell. Raises Faulty."""
    entries = [one for one in archive.infolist() if not one.is_dir()]
    if len(entries) == 1:
        return entries[0]
    wanted = _WANTED.get(kind)
    for one in entries[:20] if wanted else ():
        with archive.open(one) as file:
            if wanted is not None and wanted(one.filename, file.read(64)):
                return one
    raise Faulty("unreadable", kind)


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines with their numbers, held one by one. Raises Faulty."""
    no = size = 0
    while line := file.readline(LONGEST_LINE + 1):
        no, size = no + 1, size + len(line)
        if len(line) > LONGEST_LINE:
            raise Faulty("line_too_long")
        if no > MOST_ROWS or size > MOST_BYTES:
            raise Faulty("unreadable", f"> {MOST_ROWS}")
        yield no, line

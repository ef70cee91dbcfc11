"""Writes the statement of an account as a bank would: of SWIFT (MT940), and as XML (camt.053).

Written apart from what reads them, so that the two check each other.
"""

from collections.abc import Sequence
from datetime import date, datetime

from canbao.simulator.files.books import Moved, yuan


def mt940(rows: Sequence[Moved], day: date | datetime, opening_fen: int = 100_000) -> bytes:
    """A statement as SWIFT has it; who paid stands in free texts."""

    def balance(tag: str, fen: int) -> str:
        return f":{tag}:{'D' if fen < 0 else 'C'}{day:%y%m%d}CNY{_comma(yuan(abs(fen)))}"

    lines = ["{1:F01BANKCNBJAXXX}{4:", ":20:STATEMENT", ":25:6222000000000000", ":28C:323/1"]
    lines.append(balance("60F", opening_fen))
    for one in rows:
        lines.append(
            f":61:{one.at:%y%m%d%m%d}{'D' if one.return_no else 'C'}{_comma(one.yuan)}"
            f"NTRF{one.order[:16]}//{one.no[:16]}"
        )
        lines.append(":86:/ORDP/林某某 缴费")
    lines += [balance("62F", opening_fen + _moved(rows)), "-}"]
    return "\r\n".join(lines).encode("gb18030")


def _comma(amount: str) -> str:
    return amount.replace(".", ",")


def _moved(rows: Sequence[Moved]) -> int:
    return sum(-one.fen if one.return_no else one.fen for one in rows)


def camt053(rows: Sequence[Moved], day: date | datetime, opening_fen: int = 100_000) -> bytes:
    """The same as ISO 20022 has it."""

    def balance(code: str, fen: int) -> str:
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='CNY'>{yuan(abs(fen))}</Amt>"
            f"<CdtDbtInd>{'DBIT' if fen < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>{day:%Y-%m-%d}</Dt></Dt></Bal>"
        )

    entries = "".join(
        f"<Ntry><Amt Ccy='CNY'>{one.yuan}</Amt><CdtDbtInd>{'DBIT' if one.return_no else 'CRDT'}</CdtDbtInd>"
        f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{one.at:%Y-%m-%d}</Dt></BookgDt>"
        f"<AcctSvcrRef>{one.no}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>{one.order}</EndToEndId></Refs>"
        f"<RltdPties><Dbtr><Pty><Nm>林某某</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>"
        for one in rows
    )
    return (
        "<?xml version='1.0' encoding='UTF-8'?>"
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>323</Id>"
        f"{balance('OPBD', opening_fen)}{balance('CLBD', opening_fen + _moved(rows))}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()

"""What pages of accounting months read of the ledger's answers; members that none shows are passed over."""

from pydantic import BaseModel

from services.console.worklists.money_schemas import Period as Listed


class Period(Listed):
    """An accounting month, with the hash over its totals once it is closed."""

    sha256: str | None


class Periods(BaseModel):
    """The months of a county, the oldest first."""

    items: list[Period]


class Flaw(BaseModel):
    """Something for which a month is not closed, and how to mend it."""

    check: str
    title: str
    title_zh: str
    mend: str
    mend_zh: str
    subject: str
    amount_fen: int | None


class Examination(BaseModel):
    """What closing a month would be refused for."""

    items: list[Flaw]


class Turnover(BaseModel):
    """One account in a month."""

    coverage_year: int
    account: str
    title: str
    title_zh: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int


class Balance(BaseModel):
    """The trial balance of a month."""

    provisional: bool
    entries: int
    debit_fen: int
    credit_fen: int
    accounts: list[Turnover]

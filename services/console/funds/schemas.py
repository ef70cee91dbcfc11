"""What the pages of applications read of subsidy's answers; members that no page shows are passed over."""

from datetime import datetime

from pydantic import BaseModel

from services.console.worklists.money_schemas import Application as Listed


class Township(BaseModel):
    """What an application asks for one township."""

    division_prefix: str
    line_count: int
    total_fen: int


class Application(Listed):
    """One application with all that is known of it."""

    county: str
    coverage_year: int
    confirmed_by: str | None
    funded_lines: int
    townships: list[Township]


class Made(BaseModel):
    """The applications that were made just now."""

    applications: list[Application]


class FundLine(BaseModel):
    """A grant whose money is applied for."""

    grant_id: int
    verification_id: int
    person_id: int
    division_code: str
    status: str
    mechanism: str
    amount_fen: int
    revoked: bool
    funded_at: datetime | None


class FundLines(BaseModel):
    """Such lines."""

    items: list[FundLine]
    next_after: str | None

"""SQL of what certificates are made of: who paid for a year, with which lines, and what channels said."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.db.rows import any_of, fetch, fetch_as, fetch_values, statement
from services.collection.certificates.store import WITHDRAWN
from services.collection.channels.port import NotificationKind
from services.collection.tables import dues, notifications, vouchers

# Of several payments of a year the one that is applied, else the newest: a paper says that it went back.
_PAID = statement(f"""
    SELECT DISTINCT ON (l.person_id) l.person_id, l.enrollment_id, coalesce(d.household_id, l.household_id)
           AS household_id, v.county, v.coverage_year, coalesce(d.division_code, v.division_code)
           AS division_code, coalesce(l.tier, d.tier) AS tier, v.voucher_no, v."window", v.price_fen,
           v.own_fen, v.add_on_fen, v.subsidies, d.name_digest, c.cover_from, c.cover_to,
           coalesce({WITHDRAWN}, false) AS withdrawn
    FROM payment_lines l
    JOIN vouchers v ON v.payment_id = l.payment_id AND v.line_no = l.line_no
    LEFT JOIN dues d ON d.enrollment_id = l.enrollment_id
    LEFT JOIN covers c ON c.enrollment_id = l.enrollment_id
    WHERE l.person_id {any_of(dues.c.person_id, "people")} AND l.coverage_year = :coverage_year
      AND l.state IN ('applied', 'refunded') AND l.repaired_year IS NULL
    ORDER BY l.person_id, (l.state = 'applied') DESC, v.issued_at DESC, v.voucher_no DESC
""")
_LINES = statement(f"""
    SELECT l.payment_id, l.line_no, l.person_id, l.enrollment_id, l.state, l.amount_fen, l.refunded_fen,
           l.add_on, l.repaired_year, p.channel, p.transaction_no, p.paid_at, p.employee_fund
    FROM payment_lines l JOIN payments p ON p.id = l.payment_id
    WHERE l.state IN ('applied', 'refunded')
      AND (l.voucher_no {any_of(vouchers.c.voucher_no, "vouchers")}
           OR (l.person_id {any_of(dues.c.person_id, "people")} AND l.coverage_year = :coverage_year
               AND (l.add_on IS NOT NULL OR l.repaired_year IS NOT NULL)))
      AND l.person_id {any_of(dues.c.person_id, "people")}
    ORDER BY l.person_id, p.paid_at, l.payment_id, l.line_no
""")
_MATES = statement("""
    SELECT person_id FROM dues
    WHERE household_id = :household_id AND coverage_year = :coverage_year AND county = :county
      AND (paid_payment_id IS NOT NULL OR (CAST(:exempt AS boolean) AND state = 'exempt'))
    ORDER BY person_id
""")
_DONE = "(state = 'paid' OR (CAST(:exempt AS boolean) AND state = 'exempt'))"
#: Whoever the year is paid for, by household or one by one, in the order of what pages go on by.
_PAYERS = statement(f"""
    SELECT household_id AS place, array_agg(person_id ORDER BY person_id) AS people FROM dues
    WHERE county = :county AND coverage_year = :coverage_year AND {_DONE} AND household_id > :after
      AND division_code LIKE CAST(:division AS text) || '%' AND :together
    GROUP BY household_id
    UNION ALL
    SELECT person_id, ARRAY[person_id] FROM dues
    WHERE county = :county AND coverage_year = :coverage_year AND {_DONE} AND person_id > :after
      AND division_code LIKE CAST(:division AS text) || '%' AND NOT :together
    ORDER BY place LIMIT :limit
""")
_IDENTITIES = statement(f"""
    SELECT enrollment_id, array_agg(digest) AS digests FROM due_identities
    WHERE enrollment_id {any_of(dues.c.enrollment_id, "enrollments")} GROUP BY enrollment_id
""")
_TOLD = statement(
    f"""
    SELECT n.id AS notification_id, n.channel, n.kind, n.raw, n.content, n.received_at FROM notifications n
    WHERE n.id {any_of(notifications.c.id, "ids")} ORDER BY n.id
    """,
    notifications.c.raw,
    notifications.c.content,
)


@dataclass(frozen=True, slots=True)
class Paid:
    """The payment that counts, or counted, for a person's year, or the help that covers it."""

    person_id: int
    enrollment_id: int
    household_id: int | None
    county: str
    coverage_year: int
    division_code: str
    tier: int | None
    voucher_no: str
    window: str
    price_fen: int
    own_fen: int
    add_on_fen: int
    subsidies: Sequence[Mapping[str, object]]
    name_digest: str | None
    cover_from: date | None
    cover_to: date | None
    withdrawn: bool
    #: Nothing is to be paid: help covers it all.
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class PaidLine:
    """One line of it."""

    payment_id: int
    line_no: int
    person_id: int
    enrollment_id: int
    state: str
    amount_fen: int
    refunded_fen: int
    add_on: str | None
    repaired_year: int | None
    channel: str
    transaction_no: str
    paid_at: datetime
    employee_fund: str | None


@dataclass(frozen=True, slots=True)
class Payers:
    """People for one certificate; `place` is after what the next page begins."""

    place: int
    people: list[int]


@dataclass(frozen=True, slots=True)
class Told:
    """What a channel sent about a payment."""

    notification_id: int
    channel: str
    kind: NotificationKind
    raw: bytes
    content: bytes | None
    received_at: datetime


async def paid(conn: AsyncConnection, people: Collection[int], coverage_year: int) -> dict[int, Paid]:
    """By person, the payment of a year."""
    rows = await fetch_as(conn, Paid, _PAID, people=sorted(people), coverage_year=coverage_year)
    return {row.person_id: row for row in rows}


async def lines(conn: AsyncConnection, rows: Collection[Paid], coverage_year: int) -> list[PaidLine]:
    """The lines of these payments, of all parts and of add-ons that were bought by themselves."""
    return await fetch_as(
        conn,
        PaidLine,
        _LINES,
        vouchers=sorted(row.voucher_no for row in rows),
        people=sorted(row.person_id for row in rows),
        coverage_year=coverage_year,
    )


async def mates(conn: AsyncConnection, one: Paid, *, exempt: bool) -> list[int]:
    """Everybody of a person's household who is, or was, paid for in that year; `exempt` ones too."""
    if one.household_id is None:
        return [one.person_id]
    return await fetch_values(
        conn,
        int,
        _MATES,
        household_id=one.household_id,
        coverage_year=one.coverage_year,
        county=one.county,
        exempt=exempt,
    )


async def payers(
    conn: AsyncConnection,
    county: str,
    coverage_year: int,
    division: str,
    *,
    together: bool,
    exempt: bool,
    after: int,
    limit: int,
) -> list[Payers]:
    """Whoever is paid for in a division, with `exempt` by help too; with `together` by household."""
    return await fetch_as(
        conn,
        Payers,
        _PAYERS,
        county=county,
        coverage_year=coverage_year,
        division=division,
        together=together,
        exempt=exempt,
        after=after,
        limit=limit,
    )


async def identities(conn: AsyncConnection, enrollments: Collection[int]) -> dict[int, frozenset[str]]:
    """By enrollment, the digests of the documents that the person has."""
    rows = await fetch(conn, _IDENTITIES, enrollments=sorted(enrollments))
    return {row["enrollment_id"]: frozenset(row["digests"]) for row in rows}


async def told(conn: AsyncConnection, payment_ids: Collection[int]) -> list[Told]:
    """What channels sent about payments, opened."""
    return await fetch_as(conn, Told, _TOLD, ids=sorted(payment_ids))

"""The statements that many requests share, on a connection of their own where each commits by itself.

Through the engine each of them would also cost a BEGIN and a COMMIT, three round trips instead of one, and
the bodies of notifications would be written as JSON and parsed again. Columns are those of `tables.py` all
the same, and rows go in and come out by name.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from libs.common.db.held import Arrays, DriverStatement, HeldConnection
from libs.common.db.rows import Records
from libs.common.security.audit import lookup_records
from libs.common.web.idempotency import Once
from services.collection.dues.rules import Due
from services.collection.dues.store import DUE_COLUMNS, read_due
from services.collection.households.members_store import MEMBERS, read_member
from services.collection.households.rules import Bought, HouseholdYear, Member, PaidTier
from services.collection.households.store import BOUGHT, PAID_TIERS
from services.collection.intake.rules import Arrival, StoredNotification, WantedNotification
from services.collection.matching.rules import PersonYear
from services.collection.orders.rules import Claim, KnownAnswer, NewOrderRow, OrderRows, WantedDue
from services.collection.repairs.rules import RepairStanding
from services.collection.repairs.store import REPAIRS
from services.collection.suspense.store import OF_PEOPLE, PersonsMoney
from services.collection.tables import (
    dues,
    idempotency_keys,
    notifications,
    order_claims,
    order_items,
    orders,
)

# ----------------------------------------------------------------------------------------- notifications

_ARRIVING = Arrays(
    notifications,
    channel="channel",
    dedupe_key="notification.dedupe_key",
    webhook_id="notification.webhook_id",
    kind="notification.kind",
    content_sha256="notification.content_sha256",
    headers="notification.headers",
    raw="raw",
    content="notification.content",
    county="notification.county",
    coverage_year="notification.coverage_year",
    received_at="received_at",
)
_NAMING = Arrays(orders, first=12, order_no="notification.order_no")


def queue_stored(county: str) -> str:
    """How `stored` ends, which inserts notifications: what is new, and may be matched, is queued with it.

    `county` is the SQL of whose money it is, as far as that is known before it is read.
    """
    return f"""
        ON CONFLICT DO NOTHING RETURNING id, channel, dedupe_key, kind, received_at, county
    ), queued AS (
        INSERT INTO matching_queue (notification_id, line_no, occurred_at, county)
        SELECT id, 0, received_at, {county} FROM stored WHERE kind IN ('payment', 'return')
    )
    SELECT id, channel, dedupe_key FROM stored
"""


# A wallet names no county; its order does.
_COUNTY = """coalesce(stored.county, (
            SELECT o.county FROM arriving a JOIN orders o ON o.order_no = a.order_no
            WHERE a.channel = stored.channel AND a.dedupe_key = stored.dedupe_key LIMIT 1))"""
#: Also what the benchmark gives to pgbench.
STORE_NOTIFICATIONS = f"""
    WITH arriving AS (
        SELECT * FROM ROWS FROM ({_ARRIVING}, {_NAMING})
        WITH ORDINALITY AS a({_ARRIVING.names}, {_NAMING.names}, no)
    ), stored AS (
        INSERT INTO notifications ({_ARRIVING.names}) SELECT {_ARRIVING.names} FROM arriving ORDER BY no
    {queue_stored(_COUNTY)}
"""
_WANTED = Records(notifications, "channel", "dedupe_key", "webhook_id", alias="wanted")
_FIND = DriverStatement(f"""
    SELECT wanted.channel, wanted.dedupe_key, n.id, n.content_sha256,
           EXISTS (SELECT FROM notifications w
                   WHERE w.channel = wanted.channel AND w.webhook_id = wanted.webhook_id) AS webhook_used
    FROM {_WANTED}
    LEFT JOIN notifications n ON n.channel = wanted.channel AND n.dedupe_key = wanted.dedupe_key
""")
#: What the server may say about one row; the others can be written without it.
_ROW_FAULTS = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
_DEADLOCKS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class RowRefused(Exception):
    """The server refuses at least one of the rows, none was written; the message is the name of the fault."""


async def store_notifications(held: HeldConnection, arrivals: Sequence[Arrival]) -> list[StoredNotification]:
    """Write arrivals and queue their payments, in one commit; give those that were new. Raises RowRefused."""
    for _ in range(3):
        try:
            return await _store(held, arrivals)
        except _DEADLOCKS:
            continue  # another instance stored the same notifications in another order; it has won by now
    return await _store(held, arrivals)


async def _store(held: HeldConnection, arrivals: Sequence[Arrival]) -> list[StoredNotification]:
    keys = await held.keys()
    try:
        named = _NAMING.of(arrivals, keys)
        rows = await held.driver.fetch(STORE_NOTIFICATIONS, *_ARRIVING.of(arrivals, keys), *named)
    except _ROW_FAULTS as fault:
        raise RowRefused(type(fault).__name__) from fault
    return [StoredNotification(row["id"], row["channel"], row["dedupe_key"]) for row in rows]


async def find_notifications(driver: HeldConnection, arrivals: Sequence[Arrival]) -> list[WantedNotification]:
    """Find what stood in the way of each: its own key stored earlier, or its webhook id under another key."""
    wanted = [
        {
            "channel": arrival.channel,
            "dedupe_key": arrival.notification.dedupe_key,
            "webhook_id": arrival.notification.webhook_id,
        }
        for arrival in arrivals
    ]
    return [WantedNotification(**row) for row in await _FIND.fetch(driver, wanted=wanted)]


# ------------------------------------------------------------------------------------------------ orders


_ASKED = Records(dues, "person_id", "coverage_year", "county", alias="asked")
_DUES = DriverStatement(f"""
    SELECT {DUE_COLUMNS} FROM {_ASKED}
    JOIN dues d ON d.person_id = asked.person_id AND d.coverage_year = asked.coverage_year
     AND d.county = asked.county
    WHERE d.revision > 0 ORDER BY (d.state <> 'cancelled') DESC, d.enrollment_id DESC
""")
_TIERS = DriverStatement(PAID_TIERS)
_MEMBERS = DriverStatement(MEMBERS)
_WAITING = DriverStatement(OF_PEOPLE)
_BOUGHT = DriverStatement(BOUGHT)
_REPAIRS = DriverStatement(REPAIRS)
_USED = Records(idempotency_keys, "caller", "key", alias="asked")
_KNOWN = DriverStatement(
    f"""
    SELECT k.caller, k.key, k.fingerprint, k.answer FROM {_USED}
    JOIN idempotency_keys k ON k.caller = asked.caller AND k.key = asked.key
""",
    idempotency_keys.c.answer,
)
_CLAIMED = Records(order_claims, "coverage_year", "person_id", alias="asked")
_CLAIMS = DriverStatement(f"""
    SELECT c.coverage_year, c.person_id, c.order_no, c.expires_at FROM {_CLAIMED}
    JOIN order_claims c ON c.coverage_year = asked.coverage_year AND c.person_id = asked.person_id
    WHERE c.expires_at > :now
""")
_ORDERS = Records(orders, *NewOrderRow.__dataclass_fields__, alias="orders_wanted")
_ITEMS = Records(order_items, alias="items_wanted")
_KEYS = Records(idempotency_keys, alias="keys_wanted")
_SEEN = lookup_records("lookups_wanted")
#: How a statement begins that places orders, and goes on with what stands or falls with them. A person in
#: another pending order leaves fewer claims than items, which the table refuses; one statement may not claim
#: a person twice.
PLACE_ORDERS = f"""
    WITH wanted AS (SELECT {_ORDERS.names} FROM {_ORDERS}),
    parts AS (SELECT {_ITEMS.names} FROM {_ITEMS}), claims AS (
        INSERT INTO order_claims AS c (coverage_year, person_id, order_no, expires_at)
        SELECT p.coverage_year, p.person_id, p.order_no, w.expires_at
        FROM parts p JOIN wanted w USING (order_no)
        ORDER BY p.coverage_year, p.person_id
        ON CONFLICT (coverage_year, person_id)
        DO UPDATE SET order_no = excluded.order_no, expires_at = excluded.expires_at
        WHERE c.expires_at <= :now
        RETURNING order_no
    ), placed AS (
        INSERT INTO orders ({_ORDERS.names}, claimed_count, state)
        SELECT {_ORDERS.names}, (SELECT count(*) FROM claims c WHERE c.order_no = w.order_no), 'pending'
        FROM wanted w
    ), listed AS (
        INSERT INTO order_items ({_ITEMS.names}) SELECT {_ITEMS.names} FROM parts
    )
"""
# With a repeated key, which violates its primary key, nothing is placed either.
_PLACE = DriverStatement(f"""
    {PLACE_ORDERS}, recorded AS (
        INSERT INTO person_lookups ({_SEEN.names}) SELECT {_SEEN.names} FROM {_SEEN}
    )
    INSERT INTO idempotency_keys ({_KEYS.names}) SELECT {_KEYS.names} FROM {_KEYS} ORDER BY caller, key
""")

_IN_THE_WAY = (asyncpg.CheckViolationError, asyncpg.UniqueViolationError, asyncpg.CardinalityViolationError)


class NotPlaced(Exception):
    """Somebody is in another pending order, or a key is in the table already; nothing was written."""


async def known_answers(
    driver: HeldConnection, requests: Sequence[Once]
) -> dict[tuple[str, str], KnownAnswer]:
    """What was answered earlier under these keys, by caller and key."""
    asked = [{"caller": one.caller, "key": one.key} for one in requests]
    rows = await _KNOWN.fetch(driver, asked=asked)
    return {(row["caller"], row["key"]): KnownAnswer(**row) for row in rows}


async def dues_of(driver: HeldConnection, asked: Sequence[WantedDue]) -> dict[WantedDue, Due]:
    """The dues that are wanted; of several the newest that is not cancelled."""
    found: dict[WantedDue, Due] = {}
    for row in await _DUES.fetch(driver, asked=asked):
        due = read_due(**row)
        found.setdefault(WantedDue(due.person_id, due.coverage_year, due.county), due)
    return found


async def paid_tiers(driver: HeldConnection, households: Sequence[HouseholdYear]) -> list[PaidTier]:
    """What the members of these households paid, with their tiers."""
    return [PaidTier(**row) for row in await _TIERS.fetch(driver, asked=households)]


async def members(driver: HeldConnection, households: Sequence[HouseholdYear]) -> list[Member]:
    """Everybody who is enrolled in these households."""
    return [read_member(**row) for row in await _MEMBERS.fetch(driver, asked=households)]


async def waiting(driver: HeldConnection, people: Sequence[PersonYear]) -> list[PersonsMoney]:
    """What waits of these persons' years."""
    return [PersonsMoney(**row) for row in await _WAITING.fetch(driver, asked=people)]


async def bought(driver: HeldConnection, people: Sequence[PersonYear]) -> list[Bought]:
    """The add-ons that these persons have."""
    return [Bought(**row) for row in await _BOUGHT.fetch(driver, asked=people)]


async def repairs(driver: HeldConnection, people: Sequence[PersonYear]) -> list[RepairStanding]:
    """How these persons stand beside whose contribution something can be repaired."""
    if not people:
        return []
    return [RepairStanding(**row) for row in await _REPAIRS.fetch(driver, asked=people)]


async def place(driver: HeldConnection, placed: Sequence[OrderRows], now: datetime) -> None:
    """Write orders, all of them, in one statement that commits by itself; raise NotPlaced otherwise.

    Claims that ended by `now`, the earliest instant among the orders, are taken over.
    """
    try:
        await _PLACE.fetch(
            driver,
            orders_wanted=[one.order for one in placed],
            items_wanted=[item for one in placed for item in one.items],
            keys_wanted=[one.key for one in placed],
            lookups_wanted=[lookup for one in placed for lookup in one.lookups],
            now=now,
        )
    except _IN_THE_WAY as error:
        raise NotPlaced from error


async def claims(driver: HeldConnection, people: Sequence[PersonYear], now: datetime) -> list[Claim]:
    """The pending orders that hold these persons in these years at `now`."""
    return [Claim(**row) for row in await _CLAIMS.fetch(driver, asked=people, now=now)]

"""Checks before an order that its channel may pay for everybody in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.policy.format.custody_rules import Channel
from libs.common.policy.format.custody_rules import Relation as Kinship
from libs.common.security.audit import record_lookup
from libs.common.security.digests import Digests
from libs.common.security.guesses import Attempt
from libs.common.web.problems import FieldError, Problem
from services.collection.dues import store
from services.collection.dues.finding import OnDocument, Season, digest_of, find
from services.collection.dues.rules import Due
from services.collection.payers.rules import (
    asks_for_payer,
    check_agent,
    check_vouching,
    not_listed,
    strangers,
)
from services.collection.problems import NOT_FAMILY, PAYER_MISSING

_OPERATION = "create_order"


@dataclass(frozen=True, slots=True)
class Vouched:
    """Who pays, as the backend has checked, the relatives whom the payer names, and for whom is paid.

    `relations` says of each of the relatives what he is to the payer, where that was told.
    """

    payer: OnDocument | None
    relatives: Sequence[OnDocument]
    people: Sequence[int]
    season: Season
    relations: Sequence[Kinship | None] = ()


async def check_payer(
    conn: AsyncConnection,
    digests: Digests,
    attempt: Attempt,
    channel: Channel,
    vouched: Vouched,
    now: datetime,
) -> Problem | None:
    """Give the problem that keeps the channel from paying for these persons; failures count until then.

    Raises Problem where nothing was tried: no payer, no right to vouch for one, a number that cannot exist.
    """
    caller = attempt.caller
    check_agent(channel, caller)
    if not asks_for_payer(channel):
        return None
    if vouched.payer is None:
        raise PAYER_MISSING.problem(
            f"The notice asks who pays through this channel ({channel.clause}): send the payer.",
            f"按通知{channel.clause}，此渠道须实名缴费：请在 payer 中提供缴费人证件号码和姓名。",
        )
    check_vouching(caller)
    # The backend vouches for number and name: that the payer is not enrolled here is no guess that failed.
    digest = digest_of(digests, vouched.payer.id_number, now, "#/payer/id_number")
    season = vouched.season
    payer = await store.search(conn, digest, season.county, season.coverage_year, caller.division)
    if payer is not None and payer.name_digest != digests.name(vouched.payer.name):
        payer = None
    known = await _relatives(conn, digests, attempt, vouched, now)
    if isinstance(known, Problem):
        return known
    faults = await _faults(conn, channel, payer, vouched, [one.person_id for one in known])
    return NOT_FAMILY.problem(errors=faults) if faults else None


async def _faults(
    conn: AsyncConnection, channel: Channel, payer: Due | None, vouched: Vouched, named: Sequence[int]
) -> list[FieldError]:
    """Those for whom the payer, who names these relatives, may not pay through the channel."""
    if channel.personal_account is None:
        dues = await store.of_people(conn, vouched.people, vouched.season.coverage_year)
        return list(strangers(channel, payer, vouched.people, dues, named))
    listed = dict(zip(named, vouched.relations, strict=True))
    if payer is not None:
        listed.pop(payer.person_id, None)
    return list(not_listed(channel.personal_account, vouched.people, listed))


async def _relatives(
    conn: AsyncConnection, digests: Digests, attempt: Attempt, vouched: Vouched, now: datetime
) -> list[Due] | Problem:
    """The relatives whom the payer names, or the problem of the first who is not known so."""
    found: list[Due] = []
    for place, one in enumerate(vouched.relatives):
        digest = digest_of(digests, one.id_number, now, f"#/relatives/{place}/id_number")
        due = await find(conn, digests, attempt, one, digest, vouched.season)
        if isinstance(due, Problem):
            refused = f"{_OPERATION}_refused"
            await record_lookup(conn, attempt.caller, operation=refused, at=now, query_digest=digest)
            return due
        await record_lookup(
            conn,
            attempt.caller,
            operation=_OPERATION,
            at=now,
            person_ids=[due.person_id],
            query_digest=digest,
        )
        found.append(due)
    return found

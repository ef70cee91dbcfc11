"""What the steps about cases of this service do."""

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.cases.deciding import Desk
from services.registration.bulletins import drafting as bulletins
from services.registration.cases.rules import GROUND_BACK, GROUND_GONE, KINDS, SAME_PERSON, TWO_DEATHS
from services.registration.contests import deciding as contests
from services.registration.elsewhere import ending, recording
from services.registration.enrollments import cancelling
from services.registration.erasures import erasing
from services.registration.helps import returning, withdrawing
from services.registration.histories import correcting as histories
from services.registration.life_events import doubting
from services.registration.merges.merging import merge_people
from services.registration.merges.proposing import MERGE
from services.registration.moves import moving
from services.registration.notices import supplying
from services.registration.people.store import take_turn
from services.registration.rosters import backdating
from services.registration.scores import entering, signing


async def _hold(conn: AsyncConnection, county: str | None) -> None:
    """Take the county's turn before its case: whoever corrects people has it when a case is opened."""
    if county is not None:
        await take_turn(conn, county)


DESK = Desk(
    KINDS,
    {
        (GROUND_GONE.code, "keep"): contests.keep,
        (GROUND_GONE.code, "withdraw"): contests.withdraw,
        (SAME_PERSON.code, MERGE): merge_people,
        (GROUND_BACK.code, "restore"): contests.restore,
        (GROUND_BACK.code, "leave"): contests.leave,
        (TWO_DEATHS.code, "earlier"): doubting.earlier,
        (TWO_DEATHS.code, "later"): doubting.later,
    },
    operations={
        moving.OPERATION: moving.agree,
        supplying.OPERATION: supplying.agree,
        cancelling.OPERATION: cancelling.agree,
        erasing.OPERATION: erasing.agree,
        backdating.OPERATION: backdating.agree,
        bulletins.OPERATION: bulletins.agree,
        entering.OPERATION: entering.agree,
        entering.WITHDRAWAL: entering.agree_withdrawal,
        signing.OPERATION: signing.agree,
        withdrawing.OPERATION: withdrawing.agree,
        returning.OPERATION: returning.agree,
        recording.OPERATION: recording.agree,
        ending.WITHDRAWAL: ending.agree,
        histories.CORRECTION: histories.agree,
        histories.WHOLE: histories.agree_to_whole,
    },
    refusals={
        bulletins.OPERATION: bulletins.refuse,
        entering.OPERATION: entering.refuse,
        recording.OPERATION: recording.refuse,
        signing.OPERATION: signing.refuse,
    },
    scopes={
        moving.OPERATION: "registration:write",
        supplying.OPERATION: "notices:write",
        withdrawing.OPERATION: "registration:write",
        returning.OPERATION: "registration:write",
        bulletins.OPERATION: "progress:sign",
        entering.OPERATION: "scores:write",
        entering.WITHDRAWAL: "scores:write",
        signing.OPERATION: "scores:write",
    },
    hold=_hold,
    seeing=("registration:write", "progress:write", "survey:write"),
)

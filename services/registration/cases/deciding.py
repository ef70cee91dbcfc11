"""What the steps about cases of this service do."""

from libs.common.cases.deciding import Desk
from services.registration.cases.rules import GROUND_BACK, GROUND_GONE, KINDS, SAME_PERSON, TWO_DEATHS
from services.registration.contests import deciding as contests
from services.registration.enrollments import cancelling
from services.registration.life_events import doubting
from services.registration.merges.merging import merge_people
from services.registration.merges.proposing import MERGE
from services.registration.moves import moving
from services.registration.notices import supplying
from services.registration.rosters import backdating

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
        backdating.OPERATION: backdating.agree,
    },
    scopes={moving.OPERATION: "registration:write", supplying.OPERATION: "notices:write"},
)

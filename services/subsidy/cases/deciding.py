"""What the steps about cases of this service do."""

from libs.common.cases.deciding import Desk
from services.subsidy.cards.accepting import accept
from services.subsidy.cases.recovering import from_fund, from_person, part_from_person
from services.subsidy.cases.rules import HOLDER_DIFFERS, KINDS, PART_RECOVERY, RECOVERY
from services.subsidy.payout_batches import approving
from services.subsidy.payout_batches.rules import OPERATION

DESK = Desk(
    KINDS,
    {
        (RECOVERY.code, "recovered"): from_person,
        (RECOVERY.code, "from_fund"): from_fund,
        (PART_RECOVERY.code, "recovered"): part_from_person,
        (HOLDER_DIFFERS.code, "accept"): accept,
    },
    operations={OPERATION: approving.agree},
    refusals={OPERATION: approving.refuse},
)

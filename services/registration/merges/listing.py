"""Shows merges: who goes on, who was merged, when, and by which two officers."""

from libs.common.security.masking import mask_name
from services.registration.merges.listed_store import MergeRow
from services.registration.merges.schemas import Merge


def shown(row: MergeRow, *, unmasked: bool) -> Merge:
    """A merge as the API has it; `unmasked` is who may see whole names."""
    waits = row.state == "waiting"
    return Merge(
        case_id=row.case_id,
        county=row.county,
        division_code=row.division_code,
        state=row.state,
        person_id=row.person_id,
        merged_person_id=row.merged_person_id,
        right_person_id=row.right_person_id,
        name=row.name if unmasked else mask_name(row.name),
        opened_at=row.opened_at,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        decided_by=row.second_by if row.state == "merged" and row.second_by else row.decided_by,
        decided_at=row.decided_at,
        reason=row.asked_because if waits else row.decided_because,
        approval_id=row.approval_id if waits else None,
    )

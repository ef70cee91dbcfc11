"""Who acts in a replay: a token for each role, signed with the key of the data directory."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from canbao.embedded_state import EmbeddedState

#: Maker and checker are different people: the approver agrees to refunds, late rosters and values of notices.
ROLES: Mapping[str, tuple[str, ...]] = {
    "operator": (
        # A scenario plays rosters after the day on which they arrived, which only the bureau may say.
        *("registration:read", "registration:write", "registration:decide", "notices:write", "assess"),
        *("survey:read", "survey:write", "tickets:write", "progress:read", "progress:write", "scores:write"),
        *("collection:read", "collection:write", "cash:write", "cash:review", "exchange:write"),
        *("subsidy:read", "subsidy:write", "cards:write", "refunds:write"),
        *("ledger:read", "ledger:write", "ledger:close", "ledger:sign"),
        *("ops:read", "pii:read"),
    ),
    "approver": (
        *("registration:read", "registration:decide", "tickets:read", "notices:write"),
        *("progress:read", "progress:sign", "scores:write"),
        *("subsidy:read", "subsidy:approve", "ledger:read", "ledger:close", "ledger:sign"),
        # Whoever looks at a village batch did not make it.
        *("collection:read", "collection:write", "cash:review"),
    ),
    "unit_clerk": ("units:write",),
    "collector_system": ("exchange:collector",),
    "bureau_system": ("exchange:bureau",),
    "mini_program": ("collection:read", "orders:write", "payers:vouch"),
}
#: The one unit of a scenario that lists its people.
UNIT = "UNIT-1"


def tokens(data_dir: Path) -> dict[str, str]:
    """Issue a token for each role, long enough for the longest replay."""
    key = EmbeddedState(data_dir).signing_key()
    return {
        role: key.issue(
            f"replay-{role}", scopes, "*", role=role, lifetime=timedelta(hours=24),
            unit=UNIT if role == "unit_clerk" else "",
        )
        for role, scopes in ROLES.items()
    }  # fmt: skip

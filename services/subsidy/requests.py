"""What the requests of all rooms have in common: who asks, the account vault, the page wanted."""

from typing import Annotated, Any

from fastapi import Depends, Query

from libs.common.observability.correlation import correlation_id
from libs.common.web.app import context_of
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards.vault import AccountVault
from services.subsidy.entitlements.recording import Cause

Context = Annotated[SubsidyContext, Depends(context_of)]
County = Annotated[str | None, Query(description="Only this county.", max_length=40, examples=["huining"])]
Year = Annotated[int | None, Query(description="Only this coverage year.", ge=2000, le=2100, examples=[2021])]
After = Annotated[
    int, Query(description="Give what comes after this id: `next_after` of the page before.", ge=0)
]
Limit = Annotated[int, Query(description="At most this many.", ge=1, le=1000)]


async def vault_of(context: Context) -> AccountVault:
    """The vault of account numbers."""
    return context.parts.vault


Vault = Annotated[AccountVault, Depends(vault_of)]


def cause() -> Cause:
    """What facts of this request are traced back to."""
    return Cause(correlation_id=correlation_id())


def next_after(rows: list[dict[str, Any]], limit: int, name: str) -> int | None:
    """Where the next page begins; None when this was the last."""
    return rows[-1][name] if len(rows) == limit else None

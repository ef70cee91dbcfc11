"""What the requests of all rooms have in common: who asks, the account vault, the page wanted."""

from typing import Annotated

from fastapi import Depends, Query

from libs.common.bus.outbox import Cause
from libs.common.observability.correlation import correlation_id
from libs.common.security.access import require
from libs.common.security.caller import Caller
from libs.common.web.app import context_of
from libs.common.web.schemas import CountyCode, CoverageYear
from services.subsidy.assembly import SubsidyContext
from services.subsidy.cards.vault import AccountVault

Context = Annotated[SubsidyContext, Depends(context_of)]
Reader = Annotated[Caller, require("subsidy:read")]
Writer = Annotated[Caller, require("subsidy:write")]
Approver = Annotated[Caller, require("subsidy:approve")]
County = Annotated[CountyCode | None, Query(description="only this county", examples=["huining"])]
Year = Annotated[CoverageYear | None, Query(description="only this coverage year", examples=[2021])]


async def vault_of(context: Context) -> AccountVault:
    """The vault of account numbers."""
    return context.parts.vault


Vault = Annotated[AccountVault, Depends(vault_of)]


def cause() -> Cause:
    """What facts of this request are traced back to."""
    return Cause(correlation_id=correlation_id())

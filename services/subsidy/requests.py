"""What the requests of all rooms have in common: who asks, which county and year, and the page wanted."""

from typing import Annotated

from fastapi import Depends, Query

from libs.common.bus.outbox import Cause
from libs.common.observability.correlation import correlation_id
from libs.common.security.access import require
from libs.common.security.caller import Caller
from libs.common.web.app import context_of
from libs.common.web.schemas import CountyCode, CoverageYear
from services.subsidy.assembly import SubsidyContext

Context = Annotated[SubsidyContext, Depends(context_of)]
Reader = Annotated[Caller, require("subsidy:read")]
Writer = Annotated[Caller, require("subsidy:write")]
CardWriter = Annotated[Caller, require("cards:write")]
Asker = Annotated[Caller, require("refunds:write")]
Approver = Annotated[Caller, require("subsidy:approve")]
OfCounty = Annotated[CountyCode | None, Query(description="Only this county.", examples=["huining"])]
OfYear = Annotated[CoverageYear | None, Query(description="Only this coverage year.", examples=[2021])]


def cause() -> Cause:
    """What facts of this request are traced back to."""
    return Cause(correlation_id=correlation_id())

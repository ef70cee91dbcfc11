"""What operations depend on: the context of the service, and who may call."""

from typing import Annotated

from fastapi import Depends

from libs.common.security.access import require, require_any
from libs.common.security.caller import Caller
from libs.common.web.app import context_of
from services.collection.assembly import CollectionContext

Context = Annotated[CollectionContext, Depends(context_of)]

#: A mini-program backend or an operator who may read.
Reader = Annotated[Caller, require_any("orders:write", "collection:read")]
Payer = Annotated[Caller, require("orders:write")]
#: The clerk of a unit, for the people on its list alone.
UnitClerk = Annotated[Caller, require("units:write")]
Officer = Annotated[Caller, require("collection:read")]
#: A unit for itself, or an officer for the units of the own division.
UnitReader = Annotated[Caller, require_any("units:write", "collection:read")]
#: Who may see, and print, full names of a whole division.
Clear = Annotated[Caller, require("collection:read", "pii:read")]
#: Who sees to what the system could not handle; officers see it, too.
Watcher = Annotated[Caller, require_any("collection:read", "ops:read")]
Mender = Annotated[Caller, require_any("collection:write", "ops:write")]
Maker = Annotated[Caller, require("collection:write")]
#: Who looks after the secrets of channels.
ChannelKeeper = Annotated[Caller, require("channels:write")]
#: Who takes money by hand and brings it to the bank, and who looks after them.
Cashier = Annotated[Caller, require("cash:write")]
CashReviewer = Annotated[Caller, require("cash:review")]
CashReader = Annotated[Caller, require_any("cash:write", "cash:review", "collection:read")]
SlipReader = Annotated[Caller, require_any("cash:review", "collection:read")]
#: Who moves numbers of paper; which kinds of moves, the operation looks at.
Clerk = Annotated[Caller, require_any("cash:write", "cash:review")]
#: Who makes batches for a collector and the bureau; who sees them, a party's own machine among them; and who
#: answers, for which party the operation looks at.
Exchanger = Annotated[Caller, require("exchange:write")]
ExchangeReader = Annotated[
    Caller, require_any("exchange:read", "exchange:write", "exchange:collector", "exchange:bureau")
]
ExchangeParty = Annotated[Caller, require_any("exchange:collector", "exchange:bureau")]

"""What operations depend on: the context of the service, and who may call."""

from typing import Annotated, Any

from fastapi import Depends

from libs.common.security.access import require
from libs.common.security.caller import Caller
from libs.common.web.app import context_of
from libs.common.web.catalogue import SCOPE_MISSING
from services.collection.assembly import CollectionContext


def require_any(*scopes: str) -> Any:
    """A dependency that yields the Caller if the token carries at least one of `scopes`."""

    async def check(caller: Annotated[Caller, require()]) -> Caller:
        if not any(caller.may(scope) for scope in scopes):
            raise SCOPE_MISSING.problem(
                f"This operation needs one of the scopes {', '.join(scopes)}.",
                f"此操作需要下列权限之一：{'、'.join(scopes)}。",
                required_scope=" ".join(scopes),
            )
        return caller

    return Depends(check)


Context = Annotated[CollectionContext, Depends(context_of)]

#: A mini-program backend or an operator who may read.
Reader = Annotated[Caller, require_any("orders:write", "collection:read")]
Payer = Annotated[Caller, require("orders:write")]
Officer = Annotated[Caller, require("collection:read")]
#: Who may see, and print, full names of a whole division.
Clear = Annotated[Caller, require("collection:read", "pii:read")]
Maker = Annotated[Caller, require("collection:write")]
#: Who takes money by hand and brings it to the bank, and who looks after them.
Cashier = Annotated[Caller, require("cash:write")]
CashReviewer = Annotated[Caller, require("cash:review")]
CashReader = Annotated[Caller, require_any("cash:write", "cash:review", "collection:read")]
#: Who moves numbers of paper; which kinds of moves, the operation looks at.
Clerk = Annotated[Caller, require_any("cash:write", "cash:review")]

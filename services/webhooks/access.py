"""Who may see subscriptions, and who may have something sent to an address."""

from typing import Annotated

from fastapi import Depends

from libs.common.security.access import require
from libs.common.security.caller import Caller
from libs.common.web.app import context_of
from services.webhooks.assembly import WebhooksContext

Reader = Annotated[Caller, require("webhooks:read")]
Writer = Annotated[Caller, require("webhooks:write")]
Context = Annotated[WebhooksContext, Depends(context_of)]

"""Assembles the made-up service: its one operation and its background work."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from libs.common.bus.relay import relay
from libs.common.db.rows import fetch_value, statement
from libs.common.service import AnyContext, AsgiApp, Worker
from libs.common.web.app import context_of, create_service_app, routes_of

router = APIRouter(tags=["greetings"])

_WORDS = statement("SELECT words FROM greetings")


class Greeting(BaseModel):
    """What is said."""

    words: str


@router.get("/v1/greetings", summary="Say good day.")
async def greet(context: Annotated[AnyContext, Depends(context_of)]) -> Greeting:
    """Read the words from the service's own database."""
    async with context.engine.connect() as conn:
        return Greeting(words=await fetch_value(conn, str, _WORDS) or "")


def create_app(context: AnyContext) -> AsgiApp:
    """Make the web application."""
    return create_service_app(
        context, title="Greetings", description="Says good day.", routes=routes_of(router)
    )


def workers(context: AnyContext) -> list[Worker]:
    """Make the background work."""
    return [relay(context)]

"""What intake is measured against: the same door as it is usually built, by the books of its libraries.

A FastAPI route with a Pydantic model, the `standardwebhooks` library, and a session of SQLAlchemy's ORM for
each request, which stores the notification as it came and commits. There is no queue, digest or seal; uvicorn
writes its usual log.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, Field
from sqlalchemy import JSON, BigInteger, DateTime, Identity, LargeBinary, Text, UniqueConstraint
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from standardwebhooks import Webhook, WebhookVerificationError

#: Connections that its pool keeps; SQLAlchemy opens ten more by itself when they do not do.
POOL = 16


class Base(DeclarativeBase):
    """The tables of this application."""


class StoredNotification(Base):
    """A notification as it came."""

    __tablename__ = "notifications"
    __table_args__ = (UniqueConstraint("channel", "transaction_no"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel: Mapped[str] = mapped_column(Text)
    transaction_no: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, Any]] = mapped_column(JSON)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Item(BaseModel):
    """The part for one person."""

    id_number: str = Field(min_length=5, max_length=32)
    name: str = Field(min_length=1, max_length=100)
    amount_fen: int = Field(gt=0)


class Payment(BaseModel):
    """Money that the channel has taken."""

    transaction_no: str = Field(max_length=64)
    paid_at: datetime
    amount_fen: int = Field(gt=0)
    county: str
    coverage_year: int
    items: list[Item]


class Message(BaseModel):
    """The body of a notification."""

    type: str
    timestamp: str
    data: Payment


class Accepted(BaseModel):
    """The answer."""

    payment_id: int
    status: str


def common_app(url: str, secret: str) -> FastAPI:
    """The application; `url` is the database."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=POOL)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    webhook = Webhook(secret)
    app = FastAPI()

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    @app.post("/v1/channels/{channel}/notifications", status_code=202)
    async def notify(
        channel: str, message: Message, request: Request, db: Annotated[AsyncSession, Depends(session)]
    ) -> Accepted:
        raw, headers = await request.body(), dict(request.headers)
        try:
            webhook.verify(raw, headers)
        except WebhookVerificationError as error:
            raise HTTPException(401, "The signature does not match.") from error
        stored = StoredNotification(
            channel=channel,
            transaction_no=message.data.transaction_no,
            headers={name: text for name, text in headers.items() if name.startswith("webhook-")},
            raw=raw,
            received_at=datetime.now(UTC),
        )
        db.add(stored)
        await db.commit()
        return Accepted(payment_id=stored.id, status="accepted")

    return app


async def serve_common(url: str, port: int, secret: str) -> None:
    """Make its table, and be its one worker, as `uvicorn` runs it by itself."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"))
    async with engine.begin() as conn:
        await conn.run_sync(Base.metadata.create_all)
    await engine.dispose()
    await uvicorn.Server(uvicorn.Config(common_app(url, secret), port=port)).serve()

"""What is shown of the audit, the same in every service."""

from pydantic import ConfigDict, Field, JsonValue

from libs.common.web.schemas import Answer, Instant, Page

_LOOKUP: dict[str, JsonValue] = {
    "lookup_id": 90210,
    "looked_up_at": "2020-12-15T10:00:00+08:00",
    "subject": "township-1",
    "role": "township_officer",
    "division": "620422101",
    "operation": "get_person",
    "purpose": None,
    "person_id": 4711,
    "query_digest": None,
    "correlation_id": "5f1c2a7e9b0d4c3f8a6e1d2b3c4f5a69",
    "note": None,
    "seal": 12,
}
_SEAL: dict[str, JsonValue] = {
    "number": 12,
    "from_id": 88001,
    "to_id": 98000,
    "lookups": 10000,
    "previous_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "sha256": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
    "sealed_at": "2020-12-15T10:00:02+08:00",
}


class LookedUp(Answer):
    """Who saw whom, when, through which operation, and what for.

    `division` is that of who looked, as a prefix of division codes; empty is everywhere. `query_digest`
    stands for what was searched for. A name that ends in `_refused` says that it was not shown. `seal` is the
    number of the seal that covers the row; null until one does. An instant that no calendar has is null.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_LOOKUP]})

    lookup_id: int
    looked_up_at: Instant | None
    subject: str
    role: str
    division: str
    operation: str
    purpose: str | None
    person_id: int | None
    query_digest: str | None
    correlation_id: str | None
    note: str | None
    seal: int | None


class LookupPage(Page[LookedUp]):
    """Look-ups, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_LOOKUP], "next_after": None}]})


class LookupSeal(Answer):
    """A seal over look-ups: the hash of the seal before and of every row from `from_id` to `to_id`."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SEAL]})

    number: int
    from_id: int
    to_id: int
    lookups: int = Field(description="how many rows it covers")
    previous_sha256: str
    sha256: str
    sealed_at: Instant


class LookupSealPage(Page[LookupSeal]):
    """Seals, the newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_SEAL], "next_after": None}]})


class LookupSealVerification(Answer):
    """Whether the rows that a seal covers, and the seal before it, still say what was sealed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"number": 12, "holds": True, "sha256": _SEAL["sha256"], "lookups": 10000}]
        }
    )

    number: int
    holds: bool
    sha256: str | None = Field(description="as the rows say it now; null if none of them is left")
    lookups: int = Field(description="how many rows there are now")

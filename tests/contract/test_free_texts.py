"""Every text of a request is masked at the door, or stands here with the reason why it need not be."""

from collections.abc import Iterator
from typing import Any

import pytest

from canbao.definitions import SERVICES
from canbao.documents import application, openapi_of

Json = dict[str, Any]

#: Words of ours and codes of notices, divisions, channels and banks: none is written freely.
WORDS = """
    county division_code division_prefix status class department stationed code add_ons[] step kind owner
    payer payee bank voucher channel notice_channel account profile month deadline_id resource_type
    event_type original_type algorithm
    item percent section row party ground proofs[] insured_in
"""
#: What names a person or an account: it lies sealed or as a digest, and enters no fact.
NAMES = """
    id_number number wrong_number right_number other_number payee_id_number name holder account_no address
    head guardian file ciphertext phone
"""
#: Numbers and signatures that are of use only as they are.
NUMBERS = {
    "idempotency-key": "the caller's own",
    "webhook-id": "the channel's own",
    "webhook-timestamp": "an instant",
    "webhook-signature": "of the body",
    "wechatpay-serial": "of a key",
    "wechatpay-timestamp": "an instant",
    "wechatpay-nonce": "by chance",
    "wechatpay-signature": "of the body",
    "timestamp": "an instant",
    "create_time": "an instant",
    "nonce": "by chance",
    "associated_data": "of the encryption",
    "id": "the channel's own",
    "summary": "kept sealed with the notification, and nowhere else",
    "notify_id": "the channel's own",
    "app_id": "of a merchant",
    "openid": "who pays, as the channel calls them: it goes on to the channel, and is kept nowhere",
    "payer_ip": "goes on to the channel, and is kept nowhere",
    "public_key": "of a key, its public part",
    "seller_id": "of a merchant",
    "trade_no": "the channel's own; a fact masks it",
    "out_trade_no": "ours",
    "out_biz_no": "whole where the return is kept; a fact masks it",
    "trade_status": "a word of the channel, kept sealed with the notification, and nowhere else",
    "total_amount": "an amount",
    "refund_fee": "an amount",
    "gmt_payment": "an instant",
    "gmt_refund": "an instant",
    "charset": "how the body is written",
    "sign": "of the body",
    "signature": "of the body",
    "encoding": "how the body is written",
    "signpubkeycert": "of a key",
    "txntype": "a code of the channel",
    "respcode": "a code of the channel",
    "currencycode": "a code of the channel",
    "merid": "of a merchant",
    "orderid": "ours",
    "queryid": "the channel's own; a fact masks it",
    "origqryid": "the channel's own; a fact masks it",
    "txnamt": "an amount",
    "txntime": "an instant",
    "tracetime": "an instant",
    "after": "where a list goes on",
    "household_no": "files are matched by it; it enters no fact",
    "voucher_no": "printed by a tax office",
    "first_no": "printed by a tax office",
    "last_no": "printed by a tax office",
    "code": "printed beside the number",
    "transaction_no": "whole where the payment is kept; a fact masks it",
    "request_no": "our number of a refund by a channel, whole where it is kept; a fact masks it",
    "return_no": "whole where the return is kept; a fact masks it",
    "reference": "of a slip, by which the bank's own word about the same money is known; a fact masks it",
    "rule": "a word of the notice",
    "before": "names a notice, by its county and year",
    "unit_code": "ours",
    "whole_place": "digits of a code of divisions",
    "text_id": "a word of the notice",
    "order_no": "ours",
    "certificate_no": "ours",
    "sha256": "of a paper of ours",
    "url": "of a system, which is called by it",
    "subject": "who looked, as the token names them; only compared",
    "operation": "a name of ours; only compared",
}
#: Bodies that are a file.
FILES = {
    "register_cards",
    "take_debit_results",
    "take_payout_results",
    "take_results_of_batches",
    "take_results_of_debit_batches",
    "read_fund_arrivals",
    "read_cards",
    "read_match_arrivals",
    "read_party_figures",
    "take_exchange_answers",
}

NEED_NOT = FILES.union(WORDS.split(), NAMES.split(), NUMBERS)


def texts(service: str) -> Iterator[tuple[str, Json]]:
    """Every text that a request of a service may carry: `member` or `operation` and its schema."""
    document = openapi_of(application(service))
    schemas = document["components"]["schemas"]  # type: ignore[index,call-overload]
    for item in document["paths"].values():  # type: ignore[union-attr]
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                yield from _texts(parameter["schema"], parameter["name"], schemas, ())
            for media in operation.get("requestBody", {}).get("content", {}).values():
                yield from _texts(media.get("schema", {}), operation["operationId"], schemas, ())


def _texts(schema: Json, name: str, schemas: Json, above: tuple[str, ...]) -> Iterator[tuple[str, Json]]:
    if "$ref" in schema:
        of = schema["$ref"].rsplit("/", 1)[1]
        if of not in above:
            yield from _texts(schemas[of], name, schemas, (*above, of))
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _texts({**_said(schema), **choice}, name, schemas, above)
    for member, below in schema.get("properties", {}).items():
        yield from _texts(below, member, schemas, above)
    if isinstance(schema.get("items"), dict):
        yield from _texts(schema["items"], f"{name}[]", schemas, above)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _texts(schema["additionalProperties"], name, schemas, above)
    free = not {"enum", "const"} & schema.keys() and schema.get("format") not in ("date", "date-time")
    if schema.get("type") == "string" and free:
        yield name.lower(), schema


def _said(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key.startswith("x-")}


#: Texts that are written freely, where they are other ones; the console has no operations of its own.
FREELY = {"ledger": {"forced_reason"}, "console": set(), "webhooks": {"note"}}


@pytest.mark.parametrize("service", SERVICES)
class TestTexts:
    def test_are_masked_or_need_not_be(self, service):
        found = {name for name, schema in texts(service) if not schema.get("x-masked")}
        assert not found - NEED_NOT

    def test_that_are_written_freely_were_found(self, service):
        masked = {name for name, schema in texts(service) if schema.get("x-masked")}
        assert FREELY.get(service, {"reason", "note"}) <= masked


class TestLists:
    def test_name_nothing_that_is_gone(self):
        found = {name for service in SERVICES for name, _ in texts(service)}
        assert not NEED_NOT - found

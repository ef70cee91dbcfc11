"""JSON Schemas of all facts that travel on the bus, and one AsyncAPI 3 document of them.

Everything is generated from `CATALOG`; docs/events holds the committed result.
"""

import json
from collections.abc import Mapping

import yaml

from libs.common.events import CATALOG, TOPICS
from libs.common.events.envelope import Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: What the key of a topic's messages is: messages of one key keep their order.
KEYS = {
    "canbao.registration": "`person_id` in decimal digits",
    "canbao.collection": "`person_id`, or `payment-<payment_id>` where nobody is known",
    "canbao.subsidy": "`person_id`; `payment_id` of unknown people's money, `<county>:<payer>` of payers'",
    "canbao.ledger": "`<county>:<deadline_id>`",
}

#: Which service listens to which topic.
READERS = {
    "registration": ("canbao.collection", "canbao.subsidy"),
    "collection": ("canbao.registration", "canbao.subsidy"),
    "subsidy": ("canbao.registration", "canbao.collection"),
    "ledger": ("canbao.registration", "canbao.collection", "canbao.subsidy"),
    "webhooks": TOPICS,
}

_HEADERS = {
    "type": "object",
    "description": "CloudEvents 1.0 in the binary mode of its Kafka binding.",
    "required": ["ce_id", "ce_source", "ce_specversion", "ce_type", "ce_time", "content-type"],
    "properties": {
        "ce_id": {"type": "string", "description": "Unique per source; a reader drops what it has seen."},
        "ce_source": {"type": "string", "examples": ["canbao/registration"]},
        "ce_specversion": {"const": "1.0"},
        "ce_type": {"type": "string", "enum": sorted(CATALOG)},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "ce_subject": {"type": "string"},
        "ce_correlationid": {"type": "string", "description": "The request or file that set it off."},
        "ce_causationid": {"type": "string", "description": "The event that set it off."},
        "ce_traceparent": {
            "type": "string",
            "description": "The span that published it (W3C Trace Context), where traces are exported.",
        },
        "content-type": {"const": "application/json"},
    },
}

_ABOUT = (
    "Facts in the past tense that the services publish, one topic per service. Delivery is at least once and "
    "in order per key; there is no order across topics. A fact only ever gains optional members, else it "
    "becomes a new type beside the old one. Amounts are integer fen; instants carry an offset; no fact "
    "holds an identity or account number."
)

#: One published example of a type's data, by type.
Samples = Mapping[str, Mapping[str, object]]


def documents(samples: Samples) -> dict[str, str]:
    """Every generated document: path below docs/events -> text; `samples` become the examples."""
    texts = {f"schemas/{name}.json": _json(json_schema(fact)) for name, fact in sorted(CATALOG.items())}
    return {"asyncapi.yaml": _yaml(asyncapi(samples)), **texts}


def json_schema(fact: type[Fact]) -> dict[str, object]:
    """The JSON Schema of a fact's data."""
    # As a reader sees it: what a later release added may be absent, what it does not know it ignores.
    schema = fact.model_json_schema(mode="validation")
    return {
        "$schema": DIALECT,
        "$id": f"urn:canbao:event:{fact.type}",
        **schema,
        "additionalProperties": True,
    }


def asyncapi(samples: Samples) -> dict[str, object]:
    """The AsyncAPI 3 document of all topics, messages and who sends and receives them."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Canbao events",
            "version": "1.0.0",
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "production": {
                "host": "kafka:9092",
                "protocol": "kafka",
                "description": "CANBAO_KAFKA_BOOTSTRAP; the embedded bus carries the same messages.",
            }
        },
        "channels": {_service(topic): _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {fact.__name__: _message(fact, samples.get(fact.type)) for fact in CATALOG.values()},
            "schemas": {"CloudEventHeaders": _HEADERS},
        },
    }


def facts_of(topic: str) -> list[type[Fact]]:
    """The facts that travel on a topic, in the order of the catalog."""
    return [fact for fact in CATALOG.values() if fact.topic == topic]


def _service(topic: str) -> str:
    return topic.removeprefix("canbao.")


def _channel(topic: str) -> dict[str, object]:
    return {
        "address": topic,
        "description": f"Facts of the {_service(topic)} service. Key: {KEYS[topic]}.",
        "messages": {
            fact.__name__: {"$ref": f"#/components/messages/{fact.__name__}"} for fact in facts_of(topic)
        },
        "bindings": {"kafka": {"topic": topic, "bindingVersion": "0.5.0"}},
    }


def _operations() -> dict[str, object]:
    sends = {
        f"{_service(topic)}Sends": {
            "action": "send",
            "channel": {"$ref": f"#/channels/{_service(topic)}"},
            "summary": f"The {_service(topic)} service publishes what it decided.",
        }
        for topic in TOPICS
    }
    receives = {
        f"{reader}ReceivesFrom{_service(topic).capitalize()}": {
            "action": "receive",
            "channel": {"$ref": f"#/channels/{_service(topic)}"},
            "summary": f"The {reader} service listens to the {_service(topic)} service.",
            "bindings": {"kafka": {"groupId": {"type": "string"}, "bindingVersion": "0.5.0"}},
        }
        for reader, topics in READERS.items()
        for topic in topics
    }
    return {**sends, **receives}


def _message(fact: type[Fact], sample: Mapping[str, object] | None) -> dict[str, object]:
    summary, _, description = (fact.__doc__ or "").strip().partition("\n")
    message = {
        "name": fact.type,
        "title": fact.__name__,
        "summary": summary,
        "description": " ".join(description.split()),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"./schemas/{fact.type}.json"},
        "correlationId": {"location": "$message.header#/ce_correlationid"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": KEYS[fact.topic]},
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": "published", "payload": dict(sample)}] if sample else None,
    }
    return {name: value for name, value in message.items() if value}


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _yaml(document: object) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110)

"""Completes the examples of answers with the members that are null, as they are sent."""

from collections.abc import Mapping

from pydantic import JsonValue

Schema = Mapping[str, JsonValue]


def completed(value: JsonValue, schema: JsonValue, schemas: Schema) -> JsonValue:
    """Give an example with null for each member that its schema requires, may be null, and it leaves out."""
    described = _resolved(schema, schemas)
    choices = described.get("anyOf")
    if isinstance(choices, list):
        fitting = [choice for choice in choices if not _is_null(choice)]
        return completed(value, fitting[0], schemas) if len(fitting) == 1 and value is not None else value
    if isinstance(value, list):
        return [completed(item, described.get("items"), schemas) for item in value]
    members = described.get("properties")
    if not (isinstance(value, dict) and isinstance(members, dict)):
        return value
    required = described.get("required")
    filled = {name: completed(given, members.get(name), schemas) for name, given in value.items()}
    absent = [name for name in required if name not in filled] if isinstance(required, list) else []
    return filled | {str(name): None for name in absent if _may_be_null(members.get(str(name)))}


def _resolved(schema: JsonValue, schemas: Schema) -> Schema:
    while isinstance(schema, dict) and isinstance(reference := schema.get("$ref"), str):
        schema = schemas[reference.rsplit("/", 1)[1]]
    return schema if isinstance(schema, dict) else {}


def _may_be_null(schema: JsonValue) -> bool:
    choices = schema.get("anyOf") if isinstance(schema, dict) else None
    return isinstance(choices, list) and any(map(_is_null, choices))


def _is_null(schema: JsonValue) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"

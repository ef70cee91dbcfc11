"""Makes the schemas of an OpenAPI document fit for generators of clients in other languages."""

from collections.abc import Iterator

from pydantic import JsonValue

#: Beyond this, a number needs 64 bits.
_LARGEST_INT32 = 2**31 - 1
_LARGEST_INT64 = 2**63 - 1
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_SCHEMAS_BY_NAME = ("properties", "patternProperties", "$defs")
_SCHEMAS_IN_LIST = ("anyOf", "oneOf", "allOf", "prefixItems")
_ONE_SCHEMA = ("items", "additionalProperties", "not")

Object = dict[str, JsonValue]


def make_portable(document: Object) -> None:
    """Give every whole number its width, and take away titles that only repeat the name of a member.

    Without a width Java reads an integer as one of 32 bits, and ids and sums have 64; from a title like
    `Timestamp` generators make a class of that name, which then stands in the way of their own.
    """
    for schema in list(_schemas(document, inside=False)):
        kind = schema.get("type")
        if kind == "integer" or (isinstance(kind, list) and "integer" in kind):
            _state_width(schema)
        for name, member in _members(schema):
            if member.get("title") == name.replace("_", " ").title():
                del member["title"]


def _state_width(schema: Object) -> None:
    for name in _BOUNDS:
        bound = schema.get(name)
        if isinstance(bound, float):
            schema[name] = int(bound)
        if isinstance(bound, int | float) and bound >= _LARGEST_INT64:
            del schema[name]  # as a fraction it is not even exact; the format says the same
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    fits = isinstance(most, int) and most <= _LARGEST_INT32
    schema.setdefault("format", "int32" if fits else "int64")


def _members(schema: Object) -> Iterator[tuple[str, Object]]:
    members = schema.get("properties")
    if isinstance(members, dict):
        yield from ((name, member) for name, member in members.items() if isinstance(member, dict))


def _schemas(part: JsonValue, *, inside: bool) -> Iterator[Object]:
    """Every schema below a part of the document; `inside` says that the part is one itself."""
    if isinstance(part, list):
        for item in part:
            yield from _schemas(item, inside=inside)
    elif isinstance(part, dict) and not inside:
        for name, below in part.items():
            if name == "schema":
                yield from _schemas(below, inside=True)
            elif name == "schemas" and isinstance(below, dict):
                for schema in below.values():
                    yield from _schemas(schema, inside=True)
            elif name not in ("example", "examples"):
                yield from _schemas(below, inside=False)
    elif isinstance(part, dict):
        yield part
        for name in _SCHEMAS_BY_NAME:
            several = part.get(name)
            if isinstance(several, dict):
                for schema in several.values():
                    yield from _schemas(schema, inside=True)
        for name in (*_SCHEMAS_IN_LIST, *_ONE_SCHEMA):
            yield from _schemas(part.get(name), inside=True)

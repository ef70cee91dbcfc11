"""Messages that this service writes down for the matcher itself, by types that are taken from nobody."""

from collections.abc import Collection

import orjson


def is_of(raw: bytes, types: Collection[str]) -> bool:
    """Whether what was stored is of one of these types.

    What a channel signed never is: of a member that comes twice the last one counts, here as at the door.
    """
    begins = tuple(b'{"type":"%b"' % one.encode() for one in types)
    return raw.startswith(begins) and orjson.loads(raw)["type"] in types

"""What schemathesis has to know of our documents: how lines of JSON are sent."""

import orjson
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines_of_json(context, value):
    """A list as lines, anything else as one."""
    lines = value if isinstance(value, list) else [value]
    return b"\n".join(line if isinstance(line, bytes) else orjson.dumps(line) for line in lines)

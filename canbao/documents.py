"""Writes the committed documents that are generated from the code: `python -m canbao.documents`.

docs/events (AsyncAPI and JSON Schemas), docs/openapi (one document per service) and docs/problems.md.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from canbao.definitions import NAMES, definition
from libs.common.clock import SystemClock
from libs.common.events import schemas
from libs.common.security.keys import SigningKey
from libs.common.security.tokens import Authenticator
from libs.common.service import ServiceContext
from libs.common.settings import REPOSITORY
from libs.common.web.problems import PROBLEM_TYPES

DOCS = REPOSITORY / "docs"


def existing_services() -> list[str]:
    """The services that can be assembled."""
    return [name for name in NAMES if find_spec(f"services.{name}.app")]


def application(name: str) -> Any:
    """The web application of a service, assembled without database and bus: only to be described."""
    service = definition(name)
    context = ServiceContext(
        name=name,
        settings=service.settings(),
        engine=_Absent(),
        bus=_Absent(),
        clock=SystemClock(),
        notices={},
        authenticator=Authenticator(SigningKey.generate().jwks()),
        digests=_Absent(),
    )
    return service.create_app(context)


def openapi_of(app: Any) -> dict[str, Any]:
    """The OpenAPI document of an application, also where a raw ASGI endpoint stands in front of FastAPI."""
    while not hasattr(app, "openapi"):
        app = app.api
    return app.openapi()


def event_samples() -> dict[str, Any]:
    """The first published example of every fact: type -> data."""
    return {
        path.parent.name: json.loads(path.read_text()) for path in (DOCS / "events/samples").glob("*/1.json")
    }


def documents() -> dict[Path, str]:
    """Every generated document: path -> text."""
    texts = {DOCS / "events" / path: text for path, text in schemas.documents(event_samples()).items()}
    for name in existing_services():
        document = openapi_of(application(name))
        texts[DOCS / "openapi" / f"{name}.json"] = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    texts[DOCS / "problems.md"] = _problems()  # last: the services have defined theirs by now
    return texts


def main() -> None:
    """Write all documents; say which have changed."""
    for path, text in documents().items():
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(path.relative_to(REPOSITORY))


def _problems() -> str:
    lines = [
        "# Problem types",
        "",
        "Every failure is answered with [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem details",
        "(`application/problem+json`), in English and Chinese. Program against `type`:",
        "it is `urn:canbao:problem:` and the name below, and never changes its meaning. `detail` and",
        "`detail_zh` say what is wrong with this very request and how to mend it; `errors` lists like faults",
        "by JSON Pointer; `correlation_id` finds the request in the logs. This page is generated: `make docs`.",
        "",
        "| status | name | title | how to mend it |",
        "|---|---|---|---|",
    ]
    for kind in sorted(PROBLEM_TYPES.values(), key=lambda kind: (kind.status, kind.slug)):
        titles = f"{kind.title}<br>{kind.title_zh}"
        lines.append(f"| {kind.status} | `{kind.slug}` | {titles} | {kind.mend}<br>{kind.mend_zh} |")
    return "\n".join(lines) + "\n"


class _Absent:
    """Stands where a database, bus or key will be; whoever uses it while describing gets an error."""

    def __repr__(self) -> str:
        return "<absent>"


if __name__ == "__main__":
    main()

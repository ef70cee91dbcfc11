"""Serves the OpenAPI document and its pages at /docs: below any prefix, and without internet."""

import asyncio
from importlib.resources import files

import orjson
from fastapi import FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

# Swagger UI comes with this package; nothing else of it is used.
_ASSETS = "fastapi_offline"


def install(app: FastAPI) -> None:
    """Add /openapi.json and /docs to `app`. Links are relative: a proxy may put it below a prefix."""
    app.mount("/docs-assets", StaticFiles(directory=str(files(_ASSETS) / "static")), name="docs-assets")

    @app.get("/openapi.json", include_in_schema=False)
    async def document() -> Response:
        # In a thread: to describe everything, once, takes more than a second of the processor.
        described = await asyncio.to_thread(app.openapi)
        return Response(orjson.dumps(described), media_type="application/json")

    @app.get("/docs", include_in_schema=False)
    async def swagger_ui() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=f"{app.title} · API",
            swagger_js_url="docs-assets/swagger-ui-bundle.js",
            swagger_css_url="docs-assets/swagger-ui.css",
            swagger_favicon_url="docs-assets/favicon.png",
            swagger_ui_parameters={"displayRequestDuration": True},
        )

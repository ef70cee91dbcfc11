"""Serves the interactive documentation at /docs: below any prefix, and without internet."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

# Swagger UI comes with this package; nothing else of it is used.
_ASSETS = "fastapi_offline"


def install(app: FastAPI) -> None:
    """Add /docs to `app`. Its links are relative, because a proxy may put the service below a prefix."""
    app.mount("/docs-assets", StaticFiles(directory=str(files(_ASSETS) / "static")), name="docs-assets")

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

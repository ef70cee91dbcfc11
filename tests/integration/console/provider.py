"""An OpenID Connect provider for tests: real HTTP, a key of its own, and whatever faults a test asks for."""

import asyncio
import base64
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, HTTPException, Request
from starlette.responses import RedirectResponse, Response

CLIENT, SECRET = "canbao-console", "a-secret-of-two"


@dataclass
class Provider:
    """What it answers, and who signs in at it."""

    issuer: str = ""
    #: Who signs in, beyond what every token says.
    claims: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    #: What its ID tokens say instead of what they should.
    instead: dict[str, Any] = field(default_factory=dict)
    algorithms: tuple[str, ...] = ("RS256", "none", "HS256")
    denies: bool = False
    down: bool = False
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    #: The key that signs, where it is not the one that is published.
    signs: rsa.RSAPrivateKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def id_token(self, asked: dict[str, str], access_token: str) -> str:
        now = int(time.time())
        half = sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="), **self.claims, **self.instead,
        }  # fmt: skip
        if "RS256" not in self.algorithms:
            return jwt.encode(claims, SECRET * 3, "HS256", headers={"kid": "k1"})
        return jwt.encode(claims, self.signs or self.key, "RS256", headers={"kid": "k1"})


def app_of(provider: Provider) -> FastAPI:
    app = FastAPI()

    @app.middleware("http")
    async def watch(request: Request, call_next: Any) -> Response:
        provider.seen.append(request.url.path)
        return Response(status_code=503) if provider.down else await call_next(request)

    @app.get("/.well-known/openid-configuration")
    async def metadata() -> dict[str, Any]:
        paths = {
            "authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
            "userinfo_endpoint": "userinfo", "end_session_endpoint": "leave",
        }  # fmt: skip
        return {
            "issuer": provider.issuer,
            "id_token_signing_alg_values_supported": list(provider.algorithms),
            **{name: f"{provider.issuer}/{path}" for name, path in paths.items()},
        }

    @app.get("/keys")
    async def keys() -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(provider.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT and "openid" in asked["scope"].split()
        code = f"code-{len(provider.codes)}"
        provider.codes[code] = asked
        said = {"error": "access_denied"} if provider.denies else {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(said | {'state': asked['state']})}", 302)

    @app.post("/token")
    async def token(request: Request) -> dict[str, Any]:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        given = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        asked = provider.codes.pop(form["code"], None)
        digest = sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            given != f"{CLIENT}:{SECRET}"
            or asked is None
            or challenge != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            raise HTTPException(400)
        return {
            "access_token": "an-access-token", "token_type": "Bearer",
            "id_token": provider.id_token(asked, "an-access-token"),
        }  # fmt: skip

    @app.get("/userinfo")
    async def userinfo(request: Request) -> dict[str, Any]:
        assert request.headers["authorization"] == "Bearer an-access-token"
        return provider.told

    return app


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[None]:
    """Answer at a free port of this machine."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app_of(provider), log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve([listening]))
    provider.issuer = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        yield
    finally:
        server.should_exit = True
        await task


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

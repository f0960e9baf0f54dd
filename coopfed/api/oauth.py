"""OAuth for machines: codes become tokens, tokens end, and the server's metadata. The page where people consent is
`coopfed.web.consent`. Source: client_api research 3; RFC 6749, 7009, 8414.
"""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from quart import Blueprint, Response, request

from actors.profile import profile_of
from coopfed.api.asking import answer, parameters, speaker
from coopfed.errors import CoopFedError, InvalidInput
from coopfed.features.media.rules import AVATAR
from coopfed.node import Node
from coopfed.oauth import apps, codes, scopes, tokens
from coopfed.oauth.apps import AppRow

_STATUS = {"invalid_client": 401, "unauthorized_client": 403}
_NO_STORE = {"Cache-Control": "no-store"}


def register(api: Blueprint, node: Node) -> None:
    """Adds the routes."""

    @api.post("/oauth/token")
    async def give_token() -> Response:
        asked = await parameters()
        try:
            app = await _client(node, asked)
            return answer(await _granted(node, app, asked), headers=_NO_STORE)
        except CoopFedError as error:
            return _refusal(error)

    @api.post("/oauth/revoke")
    async def revoke_token() -> Response:
        asked = await parameters()
        try:
            app = await _client(node, asked)
            await tokens.revoke(node, app.id, str(asked.get("token") or ""))
        except CoopFedError as error:
            return _refusal(error)
        return answer({}, headers=_NO_STORE)

    @api.get("/oauth/userinfo")
    async def userinfo() -> Response:
        who = await speaker(node, "profile", "read:accounts")
        profile = await node.db.read(profile_of, who.actor.id)
        return answer(
            {
                "iss": f"{node.urls.base}/",
                "sub": who.actor.uri,
                "name": who.actor.name,
                "preferred_username": who.actor.handle,
                "profile": who.actor.url or who.actor.uri,
                "picture": node.urls.portrait(AVATAR, profile.avatar_url),
            }
        )

    @api.get("/.well-known/oauth-authorization-server")
    async def server_metadata() -> Response:
        return answer(_metadata(node.urls.base), headers={"Cache-Control": "public, max-age=3600"})


async def _client(node: Node, asked: dict[str, Any]) -> AppRow:
    """The app that asks: by HTTP Basic, or by parameters. Source: RFC 6749 2.3.1."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = secret = ""
        return await apps.authenticated(node, unquote_plus(client_id), unquote_plus(secret))
    return await apps.authenticated(node, str(asked.get("client_id") or ""), str(asked.get("client_secret") or ""))


async def _granted(node: Node, app: AppRow, asked: dict[str, Any]) -> dict[str, Any]:
    kind = asked.get("grant_type")
    if kind == "authorization_code":
        verifier = str(asked["code_verifier"]) if asked.get("code_verifier") else None
        code, redirect = str(asked.get("code") or ""), str(asked.get("redirect_uri") or "")
        token, granted, made_at = await codes.exchange(node, app, code, redirect, verifier)
    elif kind == "client_credentials":
        wanted = scopes.parse(str(asked.get("scope") or scopes.DEFAULT))
        if not scopes.within(wanted, app.scopes.split()):
            raise InvalidInput("The app was registered with fewer scopes.", reason="invalid_scope")
        granted = " ".join(wanted)
        token, made_at = await tokens.issue_app_token(node, app.id, granted), node.clock.now()
    else:
        reason = "unsupported_grant_type" if kind else "invalid_request"
        raise InvalidInput("The authorization grant type is not supported by the authorization server.", reason=reason)
    return {"access_token": token, "token_type": "Bearer", "scope": granted, "created_at": made_at // 1000}


def _refusal(error: CoopFedError) -> Response:
    """Source: RFC 6749 5.2."""
    if error.status_code >= 500:
        raise error
    status = _STATUS.get(error.reason, 400)
    return answer({"error": error.reason, "error_description": str(error)}, status, _NO_STORE)


def _metadata(base: str) -> dict[str, Any]:
    """Source: RFC 8414 2; `app_registration_endpoint` is Mastodon's own."""
    return {
        "issuer": f"{base}/",
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "app_registration_endpoint": f"{base}/api/v1/apps",
        "scopes_supported": list(scopes.SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "service_documentation": "https://docs.joinmastodon.org/",
    }

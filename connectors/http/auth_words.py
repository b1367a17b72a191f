"""Ways to prove who we are, as a manifest says them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from connectors.settings import Strict


class NoAuth(Strict):
    """The system asks for nothing."""

    type: Literal["none"]


class BasicAuth(Strict):
    """User and password with every request."""

    type: Literal["basic"]
    username: str
    password: str


class BearerAuth(Strict):
    """A fixed token."""

    type: Literal["bearer"]
    token: str


class ApiKeyAuth(Strict):
    """Keys in headers or query parameters."""

    type: Literal["api_key"]
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)


class OAuth2Auth(Strict):
    """A token that is renewed before it runs out: with client credentials, or with a refresh token."""

    type: Literal["oauth2"]
    grant: Literal["client_credentials", "refresh_token"] = "client_credentials"
    token_url: str
    client_id: str
    client_secret: str
    refresh_token: str | None = Field(default=None, description="The first one; later ones are kept by CODI")
    scopes: tuple[str, ...] = ()
    params: dict[str, str] = Field(default_factory=dict, description="More fields of the token request")
    credentials: Literal["body", "basic"] = "body"
    header: str = "Authorization"
    prefix: str = "Bearer "
    early: float = Field(default=60, ge=0, description="Renew this many seconds before it runs out")


Auth = NoAuth | BasicAuth | BearerAuth | ApiKeyAuth | OAuth2Auth

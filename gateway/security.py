"""Security headers, on every response without exception: pages, files, errors, and what services answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.asgi import Message, Send

POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}

HSTS = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def content_security_policy(**changes: str) -> str:
    """The policy, with directives changed by name: `content_security_policy(style_src="'self' 'nonce-…'")`."""
    policy = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}" for name, value in policy.items())


ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# The console's page brings a policy with its nonce; a file with a hashed name may be kept.
UNLESS_SET = (
    (b"content-security-policy", content_security_policy().encode()),
    (b"cache-control", b"no-store"),
)


def with_security_headers(send: Send, *, https: bool) -> Send:
    """A `send` that completes the head of the answer."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            names = {name.lower() for name, _ in headers}
            headers += [header for header in ALWAYS if header[0] not in names]
            headers += [header for header in UNLESS_SET if header[0] not in names]
            if https:
                headers.append(HSTS)
            message["headers"] = headers
        await send(message)

    return send_with_headers

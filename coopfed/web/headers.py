"""What every page and file tells the browser: run nothing, ask nobody else, tell nobody where the reader came from."""

from quart import Response

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Nothing but our own style sheet and pictures: what slipped through the sanitiser would still not run or load."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def guarded(response: Response) -> Response:
    """The response with these headers."""
    response.headers.update(_HEADERS)
    return response

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


_FORM_ACTION = "form-action 'none'"


def guarded(response: Response, *, forms: bool = False, leads_away: bool = False, scripts: bool = False) -> Response:
    """The response with these headers. `forms`: its forms may be sent to this node; `leads_away`: and their answers lead to an app,
    with a scheme of its own or in a window that another page opened, so that neither is forbidden (client_api research 2);
    `scripts`: scripts of ours may run, those in files; none that stands in the page."""
    response.headers.update(_HEADERS)
    if leads_away:
        response.headers["Content-Security-Policy"] = POLICY.replace(f"{_FORM_ACTION}; ", "")
        del response.headers["Cross-Origin-Opener-Policy"]
    elif forms:
        response.headers["Content-Security-Policy"] = POLICY.replace(_FORM_ACTION, "form-action 'self'")
    if scripts:
        response.headers["Content-Security-Policy"] += "; script-src 'self'"
    return response

"""A browser without a screen: it keeps cookies, reads forms and sends them as people would. For pages with forms, over real HTTP."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp


@dataclass(slots=True)
class Form:
    """A form of a page: where it is sent, what it holds already, and the words on its buttons."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._button: tuple[str, str] | None = None
        self._select = self._area = ""
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(known.get("action", ""), known.get("method", "get"))
            self.forms.append(self._open)
        if self._open is None:
            return
        if tag == "input" and known.get("name"):
            if known.get("type") not in ("radio", "checkbox") or "checked" in known:
                self._open.fields[known["name"]] = known.get("value", "")
        elif tag == "textarea":
            self._area, self._text = known["name"], []
        elif tag == "select":
            self._select = known["name"]
        elif tag == "option" and ("selected" in known or self._select not in self._open.fields):
            self._open.fields[self._select] = known.get("value", "")
        elif tag == "button":
            self._button, self._text = (known.get("name", ""), known.get("value", "")), []

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._open is not None and self._button is not None:
            self._open.buttons["".join(self._text).strip()] = self._button
            self._button = None
        elif tag == "textarea" and self._open is not None:
            self._open.fields[self._area] = "".join(self._text).removeprefix("\n")
        if tag == "form":
            self._open = None


@dataclass(slots=True)
class Shown:
    """What the browser shows: status, address, headers, text and forms."""

    status: int
    url: str
    headers: dict[str, str]
    text: str
    forms: list[Form]

    @property
    def path(self) -> str:
        """Path and query of the address."""
        parts = urlsplit(self.url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def form(self, button: str) -> Form:
        """The first form with this button."""
        for found in self.forms:
            if button in found.buttons:
                return found
        raise AssertionError(f"no button {button!r} at {self.url} ({self.status}): {[f.buttons for f in self.forms]}")


class Browser:
    """One browser of one person, in English. Use it as a context manager."""

    def __init__(self, base: str, **headers: str) -> None:
        self.base = base
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            headers={"User-Agent": "Test browser", "Accept-Language": "en", "Accept": "text/html"} | headers,
        )
        self.page = Shown(0, base, {}, "", [])

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.session.close()

    async def open(self, path: str) -> Shown:
        """Goes to an address and follows redirects within the node."""
        return await self._ask("GET", urljoin(self.base, path))

    async def press(self, button: str, **typed: Any) -> Shown:
        """Fills in the form with this button (None: that box is not ticked) and presses it."""
        form = self.page.form(button)
        name, value = form.buttons[button]
        pressed = {name: value} if name else {}
        fields = {key: str(text) for key, text in {**form.fields, **typed, **pressed}.items() if text is not None}
        url = urljoin(self.page.url, form.action or self.page.path)
        return await self._ask(form.method.upper(), url, fields, {"Origin": self.base})

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> Shown:
        """Sends fields as no form of the page would; header names with underscores."""
        given = {name.replace("_", "-").title(): value for name, value in headers.items()}
        return await self._ask("POST", urljoin(self.base, path), fields, given)

    async def _ask(
        self, method: str, url: str, fields: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> Shown:
        for _ in range(8):
            async with self.session.request(method, url, data=fields, headers=headers, allow_redirects=False) as answer:
                text = (await answer.read()).decode()
                location = answer.headers.get("Location", "")
                self.page = Shown(answer.status, url, dict(answer.headers), text, _read(text))
            if answer.status not in (301, 302, 303) or not _is_within(self.base, urljoin(url, location)):
                return self.page
            method, url, fields, headers = "GET", urljoin(url, location), None, None
        raise AssertionError(f"{url} leads in a circle")


def _is_within(base: str, url: str) -> bool:
    return url == base or url.startswith(f"{base}/")


def _read(text: str) -> list[Form]:
    parser = _Forms()
    parser.feed(text)
    return parser.forms

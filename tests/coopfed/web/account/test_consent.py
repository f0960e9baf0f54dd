"""From an app's registration to its token: shut doors first, then as apps do it, with the choice of whom to speak as."""

import base64
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import aiohttp
import pytest

from actors.lookup import ActorRow
from coopfed import limits
from coopfed.features.accounts import store
from coopfed.oauth.apps import OUT_OF_BAND
from coopfed.oauth.tokens import bearer
from tests.coopfed.web.account.conftest import MEMBER, PASSWORD, House
from tests.coopfed.web.account.test_signing_in import signed_in
from tests.support.browser import Browser, Shown
from tests.support.nodes import an_actor

BACK = "exampleapp://signed-in"


class App:
    """An app that talks to the node as apps do."""

    def __init__(self, house: House, session: aiohttp.ClientSession) -> None:
        self.house, self._session = house, session
        self.client: dict[str, Any] = {}

    async def ask(self, method: str, path: str, token: str = "", **options: Any) -> tuple[int, Any]:
        """A request. Status and JSON."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        async with self._session.request(
            method, f"{self.house.node.urls.base}{path}", headers=headers, **options
        ) as got:
            return got.status, await got.json()

    async def register(self, redirect: str = BACK, scopes: str = "read write follow push") -> None:
        """Registers itself."""
        fields = {"client_name": "Example app", "redirect_uris": redirect, "scopes": scopes}
        status, self.client = await self.ask("POST", "/api/v1/apps", data=fields)
        assert status == 200, self.client

    def address(self, **more: str) -> str:
        """Where it sends its reader."""
        query = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": self.client["redirect_uris"][0],
            "scope": "read write follow push",
            **more,
        }
        return f"/oauth/authorize?{urlencode(query)}"

    async def token(self, code: str, **more: str) -> tuple[int, Any]:
        """Exchanges a code."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.client["client_id"],
            "client_secret": self.client["client_secret"],
            "redirect_uri": self.client["redirect_uris"][0],
            **more,
        }
        return await self.ask("POST", "/oauth/token", data=fields)


@pytest.fixture
async def app(house: House) -> AsyncIterator[App]:
    """An app that is registered, and a member who may use it."""
    await house.member()
    async with aiohttp.ClientSession() as session:
        made = App(house, session)
        await made.register()
        yield made


async def consented(house: House, browser: Browser, app: App, actor: ActorRow, **more: str) -> str:
    """Signs in on the way, chooses the actor, allows. The code."""
    page = await browser.open(app.address(**more))
    if "Sign in" in {button for form in page.forms for button in form.buttons}:
        await browser.press("Sign in", email=MEMBER, password=PASSWORD)
    page = await browser.press("Allow", actor=actor.id)
    return answer_of(page)["code"]


def answer_of(page: Shown) -> dict[str, str]:
    """What the app gets at its own address."""
    query = urlsplit(page.headers["Location"]).query
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


# --- shut -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": BACK.upper()},
        {"redirect_uri": ""},
    ],
)
async def test_unknown_app_or_address_gets_a_page_and_no_redirect(
    house: House, app: App, wrong: dict[str, str]
) -> None:
    """RFC 6749 4.1.2.1; security 1.6: letter by letter."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open(app.address(**wrong))
        assert (page.status, "Location" in page.headers) == (400, False)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read everything"}, "invalid_scope"),
        ({"scope": "admin:read"}, "invalid_scope"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
    ],
)
async def test_app_is_told_what_it_asked_wrongly(house: House, app: App, wrong: dict[str, str], error: str) -> None:
    """RFC 6749 4.1.2.1: at its own address, with its state as it was."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        answer = answer_of(await browser.open(app.address(state="a b&c", **wrong)))
        assert (answer["error"], answer["state"], answer["iss"]) == (error, "a b&c", f"{house.node.urls.base}/")


async def test_link_of_an_app_leads_nobody_elsewhere_before_they_signed_in(house: House, app: App) -> None:
    """RFC 9700 4.11.2: whoever registers an app gets no link to this node that leads strangers to a page of theirs."""
    async with house.browser() as browser:
        page = await browser.open(app.address(response_type="token"))

        assert (page.path.partition("?")[0], "Location" in page.headers) == ("/account/sign-in", False)
        answer = answer_of(await browser.press("Sign in", email=MEMBER, password=PASSWORD))
        assert answer["error"] == "unsupported_response_type"


async def test_refusal_reaches_the_app(house: House, app: App) -> None:
    """RFC 6749 4.1.2.1: access_denied."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(app.address(state="s"))
        answer = answer_of(await browser.press("Refuse"))
        assert (answer["error"], answer["state"]) == ("access_denied", "s")


async def test_nobody_lets_an_app_speak_as_whom_they_may_not(house: House, app: App) -> None:
    """security 1.6: the choice of the actor is checked where it arrives."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(app.address())
        other = await an_actor(house.node, "other_member")
        assert (await browser.press("Allow", actor=other.id)).status == 404


@pytest.mark.parametrize(
    "change",
    [
        {"code": "made-up"},
        {"redirect_uri": "exampleapp://other"},
        {"client_secret": "wrong"},
        {"code_verifier": "not asked for"},
        {"grant_type": "password"},
        {"grant_type": ""},
    ],
)
async def test_code_is_exchanged_by_its_own_app_only(house: House, app: App, change: dict[str, str]) -> None:
    """RFC 6749 4.1.3, 5.2."""
    async with house.browser() as browser:
        code = await consented(house, browser, app, house.person)
        status, answer = await app.token(**{"code": code, **change})
        expected = {"client_secret": (401, "invalid_client"), "grant_type": (400, None)}
        wanted, error = expected.get(next(iter(change)), (400, "invalid_grant"))
        assert status == wanted
        assert error is None or answer["error"] == error
        assert (await app.token(code))[0] == 200, "the code is as good as before"


async def test_code_that_comes_twice_ends_its_token(house: House, app: App) -> None:
    """RFC 6749 4.1.2; security 1.6: reuse revokes."""
    async with house.browser() as browser:
        code = await consented(house, browser, app, house.person)
        _status, first = await app.token(code)
        assert (await app.ask("GET", "/api/v1/accounts/verify_credentials", first["access_token"]))[0] == 200

        assert (await app.token(code))[0] == 400
        assert (await app.ask("GET", "/api/v1/accounts/verify_credentials", first["access_token"]))[0] == 401


async def test_code_does_not_outlive_the_password(house: House, app: App) -> None:
    """security 1.6: whoever had the browser for a moment keeps no code to make a token of when its owner has noticed."""
    async with house.browser() as browser:
        code = await consented(house, browser, app, house.person)
        await browser.open("/account/password")
        new = "another boat, more fishes"

        await browser.press("Save the password", old=PASSWORD, password=new, again=new)

        status, answer = await app.token(code)
        assert (status, answer["error"]) == (400, "invalid_grant")


async def test_old_code_is_void(house: House, app: App) -> None:
    """Design 9: ten minutes."""
    async with house.browser() as browser:
        code = await consented(house, browser, app, house.person)
        house.clock.pass_(limits.CODE_SECONDS + 1)
        assert (await app.token(code))[0] == 400


async def test_challenge_asks_for_its_verifier(house: House, app: App) -> None:
    """RFC 7636 4.6: if a challenge was given, the verifier is required."""
    verifier = "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    pkce = {"code_challenge": challenge, "code_challenge_method": "S256"}
    async with house.browser() as browser:
        for wrong in ({}, {"code_verifier": "w" * 64}, {"code_verifier": challenge}):
            code = await consented(house, browser, app, house.person, **pkce)
            assert (await app.token(code, **wrong))[0] == 400
        code = await consented(house, browser, app, house.person, **pkce)
        assert (await app.token(code, code_verifier=verifier))[0] == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"client_name": " ", "redirect_uris": BACK},
        {"client_name": "x"},
        {"client_name": "x", "redirect_uris": "javascript:alert(1)"},
        {"client_name": "x", "redirect_uris": "data:text/html,x"},
        {"client_name": "x", "redirect_uris": "https://a.example/#fragment"},
        {"client_name": "x", "redirect_uris": "no-scheme"},
        {"client_name": "x", "redirect_uris": BACK, "scopes": "everything"},
        {"client_name": "x", "redirect_uris": BACK, "website": "javascript:alert(1)"},
    ],
)
async def test_senseless_registration_is_refused(app: App, fields: dict[str, str]) -> None:
    """client_api 3: 422 with a sentence."""
    status, answer = await app.ask("POST", "/api/v1/apps", data=fields)
    assert (status, bool(answer["error"])) == (422, True)


async def test_registrations_are_bounded(app: App) -> None:
    """security 1.6: rows are not made without end."""
    fields = {"client_name": "x", "redirect_uris": BACK}
    statuses = [(await app.ask("POST", "/api/v1/apps", data=fields))[0] for _ in range(26)]
    assert (statuses[0], statuses[-1]) == (200, 429)


# --- open -------------------------------------------------------------------------------------------------------


async def test_app_speaks_as_whom_its_reader_chose(house: House, app: App) -> None:
    """Issue 5: sign in on the way, choose the cooperative, and the token is its own."""
    async with house.browser() as browser:
        page = await browser.open(app.address(state="x"))
        assert page.path.startswith("/account/sign-in")
        page = await browser.press("Sign in", email=MEMBER, password=PASSWORD)
        assert ("Example app" in page.text, "Fishers" in page.text, "Member" in page.text) == (True, True, True)
        assert "form-action" not in page.headers["Content-Security-Policy"]
        assert "Cross-Origin-Opener-Policy" not in page.headers
        page = await browser.press("Allow", actor=house.cooperative.id)
        assert page.headers["Location"].startswith(f"{BACK}?code=")
        assert answer_of(page)["state"] == "x"

        status, token = await app.token(answer_of(page)["code"])

        assert (status, token["token_type"], token["scope"]) == (200, "Bearer", "read write follow push")
        assert token["created_at"] == house.clock.now() // 1000
        _status, who = await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"])
        assert who["username"] == "fishers"


async def test_person_is_chosen_when_nobody_looks(house: House, app: App) -> None:
    """People come first: whoever just presses Allow speaks as themselves."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(app.address())
        _status, token = await app.token(answer_of(await browser.press("Allow"))["code"])
        _status, who = await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"])
        assert who["username"] == "person"


@pytest.mark.parametrize(
    "redirect",
    [
        "icecubesapp://",
        "oauth2redirect://com.keylesspalace.tusky/",
        "com.tapbots.Ivory.219:/request_token",
        "https://elk.example/api/coop.example/oauth/https%3A%2F%2Felk.example",
        "https://app.example/back?x=1",
    ],
)
async def test_elk_3514_and_others_address_of_the_app_stays_letter_by_letter(
    house: House, app: App, redirect: str
) -> None:
    """client_api quirks 30, 31: any scheme, no rewriting, `?` or `&` only."""
    await app.register(redirect)
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(app.address())
        page = await browser.press("Allow", actor=house.person.id)
        assert page.headers["Location"].startswith(f"{redirect}{'&' if '?' in redirect else '?'}code=")


async def test_toot_copies_the_code_from_the_page(house: House, app: App) -> None:
    """client_api 3, OOB: the code stands in a field to copy from."""
    await app.register(OUT_OF_BAND)
    async with house.browser() as browser:
        await signed_in(house, browser)
        await browser.open(app.address())
        page = await browser.press("Allow", actor=house.person.id)
        code = page.text.split('readonly value="')[1].split('"')[0]
        assert (await app.token(code))[0] == 200


async def test_mastodonpy_331_sends_words_for_nothing(house: House, app: App) -> None:
    """client_api quirk 33: force_login=False, state=None, lang=None."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open(app.address(force_login="False", state="None", lang="None"))
        assert page.path.startswith("/oauth/authorize")
        assert answer_of(await browser.press("Allow"))["state"] == "None"


async def test_forced_sign_in_asks_for_the_password_again(house: House, app: App) -> None:
    """force_login: somebody else at the same browser."""
    async with house.browser() as browser:
        await signed_in(house, browser)
        page = await browser.open(app.address(force_login="true"))
        assert page.path.startswith("/account/sign-in")
        await browser.press("Sign in", email=MEMBER, password=PASSWORD)
        assert browser.page.path.startswith("/oauth/authorize")


@pytest.mark.parametrize("way", ["form", "json", "multipart", "basic"])
async def test_friendica_11415_every_kind_of_body_is_read(house: House, app: App, way: str) -> None:
    """client_api 3, quirk 42: form, JSON, multipart; HTTP Basic."""
    async with house.browser() as browser:
        code = await consented(house, browser, app, house.person)
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": app.client["client_id"],
        "client_secret": app.client["client_secret"],
    }
    options: dict[str, Any] = {"data": fields}
    if way == "json":
        options = {"json": fields}
    elif way == "multipart":
        with aiohttp.MultipartWriter("form-data") as writer:
            for name, value in fields.items():
                writer.append(value).set_content_disposition("form-data", name=name)
        options = {"data": writer}
    elif way == "basic":
        given = f"{quote(fields.pop('client_id'))}:{quote(fields.pop('client_secret'))}".encode()
        options["headers"] = {"Authorization": f"Basic {base64.b64encode(given).decode()}"}
    assert (await app.ask("POST", "/oauth/token", **options))[0] == 200


async def test_app_token_looks_at_its_own_app_only(app: App) -> None:
    """client_api 3, 4: client_credentials; for people's things a person is needed."""
    fields = {"client_id": app.client["client_id"], "client_secret": app.client["client_secret"]}
    status, token = await app.ask("POST", "/oauth/token", data=fields | {"grant_type": "client_credentials"})
    assert (status, token["scope"]) == (200, "read")

    status, shown = await app.ask("GET", "/api/v1/apps/verify_credentials", token["access_token"])
    assert (status, shown["name"], "client_secret" in shown) == (200, "Example app", False)
    assert (await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"]))[0] == 401
    more = fields | {"grant_type": "client_credentials", "scope": "admin:read"}
    assert (await app.ask("POST", "/oauth/token", data=more))[0] == 400


async def test_revoked_token_is_void(house: House, app: App) -> None:
    """RFC 7009: 200 also for an unknown one; another app may not."""
    async with house.browser() as browser:
        _status, token = await app.token(await consented(house, browser, app, house.person))
    known = {"client_id": app.client["client_id"], "client_secret": app.client["client_secret"]}
    await app.register()
    other = {"client_id": app.client["client_id"], "client_secret": app.client["client_secret"]}

    refused = await app.ask("POST", "/oauth/revoke", data=other | {"token": token["access_token"]})
    unknown = await app.ask("POST", "/oauth/revoke", data=known | {"token": "unknown"})
    revoked = await app.ask("POST", "/oauth/revoke", data=known | {"token": token["access_token"]})

    assert (refused[0], refused[1]["error"], unknown, revoked) == (403, "unauthorized_client", (200, {}), (200, {}))
    assert (await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"]))[0] == 401


async def test_app_is_listed_and_ended_on_the_page(house: House, app: App) -> None:
    """Issue 5, part 2: sessions and apps."""
    async with house.browser() as browser:
        _status, token = await app.token(await consented(house, browser, app, house.cooperative))
        await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"])
        page = await browser.open("/account")
        assert ("Example app" in page.text, "speaks as @fishers" in page.text) == (True, True)

        await browser.press("End")

        assert "Example app" not in browser.page.text
        assert (await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"]))[0] == 401


async def test_role_that_is_taken_away_ends_what_the_token_may(house: House, app: App) -> None:
    """api.md 1: the role decides, at each request."""
    async with house.browser() as browser:
        _status, token = await app.token(await consented(house, browser, app, house.cooperative))
    who = await bearer(house.node, f"Bearer {token['access_token']}", "read")
    await house.node.db.write(store.take_role, who.account_id, house.cooperative.id, "editor")

    assert (await app.ask("GET", "/api/v1/accounts/verify_credentials", token["access_token"]))[0] == 403


async def test_metadata_names_the_doors(house: House, app: App) -> None:
    """RFC 8414; Phanpy decides on PKCE by it, Mastodon.py on everything."""
    base = house.node.urls.base
    status, told = await app.ask("GET", "/.well-known/oauth-authorization-server")

    assert (status, told["issuer"], told["token_endpoint"]) == (200, f"{base}/", f"{base}/oauth/token")
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert {"read", "write:statuses", "admin:umbrella"} <= set(told["scopes_supported"])


async def test_app_finds_every_door_by_the_metadata(app: App) -> None:
    """RFC 8414: an app that knows nothing but `/.well-known/oauth-authorization-server` registers, gets a token and ends it."""
    base = app.house.node.urls.base
    _status, told = await app.ask("GET", "/.well-known/oauth-authorization-server")
    register, token, revoke = (
        told[f"{name}_endpoint"].removeprefix(base) for name in ("app_registration", "token", "revocation")
    )
    _status, made = await app.ask("POST", register, data={"client_name": "Another", "redirect_uris": BACK})
    known = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    _status, given = await app.ask("POST", token, data=known | {"grant_type": told["grant_types_supported"][1]})
    look = ("GET", "/api/v1/apps/verify_credentials", given["access_token"])
    assert (await app.ask(*look))[1]["name"] == "Another"

    assert await app.ask("POST", revoke, data=known | {"token": given["access_token"]}) == (200, {})

    assert (await app.ask(*look))[0] == 401


async def test_userinfo_says_who(house: House, app: App) -> None:
    """client_api 3: /oauth/userinfo with the scope profile."""
    await app.register(scopes="profile")
    async with house.browser() as browser:
        _status, token = await app.token(await consented(house, browser, app, house.person, scope="profile"))
    status, told = await app.ask("GET", "/oauth/userinfo", token["access_token"])
    assert (status, told["sub"], told["preferred_username"]) == (200, house.person.uri, "person")
    assert (await app.ask("GET", "/api/v1/timelines/home", token["access_token"]))[0] == 403

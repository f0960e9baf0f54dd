"""What strangers and members write is text on our pages, whatever it looks like."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from actors.lookup import ActorRow
from coopfed.db.models import Actor, Object
from coopfed.db.tx import Tx, table
from coopfed.features.posts.store import PostRow
from coopfed.node import Node
from coopfed.text.sanitise import POLICY_VERSION
from coopfed.web.shown import clean, web_address
from tests.coopfed.web.looking import a_remote_actor, a_remote_post, look, reread, say
from tests.support.nodes import an_actor

TEMPLATES = Path(__file__).resolve().parents[3] / "coopfed" / "web" / "templates"
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'"

object_, actor = table(Object), table(Actor)


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps it."""
        self.found.append((tag, dict(attrs)))


_COPY = re.compile(
    r"https?://(localhost|coop\.example)(:\d+)?/media/copies/[a-z]+/[0-9a-f]{32}/[A-Za-z0-9_-]+(\.small)?"
)
"""A copy that the node itself serves."""


def assert_nothing_runs(text: str) -> None:
    """No script, no handler, no address that runs, no picture or frame from elsewhere, no second style."""
    for tag, attributes in Elements(text).found:
        assert tag not in ("script", "iframe", "object", "embed", "form", "style", "base", "svg", "math"), tag
        assert not [name for name in attributes if name.startswith("on") or name == "style"], attributes
        assert not re.match(r"\s*(javascript|data|vbscript):", attributes.get("href") or "", re.IGNORECASE)
        if tag in ("img", "link") and attributes.get("rel") not in ("canonical", "alternate"):
            address = attributes.get("src") or attributes.get("href") or ""
            assert address.startswith("/static/") or _COPY.fullmatch(address), address


async def test_names_summaries_and_warnings_are_text(node: Node) -> None:
    """security 1: stored cross-site scripting."""
    author = await an_actor(node, "evil", "person", name=EVIL, summary=EVIL)
    post = await say(node, author, f"{EVIL} #x", summary=EVIL)
    stranger = await a_remote_actor(node, name=EVIL, summary=EVIL)
    await a_remote_post(node, stranger, f"<p>{EVIL}</p>", answers=post, summary=EVIL)

    pages = [await look(node, path) for path in ("/", "/@evil", f"/@evil/{post.id}", "/tags/x", f"/{EVIL}?lang={EVIL}")]

    assert [page.status for page in pages] == [200, 200, 200, 200, 404]
    for page in pages:
        assert_nothing_runs(page.text)
        assert "<script>" not in page.text


async def test_an_address_that_runs_is_no_link(node: Node, cooperative: ActorRow) -> None:
    """Also when it got past the readers into a row: pages do not depend on them."""
    stranger = await a_remote_actor(node)
    question = await say(node, cooperative, "Yes?")
    answer = await a_remote_post(node, stranger, "<p>Answer</p>", answers=question)
    other = await say(node, cooperative, "Again", in_reply_to=question.uri)
    await node.db.write(_spoil, answer, other)

    pages = [await look(node, path) for path in (f"/@solar/{question.id}", f"/@solar/{other.id}")]

    for page in pages:
        assert page.status == 200
        assert_nothing_runs(page.text)


def _spoil(tx: Tx, answer: PostRow, other: PostRow) -> None:
    running = "javascript:alert(1)"
    tx.execute(object_.update().where(object_.c.id == answer.id).values(url=running))
    tx.execute(object_.update().where(object_.c.id == other.id).values(in_reply_to=running, in_reply_to_id=None))
    tx.execute(actor.update().where(actor.c.id == answer.actor_id).values(url=running))


async def test_what_an_older_policy_let_through_is_cleaned_when_it_is_read(node: Node, cooperative: ActorRow) -> None:
    """Design 9, *Sanitising*: a policy version on the row; older rows are cleaned again."""
    post = await say(node, cooperative, "Old")
    await node.db.write(_age, post.id)

    page = await look(node, f"/@solar/{post.id}")

    assert "<p>kept</p>" in page.text
    assert_nothing_runs(page.text)
    assert clean(await reread(node, post)) == "<p>kept</p>"


def _age(tx: Tx, number: int) -> None:
    html = "<p>kept</p><script>alert(1)</script>"
    aged = object_.update().where(object_.c.id == number)
    tx.execute(aged.values(content=html, policy_version=POLICY_VERSION - 1))


@pytest.mark.parametrize(
    ("url", "harmless"),
    [
        ("https://a.example/", True),
        ("http://a.example/", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str, harmless: bool) -> None:
    """HTML 4.12: other schemes may run in the page's origin."""
    assert (web_address(url) is not None) is harmless


def test_html_is_marked_as_such_in_six_places_only() -> None:
    """Autoescape everywhere, but for the text of posts, of what they quote, of requests and their answers, summary and fields of actors,
    and what operators wrote of their house, which are sanitised; and for QR codes, which the node draws itself."""
    safe = {path.name: path.read_text().count("|safe") for path in TEMPLATES.glob("*.html")}

    assert {name: count for name, count in safe.items() if count} == {
        "_post.html": 2,
        "confirm_agreement.html": 3,
        "profile.html": 2,
        "house.html": 1,
        "request.html": 1,
        "verified.html": 1,
    }
    assert not [path.name for path in TEMPLATES.glob("*.html") if "autoescape false" in path.read_text()]
    marked = [path.name for path in TEMPLATES.parent.rglob("*.py") if "__html__" in path.read_text()]
    assert marked == ["names.py"], "of names, which are escaped there, since pictures of emojis stand in them"


async def test_the_error_page_of_a_double_slash_links_to_this_node(node: Node) -> None:
    """`//elsewhere.example` is an address of another host when it stands in a link."""
    page = await look(node, "//elsewhere.example/x")

    assert page.status == 404
    assert not [a for tag, a in Elements(page.text).found if (a.get("href") or "").startswith("//")]

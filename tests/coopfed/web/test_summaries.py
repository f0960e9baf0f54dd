"""What an operator types about an actor is text; what peers, apps and pages get of it is harmless HTML."""

from actors.document import actor_document
from actors.local import public_keys
from actors.shown import ShownActor
from coopfed.api import people
from coopfed.node import Node
from tests.coopfed.web.looking import look
from tests.support.nodes import an_actor


async def test_a_summary_is_typed_as_text_and_shown_as_html(node: Node) -> None:
    """ActivityPub 4.1: `summary` is HTML. Typed raw, a < would vanish at peers and a script would reach apps."""
    row = await an_actor(
        node, "mill", name="Mill", summary="Flour < 1 kg\n<script>alert(1)</script> https://mill.example"
    )

    keys = await node.db.read(public_keys, row.id)
    document, note = actor_document(row, keys, node.urls), people.account(ShownActor(row), node.urls)["note"]
    page = await look(node, "/@mill")

    assert document["summary"] == note
    assert note.startswith("<p>Flour &lt; 1 kg<br>&lt;script&gt;")
    assert 'href="https://mill.example"' in note
    assert note in page.text


async def test_an_actor_without_summary_has_an_empty_one(node: Node) -> None:
    """No empty paragraph stands on the page."""
    row = await an_actor(node, "mill", name="Mill")

    page = await look(node, "/@mill")

    assert row.summary == ""
    assert '<div class="text"' not in page.text

"""Examples in Fediverse Enhancement Proposals and their published vectors, by their place in the file."""

from tests.coopfed.vocab.expectations import (
    Expectation,
    NotActivityPub,
    Refused,
    Stripped,
    activity,
    keys,
    node,
    post,
)

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
FORUM = "https://example.org/my-forum"
BOB = "https://example.com/users/bob"
ALICE = "https://example.com/users/alice"
QUOTE = f"{BOB}/statuses/1"
QUOTED = f"{ALICE}/statuses/1"
MOVED = "activities/9b496346-fa69-40ac-bc4e-7ac06192abe1"
FIRE = "https://alice.social/activities/65379d47-b7aa-4ef6-8e4f-41149dda1d2c"
MARKET = "https://market.example"
BIKE = f"{MARKET}/proposals/ddde9d6f-6f3b-4770-a966-3a18ef006930"
OFFER = "https://social.example/objects/fc4af0d2-c3a1-409b-947c-3c5be29f49b0/offer"
CLIENT = "https://client.example"
RELAY_FOLLOW = "https://pleroma.example/activities/3fe13910-73f4-4cdc-9c84-ec7013a3e764"
SERVER = "https://server.example"

# FEP-7888 draws things without a type: there is nothing to do with them, but nothing is wrong with their form.
THING = Refused("not_a_post", by="post")
# FEP-8a8e's events name no author.
EVENT = Refused("no_author", by="post")
HELLO = activity(
    "Create",
    id=f"{SERVER}/activities/1",
    actor=f"{SERVER}/users/alice",
    kind="post",
    objects=[f"{SERVER}/objects/1"],
    post=post("Note", author=f"{SERVER}/users/alice", begins="Hello world"),
)
INTENTS: list[Expectation] = [NotActivityPub("a WebFinger link")] * 29

EXAMPLES: list[Expectation] = [
    # 1b12
    Stripped(
        post(
            "Page",
            id="https://sally.example.org/p/1",
            author="https://sally.example.org",
            name="Hello forum!",
            audience=[FORUM],
        )
    ),
    Stripped(
        post(
            "Note",
            id="https://sally.example.org/p/3",
            author="https://sally.example.org",
            begins="My first comment",
            in_reply_to="https://sally.example.org/p/1",
        )
    ),
    Stripped(
        node(
            "OrderedCollection",
            id=f"{FORUM}/moderators",
            orderedItems=["https://example.org/picard", "https://example.org/riker"],
        )
    ),
    # Its id is "example.org/a/8", without a scheme.
    Refused("bad_id"),
    # 7888
    Stripped(Refused("no_id", by="post")),
    THING,
    THING,
    THING,
    node(
        "Collection",
        id="https://domain.example/results-for-your-query",
        totalItems=2,
        items=["https://domain.example/some-object", "https://domain.example/your-object"],
    ),
    THING,
    THING,
    THING,
    THING,
    THING,
    post(
        "Object",
        id="https://domain.example/some-other-context",
        author="https://domain.example/other-context-owner",
        summary="<some-other-context> is owned by <other-context-owner>.",
    ),
    THING,
    # 044f
    post(
        "Note",
        id=QUOTE,
        author=BOB,
        begins="I am quoting alice's post<span",
        visibility="public",
        to=[PUBLIC, ALICE],
        quote=QUOTED,
    ),
    post("Note", id=QUOTE, author=BOB, visibility="public", quote=QUOTED, hashtags=[], mentions=[]),
    post("Note", id=QUOTED, author=ALICE, begins="I allow my followers to quote", visibility="public", quote=None),
    node("QuoteAuthorization", id=f"{ALICE}/stamps/1", attributedTo=[ALICE], interactionTarget=QUOTED),
    activity(
        "QuoteRequest",
        id=f"{QUOTE}/quote",
        actor=BOB,
        kind="id_only",
        objects=[QUOTED],
        instrument=QUOTE,
    ),
    activity(
        "Accept",
        id=f"{ALICE}/activities/1234",
        actor=ALICE,
        kind="quote_request",
        objects=[f"{QUOTE}/quote"],
        result=f"{ALICE}/stamps/1",
        to=[BOB],
    ),
    activity("Reject", id=f"{ALICE}/activities/1234", actor=ALICE, kind="quote_request", objects=[f"{QUOTE}/quote"]),
    post("Note", id=QUOTE, author=BOB, visibility="public", quote=QUOTED),
    # 7628
    activity(
        "Move",
        id=f"https://server1.example/{MOVED}",
        actor="https://server1.example/users/alice",
        kind="actor",
        target="https://server2.example/users/alice",
        to=[PUBLIC],
        cc=["https://server1.example/users/alice/followers"],
    ),
    activity(
        "Move",
        id=f"https://server2.example/{MOVED}",
        actor="https://server2.example/users/alice",
        kind="id_only",
        objects=["https://server1.example/users/alice"],
        target="https://server2.example/users/alice",
    ),
    # 4ccd
    NotActivityPub("a context"),
    # No preferredUsername.
    Refused("no_username", by="actor"),
    node("OrderedCollection", id="https://example.com/evanp/pendingFollowers", item_types=["Follow", "Follow"]),
    node("Collection", id="https://example.com/evanp/pendingFollowing", item_types=["Follow", "Follow"]),
    # c0e0
    activity(
        "EmojiReact",
        id=FIRE,
        actor="https://alice.social/users/alice",
        kind="id_only",
        objects=["https://bob.social/objects/57caeb99-424c-4692-b74f-0a6682050932"],
    ),
    activity("EmojiReact", id=FIRE, actor="https://alice.social/users/alice", kind="id_only"),
    activity("Undo", actor="https://alice.social/users/alice", kind="id_only", objects=[FIRE]),
    # 8a8e
    *[EVENT] * 13,
    # 0837
    post("Proposal", id=BIKE, author=f"{MARKET}/users/alice", visibility="public", to=[PUBLIC]),
    post(
        "Proposal",
        id=BIKE,
        author=f"{MARKET}/users/alice",
        name="Offering used bike",
        begins="Blue one-speed bike",
        published="2023-06-18T19:22:03.918737Z",
    ),
    Refused("no_username", by="actor"),
    activity(
        "Offer",
        id=OFFER,
        actor="https://social.example/users/bob",
        kind="market",
        objects=[None],
        to=[f"{MARKET}/users/alice"],
    ),
    activity(
        "Accept",
        id=f"{MARKET}/activities/059f08fa-31b1-4136-8d76-5987d705a0ab",
        actor=f"{MARKET}/users/alice",
        kind="id_only",
        objects=[OFFER],
        result=f"{MARKET}/agreements/edc374aa-e580-4a58-9404-f3e8bf8556b2",
    ),
    activity(
        "Reject",
        id=f"{MARKET}/activities/8c05f97f-1531-4b70-9ca8-4ee4a09f36a4",
        actor=f"{MARKET}/users/alice",
        kind="id_only",
        objects=[OFFER],
    ),
    activity(
        "Create",
        id=f"{MARKET}/receipts/ad2f7ee1-6567-413e-a10b-72650cbdc743/create",
        actor=f"{MARKET}/users/alice",
        kind="post",
        objects=[f"{MARKET}/receipts/ad2f7ee1-6567-413e-a10b-72650cbdc743"],
    ),
    # ae0c
    activity("Follow", id=f"{CLIENT}/6ae15297", actor=f"{CLIENT}/actor", kind="public", objects=[PUBLIC]),
    activity(
        "Accept",
        id="https://relay.example/15c0b99f-23d4-4488-ba9d-d0c7bc2876a5",
        actor="https://relay.example/actor",
        kind="follow",
        objects=[f"{CLIENT}/6ae15297"],
    ),
    # "https: //www.w3.org/ns/activitystreams", with a blank, is not the context.
    Refused("no_context"),
    activity(
        "Follow",
        id=RELAY_FOLLOW,
        actor="https://pleroma.example/relay",
        kind="id_only",
        objects=["https://relay.example/actor"],
    ),
    activity(
        "Undo",
        id="https://pleroma.example/activities/cf9c85e9-f83f-4a02-b598-880f15423f68",
        actor="https://pleroma.example/relay",
        kind="follow",
        objects=[RELAY_FOLLOW],
        published="2024-10-18T14:04:11.029791Z",
    ),
    activity(
        "Announce",
        id="https://pleroma.example/activities/e24e46a2-8926-4a20-9f5f-638e06102159",
        actor="https://pleroma.example/relay",
        kind="id_only",
        objects=["https://pleroma.example/objects/c13bba3c-e7c1-45ac-939f-aa292d23ee8c"],
        to=["https://pleroma.example/relay/followers", "https://pleroma.example/users/admin"],
    ),
    # 2677, d556
    *[NotActivityPub("WebFinger or NodeInfo links")] * 7,
    # 8b32
    post("Note", id=f"{SERVER}/objects/1", author=f"{SERVER}/users/alice", begins="Hello world"),
    HELLO,
    HELLO,
    # 521a
    keys(ids=[f"{SERVER}/users/alice#ed25519-key"], owners=[f"{SERVER}/users/alice"]),
    # e232
    Refused("no_id", by="post"),
    Refused("no_id", by="post"),
    # 171b
    activity(
        "Add",
        id="https://alice.example/activities/add/1",
        actor="https://alice.example/actors/1",
        kind="create",
        objects=["https://bob.example/activities/create/1"],
        target="https://alice.example/contexts/1/history",
    ),
    node(
        "OrderedCollection",
        id="https://alice.example/contexts/1/history",
        orderedItems=["https://alice.example/activities/add/1"],
    ),
    # 0151
    NotActivityPub("NodeInfo"),
    NotActivityPub("NodeInfo"),
    # 3b86
    NotActivityPub("WebFinger"),
    *INTENTS,
]

VECTORS: list[Expectation] = [
    HELLO,
    HELLO,
    HELLO,
    keys(ids=[f"{SERVER}/users/alice#ed25519-key"], owners=[f"{SERVER}/users/alice"]),
    Stripped(keys(ids=[f"{SERVER}/users/alice#ed25519-key"], owners=[f"{SERVER}/users/alice"])),
    Stripped(keys(ids=[f"{SERVER}/users/alice#rsa-key"], owners=[f"{SERVER}/users/alice"])),
]

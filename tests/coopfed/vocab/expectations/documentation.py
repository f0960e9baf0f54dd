"""Examples in the documentation of GoToSocial and Mastodon, by their place in the file; many are fragments."""

from tests.coopfed.vocab.expectations import (
    Expectation,
    NotActivityPub,
    Refused,
    Stripped,
    activity,
    actor,
    keys,
    node,
    post,
)

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
WHATEVER = "https://example.org/users/whatever"
TURTLE = "http://example.org/users/1happyturtle"
FEATURED = "https://example.org/users/some_user/collections/featured"
WILLY = "https://sample.com/users/willy_nilly"
BOBBY = "https://example.org/users/bobby_tables"
AUTHOR = "https://example.org/users/post_author"
SOMEONE = "https://somewhere.else.example.org/users/someone"
ALICE = "https://mastodon.example/users/alice"
BOB = "https://mastodon.example/users/bob"
GARGRON = "https://mastodon.social/users/Gargron"

GOTOSOCIAL: list[Expectation] = [
    node("OrderedCollection", id=f"{WHATEVER}/outbox", first=f"{WHATEVER}/outbox?page=true"),
    Stripped(node("OrderedCollectionPage", id=f"{WHATEVER}/outbox?page=true", item_types=["Create"])),
    node("OrderedCollection", id="https://example.org/users/someone/following", totalItems=397),
    node("OrderedCollection", id="https://example.org/users/someone/following", totalItems=397),
    actor(
        "Person",
        id=TURTLE,
        preferred_username="1happyturtle",
        name="happy little turtle :3",
        manually_approves=True,
        fields=["should you follow me?", "age"],
        keys=[f"{TURTLE}#main-key"],
        url="http://example.org/@1happyturtle",
    ),
    node(
        "OrderedCollection",
        id=FEATURED,
        totalItems=3,
        orderedItems=[
            "https://example.org/users/some_user/statuses/01GS7VTYH0S77NNXTP6W4G9EAG",
            "https://example.org/users/some_user/statuses/01GSFY2SZK9TPCJFQ1WCCPGDRT",
            "https://example.org/users/some_user/statuses/01GSCXY70MZCBFMH5EKJW9ENC8",
        ],
    ),
    node("OrderedCollection", id=FEATURED, totalItems=1),
    node("OrderedCollection", id=FEATURED, totalItems=0, orderedItems=[]),
    activity(
        "Move",
        id="https://example.org/users/1happyturtle/moves/01HR9FDFCAGM7JYPMWNTFRDQE9",
        actor="https://example.org/users/1happyturtle",
        kind="actor",
        target="https://another-server.com/users/my_new_account_hurray",
        to=["https://example.org/users/1happyturtle/followers"],
    ),
    # A vote without an id is a fragment of the next one.
    Stripped(Refused("no_id", by="post")),
    activity(
        "Create",
        # A second address in the fragment is part of the fragment.
        id=f"{WILLY}/activity#vote/{BOBBY}/statuses/123456",
        actor=WILLY,
        kind="vote",
        objects=[f"{WILLY}#01HEN2R65468ZG657C4ZPHJ4EX/votes/1", f"{WILLY}#01HEN2R65468ZG657C4ZPHJ4EX/votes/2"],
        to=[BOBBY],
        published="2021-09-11T09:45:37Z",
        post=post("Note", author=WILLY, name="tissues", content="", in_reply_to=f"{BOBBY}/statuses/123456"),
    ),
    activity(
        "Delete",
        id=None,
        actor="http://example.org/users/admin",
        kind="id_only",
        objects=["http://example.org/users/admin/statuses/01FF25D5Q0DH7CHD57CTRS6WK0"],
        to=[PUBLIC],
    ),
    activity("Delete", id=None, actor=TURTLE, kind="id_only", to=["http://somewhere.com/users/the_mighty_zork"]),
    activity(
        "Reject",
        id=f"{AUTHOR}/activities/reject/01J0K2YXP9QCT5BE1JWQSAM3B6",
        actor=AUTHOR,
        kind="id_only",
        objects=[f"{SOMEONE}/statuses/01J17XY2VXGMNNPH1XR7BG2524"],
        to=[SOMEONE],
    ),
    activity(
        "Accept",
        id=f"{AUTHOR}/activities/accept/01J0K2YXP9QCT5BE1JWQSAM3B6",
        actor=AUTHOR,
        kind="id_only",
        result=f"{AUTHOR}/reply_approvals/01JMMGABRDNA9G9BDNYJR7TC8D",
        cc=[PUBLIC, f"{AUTHOR}/followers"],
    ),
    node("LikeApproval", id=f"{AUTHOR}/approvals/01J0K2YXP9QCT5BE1JWQSAM3B6", attributedTo=[AUTHOR]),
    node("ReplyApproval", id=f"{AUTHOR}/approvals/01J0K2YXP9QCT5BE1JWQSAM3B6", attributedTo=[AUTHOR]),
    node("AnnounceApproval", id=f"{AUTHOR}/approvals/01J0K2YXP9QCT5BE1JWQSAM3B6", attributedTo=[AUTHOR]),
    Stripped(
        activity(
            "Announce",
            id=f"{SOMEONE}/activities/announce/01J0K2YXP9QCT5BE1JWQSAM3B6",
            actor=SOMEONE,
            kind="id_only",
            objects=[f"{AUTHOR}/statuses/01J17ZZFK6W82K9MJ9SYQ33Y3D"],
        )
    ),
    activity(
        "Accept",
        id=f"{AUTHOR}/activities/reject/01J0K2YXP9QCT5BE1JWQSAM3B6",
        actor=AUTHOR,
        kind="id_only",
        target=f"{AUTHOR}/statuses/01JJYV141Y5M4S65SC1XCP65NT",
        result=f"{AUTHOR}/approvals/01JMPS01E54DG9JCF2ZK3JDMXE",
    ),
    keys(ids=["https://example.org/users/example_user/main-key"], owners=["https://example.org/users/example_user"]),
]

MASTODON: list[Expectation] = [
    activity(
        "Block",
        id="https://mastodon.example/bd06bb61-01e0-447a-9dc8-95915db9aec8",
        actor=ALICE,
        kind="id_only",
        objects=["https://example.com/~mallory"],
        to=["https://example.com/~mallory"],
    ),
    activity(
        "Flag",
        id="https://mastodon.example/ccb4f39a-506a-490e-9a8c-71831c7713a4",
        actor="https://mastodon.example/actor",
        kind="id_only",
        objects=[
            "https://example.com/users/1",
            "https://example.com/posts/380590",
            "https://example.com/posts/380591",
        ],
    ),
    activity(
        "Move",
        id=f"{ALICE}#moves/1",
        actor=ALICE,
        kind="actor",
        objects=[ALICE],
        target="https://alice.com/users/109835986274379",
    ),
    # The fragments about posts name no author.
    Refused("no_author", by="post"),
    activity(
        "Create",
        id=f"{BOB}#votes/827163/activity",
        actor=BOB,
        kind="vote",
        to=[ALICE],
        post=post("Note", author=BOB, name="orange", content="", in_reply_to=f"{ALICE}/statuses/1009947848598745"),
    ),
    activity(
        "Create",
        id=f"{BOB}#votes/827164/activity",
        actor=BOB,
        kind="vote",
        post=post("Note", author=BOB, name="banana", visibility="direct"),
    ),
    keys(ids=[f"{GARGRON}#main-key"], owners=[GARGRON]),
    # The fragments about actors have no inbox.
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    Refused("no_inbox", by="actor"),
    post(
        "Note",
        id="https://example.com/some-post",
        author="https://example.com",
        begins="I love #cats",
        hashtags=["cats"],
        visibility="direct",
    ),
    Refused("no_author", by="post"),
    Refused("no_author", by="post"),
    NotActivityPub("WebFinger"),
    Stripped(
        activity(
            "Create",
            id="https://social.example/activities/1",
            actor="https://social.example/actors/1",
            kind="post",
            objects=["https://social.example/objects/1"],
            to=["https://mastodon.social/users/Gargron"],
        )
    ),
    NotActivityPub("WebFinger"),
]

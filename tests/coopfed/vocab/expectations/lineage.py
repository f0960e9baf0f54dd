"""Messages in Pleroma's test suite (from many servers), and those of Mobilizon, WordPress and Fedify."""

from tests.coopfed.vocab.expectations import Expectation, NotActivityPub, Refused, Stripped, activity, actor, node, post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ADMIN = "https://mastodon.local/users/admin"
KAREN = "https://testing.local/users/karen"
PUCK = "https://puckipedia.local"
RIN = "https://patch.local/users/rin"
BOOKWYRM = "https://bookwyrm.local/user/TestUser"
WEDISTRIBUTE = "https://wedistribute.local/wp-json/pterotype/v1"
FEDIBIRD = "https://fedibird.local/users/akkoma_ap_integration_tester"
GANCIO = "https://demo.gancio.org/federation"

EXPECTED: dict[str, Expectation] = {
    # --- pleroma-lineage
    # A template: {{DOMAIN}} is no host name.
    "pleroma-lineage/application_actor.json": Refused("bad_id"),
    "pleroma-lineage/bookwyrm-article.json": post(
        "Article",
        id=f"{BOOKWYRM}/review/17",
        author=BOOKWYRM,
        name='Review of "Death\'s End (The Three-Body Problem)": ab',
        begins="<p>review</p>",
        visibility="public",
        published="2022-01-07T16:07:43.665392Z",
        updated="2022-01-07T16:14:08.267337Z",
        replies=f"{BOOKWYRM}/review/17/replies",
        descriptions=["Death's End (The Three-Body Problem) (2018, Head of Zeus)"],
        hashtags=[],
    ),
    "pleroma-lineage/bookwyrm-replies-collection.json": node(
        "OrderedCollectionPage", id=f"{BOOKWYRM}/review/17/replies?page=1", item_types=["Note"]
    ),
    "pleroma-lineage/funkwhale_create_audio.json": activity(
        "Create",
        id="https://funkwhale.local/federation/music/uploads/42342395-0208-4fee-a38d-259a6dae0871/activity",
        actor="https://funkwhale.local/federation/actors/compositions",
        kind="post",
        to=[],
        post=post(
            "Audio",
            id="https://funkwhale.local/federation/music/uploads/42342395-0208-4fee-a38d-259a6dae0871",
            author="https://funkwhale.local/federation/actors/compositions",
            name="Compositions - Test Audio for Pleroma",
            begins="<p>This is a test Audio.</p>",
            visibility="public",
            to=[PUBLIC],
            url="https://funkwhale.local/library/tracks/74",
            hashtags=["funkwhale", "test", "tests"],
        ),
    ),
    "pleroma-lineage/guppe-actor.json": actor(
        "Group",
        id="https://group.local/u/bernie2020",
        preferred_username="Bernie2020",
        name="Bernie2020 group",
        shared_inbox=None,
        keys=["https://group.local/u/bernie2020#main-key"],
    ),
    "pleroma-lineage/hubzilla-follow-activity.json": activity(
        "Follow",
        id="https://hubzilla.local/channel/kaniini#follows/2",
        actor="https://hubzilla.local/channel/kaniini",
        kind="id_only",
        objects=["https://testing.local/users/admin"],
    ),
    "pleroma-lineage/kroeg-announce-with-inline-actor.json": activity(
        "Announce",
        id=f"{PUCK}/cc56a9658e",
        actor=f"{PUCK}/",
        kind="post",
        objects=[f"{ADMIN}/statuses/100787282858396771"],
        to=[PUBLIC, f"{PUCK}/followers"],
        cc=[ADMIN],
        post=post(
            "Note",
            id=f"{ADMIN}/statuses/100787282858396771",
            author=ADMIN,
            begins="<p>the name&apos;s jond (jeans bond)</p>",
            language="en",
            visibility="public",
            cc=[f"{ADMIN}/followers"],
            sensitive=False,
            url="https://mocked.local/@revenant/100787282858396771",
        ),
    ),
    "pleroma-lineage/kroeg-array-less-emoji.json": activity(
        "Create",
        id=f"{PUCK}/1jjx-ob5r",
        actor=f"{PUCK}/",
        kind="post",
        to=[PUBLIC],
        post=post(
            "Note",
            id=f"{PUCK}/1jjx-ob5r/note",
            author=f"{PUCK}/",
            name="Kroeg dev thread",
            begins="<p>spinning up an extra process",
            visibility="public",
            emojis=["icon_e_smile"],
            replies=f"{PUCK}/1jjx-ob5r/note/replies",
        ),
    ),
    "pleroma-lineage/kroeg-array-less-hashtag.json": activity(
        "Create",
        id=f"{PUCK}/ur33-818k",
        actor=f"{PUCK}/",
        kind="post",
        post=post(
            "Note",
            id=f"{PUCK}/ur33-818k/note",
            author=f"{PUCK}/",
            begins="test",
            visibility="public",
            hashtags=["test"],
            published=None,
        ),
    ),
    "pleroma-lineage/mastodon-accept-activity.json": activity(
        "Accept",
        id=f"{ADMIN}#accepts/follows/4",
        actor=ADMIN,
        kind="follow",
        objects=[f"{KAREN}#follows/4"],
    ),
    "pleroma-lineage/mastodon-announce.json": activity(
        "Announce",
        id=f"{ADMIN}/statuses/99542391527669785/activity",
        actor=ADMIN,
        kind="id_only",
        objects=[f"{ADMIN}/statuses/99512778738411822"],
        to=[PUBLIC],
        published="2018-02-17T19:39:15Z",
    ),
    "pleroma-lineage/mastodon-block-activity.json": activity(
        "Block", id=f"{ADMIN}#follows/2", actor=ADMIN, kind="id_only", objects=[KAREN]
    ),
    "pleroma-lineage/mastodon-create-with-attachment.json": activity(
        "Create",
        id=f"{ADMIN}/statuses/99541822081679796/activity",
        actor=ADMIN,
        kind="post",
        post=post(
            "Note",
            id=f"{ADMIN}/statuses/99541822081679796",
            author=ADMIN,
            begins='<p><a href="https://mastodon.local/media/hw4nrZmV5DPbW2z_hao"',
            language=None,
            visibility="public",
            attachments=[
                "https://mastodon.local/system/media_attachments/files/000/000/002/original/334ce029e7bfb920.jpg"
            ],
            descriptions=[""],
        ),
    ),
    "pleroma-lineage/mastodon-post-activity-contentmaps.json": activity(
        "Create",
        id=f"{ADMIN}/statuses/99512778738411822/activity",
        actor=ADMIN,
        kind="post",
        post=post(
            "Note",
            id=f"{ADMIN}/statuses/99512778738411822",
            author=ADMIN,
            # Two languages and no content: the first in document order.
            begins='<p><span class="h-card"><a href="https://testing.local/users/karen"',
            language="en",
            visibility="public",
            summary="cw",
            sensitive=True,
            mentions=[KAREN],
        ),
    ),
    "pleroma-lineage/mastodon-question-activity.json": activity(
        "Create",
        id="https://masto.local/users/rinpatch/statuses/102070944809637304/activity",
        actor="https://masto.local/users/rinpatch",
        kind="post",
        post=post(
            "Question",
            id="https://masto.local/users/rinpatch/statuses/102070944809637304",
            author="https://masto.local/users/rinpatch",
            begins="<p>Why is Tenshi eating a corndog so cute?</p>",
            options=[
                ("Dunno", 0),
                ("Everyone knows that!", 1),
                ("25 char limit is dumb", 0),
                ("I can't even fit a funny", 1),
            ],
            language="en",
            visibility="public",
        ),
    ),
    "pleroma-lineage/mastodon-undo-like-compact-object.json": activity(
        "Undo", id=f"{ADMIN}#likes/2/undo", actor=ADMIN, kind="id_only", objects=[f"{ADMIN}#likes/2"]
    ),
    "pleroma-lineage/mastodon-unfollow-activity.json": activity(
        "Undo", id=f"{ADMIN}#follow/2/undo", actor=ADMIN, kind="follow", objects=[f"{ADMIN}#follows/2"]
    ),
    "pleroma-lineage/mastodon-update.json": activity(
        "Update", id=f"{ADMIN}#updates/1519563538", actor=ADMIN, kind="actor", objects=[ADMIN]
    ),
    "pleroma-lineage/mastodon-vote.json": activity(
        "Create",
        id="https://masto.local/users/rinpatch#votes/387/activity",
        actor="https://masto.local/users/rinpatch",
        kind="vote",
        to=["https://testing.uguu.ltd/users/rin"],
        post=post(
            "Note",
            id="https://masto.local/users/rinpatch#votes/387",
            author="https://masto.local/users/rinpatch",
            name="suya..",
            content="",
            visibility="direct",
            in_reply_to="https://testing.uguu.ltd/objects/9d300947-2dcb-445d-8978-9a3b4b84fa14",
        ),
    ),
    "pleroma-lineage/misskey-like.json": activity(
        "Like",
        id="https://misskey.xyz/75149198-2f45-46e4-930a-8b0538297075",
        actor=ADMIN,
        kind="id_only",
        objects=["https://akkoma.local/objects/c331bbf7-2eb9-4801-a709-2a6103492a5a"],
        # Readable, but the id lies on another host than the actor.
        refused_origin=True,
    ),
    "pleroma-lineage/misskey_poll_no_end_date.json": post(
        "Question",
        id="https://miss.local/notes/7x9tmrp97i",
        author="https://miss.local/users/7v1w1r8ce6",
        begins='<p><a href="https://marchgenso.me/users/march" class="mention">',
        language=None,
        visibility="public",
        mentions=["https://marchgenso.me/users/march"],
        published="2019-09-05T05:35:32.541Z",
        options=[("Working", 0), ("Broken af", 1)],
    ),
    "pleroma-lineage/outbox-collection.json": node(
        "OrderedCollectionPage", id="https://mocked.local/users/karen/outbox?page=1", item_types=["Create", "Create"]
    ),
    "pleroma-lineage/owncast-note-with-attachment.json": Stripped(
        post(
            "Note",
            id="https://owncast.local/federation/KjBNuq8ng",
            author="https://owncast.local/federation/user/streamer",
            begins="<p>I've gone live!</p>",
            visibility="public",
            to=[PUBLIC],
            audience=[PUBLIC],
            # One of them twice.
            hashtags=["owncast", "streaming"],
            attachments=["https://owncast.local/preview.gif?us=KjfNX387gm"],
            descriptions=["Live stream preview"],
        )
    ),
    # "closed" and "content" stand in it twice.
    "pleroma-lineage/poll_attachment.json": Refused("duplicate_key", by="parse"),
    "pleroma-lineage/quote.json": post(
        "Note",
        id=f"{FEDIBIRD}/statuses/108707679228362674",
        author=FEDIBIRD,
        begins='<p>public quote<span class="quote-inline">',
        language="ja",
        visibility="unlisted",
        quote="https://mastodon.local/objects/43479e20-c0f8-4f49-bf7f-13fab8234924",
        context="https://fedibird.local/contexts/108707679228389900",
    ),
    "pleroma-lineage/relay_at_mastdon.example.org.json": actor(
        "Application",
        id=ADMIN,
        preferred_username="admin",
        name="",
        fields=["foo", "foo1"],
        shared_inbox="https://mastodon.local/inbox",
    ),
    # Hostile, but only who served it can tell: the document itself is a well-formed Note.
    "pleroma-lineage/spoofed-object.json": post(
        "Note",
        id="https://patch.local/objects/spoof",
        author=RIN,
        begins="Oracle Corporation (NYSE: ORCL) today announced",
        visibility="public",
        summary="Oracle buys Pleroma",
        cc=[f"{RIN}/followers"],
    ),
    "pleroma-lineage/wedistribute-create-article.json": activity(
        "Create",
        id=f"{WEDISTRIBUTE}/object/85809",
        actor=f"{WEDISTRIBUTE}/actor/-blog",
        kind="post",
        to=[PUBLIC, f"{WEDISTRIBUTE}/actor/-blog/followers"],
        post=post(
            "Article",
            id=f"{WEDISTRIBUTE}/object/85810",
            author=f"{WEDISTRIBUTE}/actor/-blog",
            name="The end is near: Mastodon plans to drop OStatus support",
            begins='<!-- wp:paragraph {"dropCap":true} -->',
            visibility="public",
            url="https://wedistribute.local/2019/07/mastodon-drops-ostatus/",
        ),
    ),
    # --- mobilizon
    "mobilizon/data.json": NotActivityPub("NodeInfo"),
    "mobilizon/friendica-webfinger.json": NotActivityPub("WebFinger"),
    "mobilizon/pleroma-webfinger.json": NotActivityPub("WebFinger"),
    "mobilizon/gancio-actor.json": actor(
        "Application",
        id=f"{GANCIO}/u/gancio",
        preferred_username="gancio",
        name="gancio",
        followers=None,
        shared_inbox=None,
        discoverable=True,
        fields=["Website"],
        keys=[f"{GANCIO}/u/gancio#main-key"],
    ),
    "mobilizon/gancio-event-activity.json": Stripped(
        activity(
            "Create",
            id=f"{GANCIO}/m/1#create",
            actor=f"{GANCIO}/u/gancio",
            kind="post",
            to=[PUBLIC],
            cc=[f"{GANCIO}/u/gancio/followers"],
            post=post(
                "Event",
                id=f"{GANCIO}/m/1",
                author=f"{GANCIO}/u/gancio",
                name="Demo event",
                begins="\n    📍 Colosseo",
                visibility="public",
                # Its href is relative, its name is good.
                hashtags=["test"],
                url="https://demo.gancio.org/event/demo-event",
            ),
        )
    ),
    "mobilizon/mobilizon-join-activity.json": activity(
        "Join",
        id="http://mobilizon2.test/@admin/join/event/1",
        actor="http://mobilizon2.test/@admin",
        kind="id_only",
        objects=["http://mobilizon.test/events/some-uuid"],
    ),
    "mobilizon/mobilizon-leave-activity.json": activity(
        "Leave",
        id="http://mobilizon2.test/@admin/join/event/1",
        actor="http://mobilizon2.test/@admin",
        kind="id_only",
        objects=["http://mobilizon.test/events/some-uuid"],
    ),
    "mobilizon/mobilizon-members-collection.json": node(
        "OrderedCollection", id="http://mobilizon.test/@demo/members", totalItems=2
    ),
    "mobilizon/mobilizon-post-activity-group.json": activity(
        "Create",
        id="http://mobilizon1.com/events/f270ae07-7991-453c-9bb7-3d2122ededae/activity",
        actor="http://mobilizon1.com/@user",
        kind="post",
        to=["http://mobilizon1.com/@group"],
        # The actor organises, the group is the author: not for the actor to publish.
        refused_author=True,
        post=post(
            "Event",
            id="http://mobilizon1.com/events/f270ae07-7991-453c-9bb7-3d2122ededae",
            author="http://mobilizon1.com/@group",
            name="My first event",
            visibility="direct",
            published="2018-02-12T14:08:20Z",
        ),
    ),
    # --- wordpress
    "wordpress/notiz-blog-author-matthias-pfefferle.json": NotActivityPub("a recorded answer; see `body` below"),
    "wordpress/notiz-blog-author-matthias-pfefferle.json#body": actor(
        "Person",
        id="https://notiz.blog/author/matthias-pfefferle/",
        preferred_username="pfefferle",
        name="Matthias Pfefferle",
        fields=["Blog", "Profil", "Website"],
        shared_inbox=None,
        keys=["https://notiz.blog/author/matthias-pfefferle/#main-key"],
        image="https://notiz.blog/wp-content/uploads/2017/02/cropped-Unknown-2.jpeg",
    ),
    "wordpress/notiz-blog-well-known-webfinger.json": NotActivityPub("WebFinger"),
    # --- fedify
    "fedify/brauca_darradiul.json": actor(
        "Person",
        id="https://activitypub.academy/users/brauca_darradiul",
        preferred_username="brauca_darradiul",
        name="Brauca Darradiul",
        shared_inbox="https://activitypub.academy/inbox",
        published="2024-09-12T00:00:00Z",
    ),
    "fedify/cross-origin-actor.json": activity(
        "Create",
        id="https://example.com/cross-origin-actor",
        actor="https://cross-origin.com/actor",
        kind="nothing",
        objects=[],
        refused_origin=True,
    ),
    "fedify/inline-paged-collection.json": node("Collection", id="https://example.com/inline-paged-collection"),
}

"""Messages that Lemmy tests against: fourteen kinds of software, one folder each. Lemmy's own lack their context."""

from tests.coopfed.vocab.expectations import Expectation, Stripped, activity, actor, node, post

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
HUB = "https://socialhub.activitypub.rocks/ap/actor"
HUB_GROUP = f"{HUB}/797217cf18c0e819dfafc52425590146"
ANGUS = f"{HUB}/495843076e9e469fbd35ccf467ae9fb1"
JAKOB = "https://soc.schuerz.at/profile/jakob"
HELUECHT = "https://pirati.ca/profile/heluecht"
QA = "https://masto.qa.urbanwildlife.biz/users/mastodon"
GNU = "https://instance.gnusocial.test"
BETA = "http://enterprise.lemmy.ml/u/lemmy_beta"
ALPHA = "http://ds9.lemmy.ml/u/lemmy_alpha"
MAIN = "http://enterprise.lemmy.ml/c/main"
TEN = "https://enterprise.lemmy.ml/c/tenforward"
PICARD = "https://enterprise.lemmy.ml/u/picard"
FELIX = "https://mastodon.madrid/users/felix"
ASONIX = "https://masto.asonix.dog/users/asonix"
LEMMY_FOLLOW = "http://ds9.lemmy.ml/activities/follow/6abcd50b-b8ca-4952-86b0-a6dd8cc12866"
EMORRP1 = "https://rendezvous.nomagic.uk/@emorrp1"
TIL = "https://tilvids.com"
LINUX = f"{TIL}/accounts/thelinuxexperiment"
CHANNEL = f"{TIL}/video-channels/thelinuxexperiment_channel"
VIDEO = f"{TIL}/videos/watch/e7946124-7b72-4ad7-9d22-844a84bb2de1"
YOGE = "https://video.antopie.org/accounts/yoge6785555"
LANODAN = "https://queer.hacktivis.me/users/lanodan"
GRISHKA = "https://friends.grishka.me/users/1"
MITRA = "https://mitra.social/users"

EXPECTED: dict[str, Expectation] = {
    # --- Discourse
    "discourse/objects/group.json": actor(
        "Group",
        id=HUB_GROUP,
        preferred_username="threadiverse-wg",
        name="Threadiverse Working Group (SocialHub)",
        inbox=f"{HUB_GROUP}/inbox",
        followers=f"{HUB_GROUP}/followers",
        shared_inbox=None,
        keys=[f"{HUB_GROUP}#main-key"],
        updated="2024-04-05T12:49:51Z",
        url="https://socialhub.activitypub.rocks/c/meeting/threadiverse-wg/88",
    ),
    "discourse/objects/page.json": post(
        "Note",
        id="https://socialhub.activitypub.rocks/ap/object/1899f65c062200daec50a4c89ed76dc9",
        author=ANGUS,
        name="Our next meeting",
        begins="<h3>Last Meeting</h3>\n<h4>Recording</h4>",
        language=None,
        to=[],
        cc=[],
        audience=[HUB_GROUP],
        visibility="direct",
        published="2024-04-13T14:36:19Z",
        context="https://socialhub.activitypub.rocks/ap/collection/8850f6e85b57c490da915a5dfbbd5045",
    ),
    "discourse/objects/person.json": actor(
        "Person",
        id=ANGUS,
        preferred_username="angus",
        name="Angus McLeod",
        # At the top of the document instead of under endpoints.
        shared_inbox="https://socialhub.activitypub.rocks/ap/users/inbox",
        keys=[f"{ANGUS}#main-key"],
    ),
    # --- Friendica
    "friendica/activities/create_note.json": activity(
        "Create",
        id="https://soc.schuerz.at/objects/4edd2508-4361-edb8-c4d8-b45181083984/Create",
        actor=JAKOB,
        kind="post",
        to=["https://lemmy.schuerz.at/u/jakob", PUBLIC, "https://lemmy.schuerz.at/c/test"],
        cc=["https://soc.schuerz.at/followers/jakob"],
        instrument=None,
        post=post(
            "Note",
            id="https://soc.schuerz.at/objects/4edd2508-4361-edb8-c4d8-b45181083984",
            author=JAKOB,
            begins='<span class="h-card"><a href="https://lemmy.schuerz.at/u/jakob"',
            # The one entry of its contentMap is another text than content, so nobody knows the language of content.
            language=None,
            visibility="public",
            in_reply_to="https://lemmy.schuerz.at/post/25360",
            mentions=["https://lemmy.schuerz.at/u/jakob"],
            context="https://lemmy.schuerz.at/post/25360#context",
            summary="",
            source="text/bbcode",
        ),
    ),
    "friendica/activities/create_page_1.json": activity(
        "Create",
        id=f"{QA}/statuses/110435994705014161/activity",
        actor=QA,
        kind="post",
        to=[PUBLIC],
        post=post(
            "Note",
            id=f"{QA}/statuses/110435994705014161",
            author=QA,
            begins="<p>Test post to community</p>",
            language="fr",
            visibility="public",
            in_reply_to=None,
            mentions=["https://lemmy.qa.urbanwildlife.biz/c/lemmy_community"],
            replies=f"{QA}/statuses/110435994705014161/replies",
            context="tag:masto.qa.urbanwildlife.biz,2023-05-26:objectId=61:objectType=Conversation",
        ),
    ),
    "friendica/activities/delete.json": activity(
        "Delete",
        id="https://pirati.ca/objects/ec054ce7-4762-3c1c-3c25-0cc665717210/Delete",
        actor=HELUECHT,
        kind="tombstone",
        objects=["https://pirati.ca/objects/ec054ce7-4762-3c1c-3c25-0cc665717210"],
        cc=[PUBLIC, "https://ds9.lemmy.ml/c/testcom/followers"],
    ),
    "friendica/activities/dislike_page.json": activity(
        "Dislike",
        id="https://pirati.ca/objects/ec054ce7-5762-3ce2-b3e4-87e268433367",
        actor=HELUECHT,
        kind="id_only",
        objects=["https://pirati.ca/objects/ec054ce7-2062-3bfa-8687-ca8313624820"],
    ),
    "friendica/activities/like_page.json": activity(
        "Like",
        id="https://pirati.ca/objects/ec054ce7-2062-3ce2-7f10-2b4451595945",
        actor=HELUECHT,
        kind="id_only",
        objects=["https://pirati.ca/objects/ec054ce7-2062-3bfa-8687-ca8313624820"],
        to=["https://pirati.ca/profile/test8", "https://ds9.lemmy.ml/c/testcom"],
    ),
    "friendica/activities/undo_dislike_page.json": activity(
        "Undo",
        id="https://pirati.ca/objects/ec054ce7-5762-3ce2-b3e4-87e268433367/Undo",
        actor=HELUECHT,
        kind="dislike",
        objects=["https://pirati.ca/objects/ec054ce7-5762-3ce2-b3e4-87e268433367"],
    ),
    "friendica/objects/note_2.json": post(
        "Note",
        id="https://nerdica.net/objects/a85d7459-7262-66e9-f901-f05552414769",
        author="https://nerdica.net/profile/liwott",
        begins="Note that on <a href=",
        language=None,
        visibility="public",
        in_reply_to="https://lemmy.ml/comment/167904",
        hashtags=["friendica", "lemmy"],
        mentions=["https://lemmy.ml/u/Liwott"],
        sensitive=False,
    ),
    "friendica/objects/page_1.json": post(
        "Page",
        id="https://pirati.ca/objects/ec054ce7-8062-3c1b-016c-910426317080",
        author=HELUECHT,
        name="ISS astronauts perform final spacewalk of Expedition 66",
        begins="Expedition 66 astronauts Raja Chari and Matthias Maurer",
        language=None,
        visibility="unlisted",
        url="https://www.nasaspaceflight.com/2022/03/us-eva-80/",
        in_reply_to=None,
    ),
    "friendica/objects/person_1.json": actor(
        "Person",
        id=JAKOB,
        preferred_username="jakob",
        name="Jakob :friendica:",
        inbox="https://soc.schuerz.at/inbox/jakob",
        shared_inbox="https://soc.schuerz.at/inbox",
        followers="https://soc.schuerz.at/followers/jakob",
        manually_approves=True,
        discoverable=True,
        keys=[f"{JAKOB}#main-key"],
        fields=["Mobilizon", "Lemmy", "Funkwhale", "Peertube", "Pixelfed", "about:"],
        icon="https://soc.schuerz.at/photo/profile/jakob.png?ts=1630598950",
    ),
    # --- GNU social
    "gnusocial/activities/create_note.json": activity(
        "Create",
        id=f"{GNU}/activity/1339",
        actor=f"{GNU}/actor/42",
        kind="post",
        published="2022-03-01T20:58:48Z",
        post=post(
            "Note",
            id=f"{GNU}/object/note/1339",
            author=f"{GNU}/actor/42",
            begins="<p>yay ^^</p>",
            language=None,
            visibility="public",
            in_reply_to=f"{GNU}/object/note/1338",
            published="2022-03-01T21:00:16Z",
            source="text/plain",
        ),
    ),
    "gnusocial/activities/like_note.json": activity(
        "Like",
        id="https://another_instance.gnusocial.test/activity/41362",
        actor="https://another_instance.gnusocial.test/actor/43",
        kind="id_only",
        objects=[f"{GNU}/object/note/1337"],
        to=[PUBLIC],
        cc=[f"{GNU}/actor/42"],
    ),
    "gnusocial/objects/group.json": actor(
        "Group",
        id=f"{GNU}/actor/21",
        preferred_username="hackers",
        name="Hackers!",
        inbox=f"{GNU}/actor/21/inbox.json",
        shared_inbox=f"{GNU}/inbox.json",
        followers=f"{GNU}/actor/21/subscribers",
        # The key is another actor's, and says so: no signature of the group will verify with it.
        keys=[f"{GNU}/actor/2#public-key"],
        key_owners=[f"{GNU}/actor/2"],
        published="2022-02-23T21:54:52Z",
    ),
    "gnusocial/objects/person.json": actor(
        "Person",
        id=f"{GNU}/actor/42",
        preferred_username="diogo",
        name="Diogo Peralta Cordeiro",
        keys=[f"{GNU}/actor/42#public-key"],
        following=f"{GNU}/actor/42/subscriptions",
    ),
    # --- Lemmy
    "lemmy/activities/block/block_user.json": Stripped(
        activity(
            "Block",
            id="http://enterprise.lemmy.ml/activities/block/5d42fffb-0903-4625-86d4-0b39bb344fc2",
            actor=BETA,
            kind="id_only",
            objects=[ALPHA],
            target=MAIN,
            to=[PUBLIC],
            cc=[MAIN],
            audience=["http://enterprise.lemmy.ml/u/main"],
        )
    ),
    "lemmy/activities/block/undo_block_user.json": Stripped(
        activity(
            "Undo",
            id="http://enterprise.lemmy.ml/activities/undo/06a20ffb-3e32-42fb-8f4c-674b36d7c557",
            actor=BETA,
            kind="block",
            objects=["http://enterprise.lemmy.ml/activities/block/726f43ab-bd0e-4ab3-89c8-627e976f553c"],
        )
    ),
    "lemmy/activities/community/add_featured_post.json": Stripped(
        activity(
            "Add",
            id="https://ds9.lemmy.ml/activities/add/47d911f5-52c5-4659-b2fd-0e58c451a427",
            actor="https://ds9.lemmy.ml/u/lemmy_alpha",
            kind="id_only",
            objects=["https://ds9.lemmy.ml/post/2"],
            target="https://ds9.lemmy.ml/c/main/featured",
        )
    ),
    "lemmy/activities/community/add_mod.json": Stripped(
        activity("Add", actor=BETA, kind="id_only", objects=[ALPHA], target=f"{MAIN}/moderators")
    ),
    "lemmy/activities/community/announce_create_page.json": Stripped(
        activity(
            "Announce",
            id="http://enterprise.lemmy.ml/activities/announce/8030b171-803a-4108-94b1-342688f375cf",
            actor=MAIN,
            kind="create",
            objects=["http://enterprise.lemmy.ml/activities/create/2807c9ec-3ad8-4859-a9e0-28b59b6e499f"],
            to=[PUBLIC],
            cc=[f"{MAIN}/followers"],
        )
    ),
    "lemmy/activities/community/lock_page.json": Stripped(
        activity(
            "Lock",
            # A host without a dot, on a port of its own: how Lemmy's own test network is named.
            id="http://lemmy-alpha:8541/activities/lock/cb48761d-9e8c-42ce-aacb-b4bbe6408db2",
            actor="http://lemmy-alpha:8541/u/lemmy_alpha",
            kind="id_only",
            objects=["http://lemmy-alpha:8541/post/2"],
        )
    ),
    "lemmy/activities/community/report_page.json": Stripped(
        activity(
            "Flag",
            id="http://ds9.lemmy.ml/activities/flag/98b0933f-5e45-4a95-a15f-e0dc86361ba4",
            actor=ALPHA,
            kind="id_only",
            objects=["http://enterprise.lemmy.ml/post/7"],
            to=[MAIN],
        )
    ),
    "lemmy/activities/community/update_community.json": Stripped(
        activity(
            "Update",
            id="http://ds9.lemmy.ml/activities/update/d3717cf5-096d-473f-9530-5d52f9d51f5f",
            actor=ALPHA,
            kind="actor",
            objects=[MAIN],
            audience=["https://enterprise.lemmy.ml/c/main"],
        )
    ),
    "lemmy/activities/create_or_update/create_comment.json": Stripped(
        activity(
            "Create",
            id="http://ds9.lemmy.ml/activities/create/1e77d67c-44ac-45ed-bf2a-460e21f60236",
            actor=ALPHA,
            kind="post",
            cc=[MAIN, ALPHA],
            post=post(
                "Note",
                id="http://ds9.lemmy.ml/comment/1",
                author=ALPHA,
                begins="hello",
                language=None,
                visibility="public",
                in_reply_to="http://ds9.lemmy.ml/post/1",
                # The Mention stands on the activity, not on the note.
                mentions=[],
                published="2021-11-01T11:45:49.794920Z",
                source="text/markdown",
            ),
        )
    ),
    "lemmy/activities/create_or_update/create_page.json": Stripped(
        activity(
            "Create",
            id="http://ds9.lemmy.ml/activities/create/eee6a57a-622f-464d-b560-73ae1fcd3ddf",
            actor=ALPHA,
            kind="post",
            post=post(
                "Page",
                id="http://ds9.lemmy.ml/post/1",
                author=ALPHA,
                name="test post",
                begins="<p>test body</p>",
                language="ko",
                visibility="public",
                to=[MAIN, PUBLIC],
                attachments=["https://lemmy.ml/pictrs/image/xl8W7FZfk9.jpg"],
            ),
        )
    ),
    "lemmy/activities/create_or_update/create_private_message.json": Stripped(
        activity(
            "Create",
            id="http://enterprise.lemmy.ml/activities/create/987d05fa-f637-46d7-85be-13d112bc269f",
            actor=BETA,
            kind="post",
            to=[ALPHA],
            cc=[],
            post=post(
                "Note",
                id="http://enterprise.lemmy.ml/private_message/1",
                author=BETA,
                begins="hello",
                visibility="direct",
                to=[ALPHA],
                published="2021-10-29T15:31:56.058289Z",
            ),
        )
    ),
    "lemmy/activities/create_or_update/update_page.json": Stripped(
        activity(
            "Update",
            id="http://ds9.lemmy.ml/activities/update/ab360117-e165-4de4-b7fc-906b62c98631",
            actor=ALPHA,
            kind="post",
            post=post(
                "Page",
                id="http://ds9.lemmy.ml/post/1",
                author=ALPHA,
                name="test post 1",
                published="2021-10-29T15:10:51.557399Z",
                updated="2021-10-29T15:11:35.976374Z",
                context="http://ds9.lemmy.ml/post/1/context",
            ),
        )
    ),
    "lemmy/activities/deletion/delete_page.json": Stripped(
        activity("Delete", actor=ALPHA, kind="id_only", objects=["http://ds9.lemmy.ml/post/1"], cc=[MAIN])
    ),
    "lemmy/activities/deletion/delete_user.json": Stripped(
        activity("Delete", actor=ALPHA, kind="actor", objects=[ALPHA], to=[PUBLIC])
    ),
    "lemmy/activities/deletion/remove_note.json": Stripped(
        activity(
            "Delete",
            id="http://enterprise.lemmy.ml/activities/delete/42ca1a79-f99e-4518-a2ca-ba2df221eb5e",
            actor=BETA,
            kind="id_only",
            objects=["http://ds9.lemmy.ml/comment/1"],
        )
    ),
    "lemmy/activities/following/accept.json": Stripped(
        activity(
            "Accept",
            id="http://enterprise.lemmy.ml/activities/accept/75f080cc-3d45-4654-8186-8f3bb853fa27",
            actor=MAIN,
            kind="follow",
            objects=[LEMMY_FOLLOW],
            to=[ALPHA],
        )
    ),
    "lemmy/activities/following/follow.json": Stripped(
        activity("Follow", id=LEMMY_FOLLOW, actor=ALPHA, kind="id_only", objects=[MAIN], to=[MAIN])
    ),
    "lemmy/activities/following/undo_follow.json": Stripped(
        activity(
            "Undo",
            id="http://ds9.lemmy.ml/activities/undo/dd83c482-8ebd-4b6c-9008-c8373bd1a86a",
            actor=ALPHA,
            kind="follow",
            objects=["http://ds9.lemmy.ml/activities/follow/dc2f1bc5-f3a0-4daa-a46b-428cbfbd023c"],
        )
    ),
    "lemmy/activities/voting/dislike_page.json": Stripped(
        activity("Dislike", actor=BETA, kind="id_only", objects=["http://ds9.lemmy.ml/post/1"], to=[], cc=[])
    ),
    "lemmy/activities/voting/like_note.json": Stripped(
        activity("Like", actor=ALPHA, kind="id_only", objects=["http://ds9.lemmy.ml/comment/1"])
    ),
    "lemmy/collections/group_featured_posts.json": Stripped(
        node("OrderedCollection", id="https://ds9.lemmy.ml/c/main/featured", totalItems=2, item_types=["Page", "Page"])
    ),
    "lemmy/collections/group_moderators.json": Stripped(
        node("OrderedCollection", id=f"{TEN}/moderators", orderedItems=[PICARD])
    ),
    "lemmy/collections/group_outbox.json": Stripped(
        node(
            "OrderedCollection",
            id="https://ds9.lemmy.ml/c/testcom/outbox",
            totalItems=2,
            item_types=["Announce", "Announce"],
        )
    ),
    "lemmy/objects/comment.json": Stripped(
        post(
            "Note",
            id="https://enterprise.lemmy.ml/comment/38741",
            author=PICARD,
            begins="<p>first comment!</p>",
            language="fr",
            visibility="public",
            audience=[TEN],
            in_reply_to="https://enterprise.lemmy.ml/post/55143",
            mentions=[PICARD, TEN],
            updated="2021-03-01T13:43:03.955787Z",
        )
    ),
    "lemmy/objects/group.json": Stripped(
        actor(
            "Group",
            id=TEN,
            preferred_username="tenforward",
            name="Ten Forward",
            inbox=f"{TEN}/inbox",
            followers=f"{TEN}/followers",
            featured=f"{TEN}//featured",
            shared_inbox="https://enterprise.lemmy.ml/inbox",
            icon="https://enterprise.lemmy.ml/pictrs/image/waqyZwLAy4.webp",
            image="https://enterprise.lemmy.ml/pictrs/image/Wt8zoMcCmE.jpg",
            manually_approves=False,
        )
    ),
    "lemmy/objects/instance.json": Stripped(
        actor(
            "Application",
            id="https://enterprise.lemmy.ml/",
            preferred_username="enterprise.lemmy.ml",
            name="Enterprise",
            inbox="https://enterprise.lemmy.ml/inbox",
            followers=None,
            shared_inbox=None,
            keys=["https://enterprise.lemmy.ml/#main-key"],
        )
    ),
    "lemmy/objects/page.json": Stripped(
        post(
            "Page",
            id="https://enterprise.lemmy.ml/post/55143",
            author=PICARD,
            name="Post title",
            language="fr",
            visibility="public",
            hashtags=[],
            mentions=[TEN],
            attachments=["https://enterprise.lemmy.ml/pictrs/image/eOtYb9iEiB.png"],
            published="2021-02-26T12:35:34.292626Z",
        )
    ),
    "lemmy/objects/page_image_and_link.json": Stripped(
        post(
            "Page",
            id="https://enterprise.lemmy.ml/post/55999",
            author=PICARD,
            name="Post with image and link",
            begins="<p>This is a post with both an image and a link attachment</p>",
            attachments=[
                "https://enterprise.lemmy.ml/pictrs/image/eOtYb9iEiB.png",
                "https://example.com/some-article",
            ],
            attachment_types=["Image", "Link"],
        )
    ),
    "lemmy/objects/person.json": Stripped(
        actor(
            "Person",
            id=PICARD,
            preferred_username="picard",
            name="Jean-Luc Picard",
            summary="<p>Captain of the starship <strong>Enterprise</strong>.</p>\n",
            followers=None,
            shared_inbox="https://enterprise.lemmy.ml/inbox",
            keys=[f"{PICARD}#main-key"],
        )
    ),
    "lemmy/objects/tombstone.json": Stripped(node("Tombstone", id="https://lemmy.ml/comment/110273")),
    # --- lotide
    "lotide/objects/group.json": actor(
        "Group",
        id="https://narwhal.city/communities/12",
        preferred_username="Iotide",
        name="Iotide",
        keys=["https://narwhal.city//communities/12#main-key"],
        key_owners=["https://narwhal.city/communities/12"],
        shared_inbox=None,
    ),
    # --- Mastodon
    "mastodon/activities/create_note.json": activity(
        "Create",
        id=f"{FELIX}/statuses/107224289116410645/activity",
        actor=FELIX,
        kind="post",
        to=[f"{FELIX}/followers"],
        cc=[PUBLIC, "https://mamot.fr/users/retiolus"],
        post=post(
            "Note",
            id=f"{FELIX}/statuses/107224289116410645",
            author=FELIX,
            begins='<p><span class="h-card"><a href="https://mamot.fr/@retiolus"',
            language="en",
            visibility="unlisted",
            in_reply_to="https://mamot.fr/users/retiolus/statuses/107224244380204526",
            mentions=["https://mamot.fr/users/retiolus"],
            url="https://mastodon.madrid/@felix/107224289116410645",
            sensitive=False,
        ),
    ),
    "mastodon/activities/delete.json": activity(
        "Delete",
        id=f"{FELIX}/statuses/107773559874184870#delete",
        actor=FELIX,
        kind="tombstone",
        objects=[f"{FELIX}/statuses/107773559874184870"],
        to=[PUBLIC],
    ),
    "mastodon/activities/flag.json": activity(
        "Flag",
        id="https://mastodon.example/ccb4f39a-506a-490e-9a8c-71831c7713a4",
        actor="https://mastodon.example/actor",
        kind="id_only",
        objects=[
            "https://example.com/users/1",
            "https://example.com/posts/380590",
            "https://example.com/posts/380591",
        ],
        to=["https://example.com/users/1"],
    ),
    "mastodon/activities/follow.json": activity(
        "Follow",
        id="https://masto.asonix.dog/1ea87517-63c5-4118-8831-460ee641b2cf",
        actor=ASONIX,
        kind="id_only",
        objects=["https://ds9.lemmy.ml/c/testcom"],
        to=[],
    ),
    "mastodon/activities/like_page.json": activity(
        "Like",
        id=f"{FELIX}#likes/212340",
        actor=FELIX,
        kind="id_only",
        objects=["https://ds9.lemmy.ml/post/147"],
    ),
    "mastodon/activities/private_message.json": post(
        "Note",
        id="https://mastodon.world/users/nutomic/statuses/110854468010322301",
        author="https://mastodon.world/users/nutomic",
        begins='<p><span class="h-card" translate="no"><a href="https://ds9.lemmy.ml/u/nutomic"',
        language="es",
        visibility="direct",
        to=["https://ds9.lemmy.ml/u/nutomic"],
        cc=[],
        mentions=["https://ds9.lemmy.ml/u/nutomic"],
    ),
    "mastodon/activities/undo_follow.json": activity(
        "Undo",
        id=f"{ASONIX}#follows/449/undo",
        actor=ASONIX,
        kind="follow",
        objects=["https://masto.asonix.dog/1ea87517-63c5-4118-8831-460ee641b2cf"],
    ),
    "mastodon/collections/featured.json": node(
        "OrderedCollection",
        id="https://mastodon.social/users/LemmyDev/collections/featured",
        totalItems=1,
        item_types=["Note"],
    ),
    "mastodon/objects/note_2.json": post(
        "Note",
        id="https://floss.social/users/kde/statuses/113306831140126616",
        author="https://floss.social/users/kde",
        begins='<p><span class="h-card" translate="no"><a href="https://lemmy.kde.social/c/kde"',
        language="en",
        visibility="public",
        attachments=[
            "https://cdn.masto.host/floss/media_attachments/files/113/306/826/682/985/891/original/c8d906a2f2ab2334.jpg"
        ],
        descriptions=[
            "The KDE dragons Katie and Konqi stand on either side of a pot filling up with gold coins. Donate!"
        ],
        sizes=[(1500, 1095)],
        focal_points=[(0.0, 0.0)],
    ),
    "mastodon/objects/page.json": post(
        "Note",
        id=f"{QA}/statuses/110830743680706519",
        author=QA,
        language="it",
        visibility="public",
        mentions=[TEN],
        url="https://masto.qa.urbanwildlife.biz/110830743680706519",
    ),
    "mastodon/objects/person.json": actor(
        "Person",
        id=QA,
        preferred_username="mastodon",
        name="Mastodon",
        summary="",
        url="https://masto.qa.urbanwildlife.biz/@mastodon",
        inbox=f"{QA}/inbox",
        shared_inbox="https://masto.qa.urbanwildlife.biz/inbox",
        featured=f"{QA}/collections/featured",
        discoverable=False,
        fields=[],
        published="2022-10-03T00:00:00Z",
    ),
    # --- Mbin
    "mbin/activities/accept.json": activity(
        "Accept",
        id="https://some-mbin.instance/f/object/2721ffc3-f8a9-417e-a124-af057434a3af#accept",
        actor="https://some-mbin.instance/m/someMag",
        kind="follow",
        objects=["https://some-other.instance/f/object/c51ea652-e594-4920-a989-f5350f0cec05"],
    ),
    "mbin/activities/flag.json": activity(
        "Flag",
        id="https://mbin-test1/reports/45f8a01d-a73e-4575-bffa-c9f24c61f458",
        actor="https://mbin-test1/u/BentiGorlich",
        kind="id_only",
        objects=["https://lemmy-test/post/4", "https://lemmy-test/u/BentiGorlich"],
        audience=["https://lemmy-test/c/test_mag"],
    ),
    # --- Mitra
    "mitra/activities/accept.json": activity(
        "Accept",
        id="https://mitra.social/activities/accept/019f03a5-e4bb-7483-88df-3ec069abb505",
        actor=f"{MITRA}/localtestgroup",
        kind="id_only",
        objects=["https://voyager.lemmy.ml/activities/follow/7d782f02-b91d-4455-b6c0-772540f00c2d"],
        to=["https://voyager.lemmy.ml/u/silverpill"],
    ),
    "mitra/activities/create_post.json": activity(
        "Create",
        id="https://mitra.social/activities/create/019f57cf-693a-77f2-b006-c4c76338956a",
        actor=f"{MITRA}/test",
        kind="post",
        to=[PUBLIC, "https://voyager.lemmy.ml/c/pubtest0906"],
        post=post(
            "Note",
            id="https://mitra.social/objects/019f57cf-693a-77f2-b006-c4c76338956a",
            author=f"{MITRA}/test",
            begins="<p>Remote post 5</p>",
            language="da",
            visibility="public",
            audience=["https://voyager.lemmy.ml/c/pubtest0906"],
            replies="https://mitra.social/objects/019f57cf-693a-77f2-b006-c4c76338956a/replies",
            published="2026-07-12T19:30:38.521875Z",
        ),
    ),
    # --- Mobilizon
    "mobilizon/objects/event.json": post(
        "Event",
        id="https://rendezvous.nomagic.uk/events/b81c0531-a57c-497d-93ba-af0f8b255498",
        author="https://rendezvous.nomagic.uk/@devon_caledonian_society",
        name="Caledonian scottish dance class",
        begins="<p>£6 each.</p>",
        visibility="public",
        cc=[f"{EMORRP1}/followers"],
        hashtags=["dance", "caledonian", "lesson"],
        published="2022-09-27T14:33:14Z",
        updated="2022-09-27T14:39:18Z",
        descriptions=["Banner"],
    ),
    "mobilizon/objects/group.json": actor(
        "Group",
        id="https://mobilizon.fr/@contribateliers",
        preferred_username="contribateliers",
        name="Contribateliers",
        shared_inbox="https://mobilizon.fr/inbox",
        followers="https://mobilizon.fr/@contribateliers/followers",
        icon=(
            "https://mobilizon.fr/media/a94f7f8da4b39f6b375f55bd8664abff4ae61d33496df7ee23ad6bf473c3632f.png"
            "?name=contribateliers%27s%20avatar.png"
        ),
        discoverable=True,
    ),
    "mobilizon/objects/person.json": actor(
        "Person",
        id="https://mobilizon.fr/@sanof44",
        preferred_username="sanof44",
        name="Sanof44",
        shared_inbox="https://mobilizon.fr/inbox",
        icon=None,
        keys=["https://mobilizon.fr/@sanof44#main-key"],
    ),
    # --- NodeBB
    "nodebb/objects/group.json": actor(
        "Group",
        id="https://bb.devnull.land/category/2",
        preferred_username="general",
        name="General Discussion",
        url="https://bb.devnull.land/category/2/general-discussion",
        followers=None,
        keys=["https://bb.devnull.land/category/2#key"],
    ),
    "nodebb/objects/page.json": post(
        "Article",
        id="https://bb.devnull.land/post/1",
        author="https://bb.devnull.land/uid/1",
        name="Welcome to your NodeBB!",
        begins="<h3>Welcome to your brand new NodeBB forum!</h3>",
        visibility="public",
        to=[PUBLIC, "https://bb.devnull.land/category/2"],
        audience=["https://bb.devnull.land/category/2"],
        published="2025-10-07T15:22:42.176Z",
        updated=None,
        replies="https://bb.devnull.land/post/1/replies",
        context="https://bb.devnull.land/topic/1",
        source="text/markdown",
    ),
    "nodebb/objects/person.json": actor(
        "Person",
        id="https://bb.devnull.land/uid/1",
        preferred_username="julian",
        name="julian",
        icon=None,
        image=None,
        shared_inbox="https://bb.devnull.land/inbox",
        published="2025-10-07T15:22:41.457Z",
    ),
    # --- PeerTube
    "peertube/activities/announce_video.json": activity(
        "Announce",
        id=f"{VIDEO}/announces/299",
        actor=CHANNEL,
        kind="id_only",
        objects=[VIDEO],
        to=[PUBLIC],
        cc=[f"{LINUX}/followers"],
    ),
    "peertube/objects/group.json": actor(
        "Group",
        id=CHANNEL,
        preferred_username="thelinuxexperiment_channel",
        name="The Linux Experiment",
        shared_inbox=f"{TIL}/inbox",
        icon=f"{TIL}/lazy-static/avatars/1bbe97f1-d283-4db4-8bdd-e5320564aff9.jpg",
        image=f"{TIL}/lazy-static/banners/1a8d6881-30c8-47cb-8576-7af62d869c45.jpg",
        published="2020-06-30T13:45:17.984Z",
    ),
    "peertube/objects/note.json": post(
        "Note",
        id="https://video.antopie.org/videos/watch/4294a720-f263-4ea4-9392-cf9cea4d5277/comments/200873",
        author=YOGE,
        begins="@af2@bae.st idk",
        language=None,
        visibility="public",
        in_reply_to="https://bae.st/objects/87c1cbf5-542a-491d-af57-0414c8648381",
        mentions=["https://bae.st/users/af2"],
    ),
    "peertube/objects/person.json": actor(
        "Person",
        id=LINUX,
        preferred_username="thelinuxexperiment",
        name="The Linux Experiment",
        icon=f"{TIL}/lazy-static/avatars/e74c2c6b-1f6b-4506-9d03-2cbba1635b20.jpg",
        image=None,
    ),
    "peertube/objects/video.json": post(
        "Video",
        id=VIDEO,
        author=LINUX,
        attributed_to=[LINUX, CHANNEL],
        name="Mesa, Wayland & X.org in trouble, Debian leaves X, Facebook blocks Linux: Linux & Open Source News",
        begins="Head to https://squarespace.com/thelinuxexperiment",
        language="en",
        visibility="public",
        # The page, out of two dozen addresses of files, trackers and playlists.
        url=VIDEO,
        published="2025-02-01T11:59:45.094Z",
        updated="2025-02-04T09:00:50.396Z",
    ),
    # --- Pleroma
    "pleroma/activities/create_note.json": activity(
        "Create",
        id="https://greenish.red/activities/db61d52b-9c35-486a-bf27-bbd4edc6c6a1",
        actor="https://greenish.red/users/nutomic",
        kind="post",
        to=[PICARD, PUBLIC],
        post=post(
            "Note",
            id="https://greenish.red/objects/1a522f2e-d5ab-454b-93d7-e58bc0650c2a",
            author="https://greenish.red/users/nutomic",
            begins='<span class="h-card"><a class="u-url mention"',
            visibility="public",
            in_reply_to="https://enterprise.lemmy.ml/post/55143",
            mentions=[PICARD],
            # A bare string, of no stated type.
            source=None,
            source_text="@lanodan@ds9.lemmy.ml test",
            context="https://greenish.red/contexts/f6244742-0526-4b84-ac4f-ceadf1fb4e56",
        ),
    ),
    "pleroma/activities/delete.json": activity(
        "Delete",
        id="https://greenish.red/activities/52f0b259-596e-429f-8a1b-c0b455f8932b",
        actor="https://greenish.red/users/vpzom",
        kind="id_only",
        objects=["https://greenish.red/objects/38e2b983-ebf5-4387-9bc2-3b80305469c9"],
        cc=[],
    ),
    "pleroma/activities/follow.json": activity(
        "Follow",
        id="https://mycrowd.ca/activities/dab6a4d3-0db0-41ee-8aab-7bfa4929b4fd",
        actor="https://mycrowd.ca/users/kinetix",
        kind="id_only",
        objects=["https://lemmy.ca/u/kinetix"],
        to=["https://lemmy.ca/u/kinetix"],
    ),
    "pleroma/objects/chat_message.json": post(
        "ChatMessage",
        id="https://queer.hacktivis.me/objects/2",
        author=LANODAN,
        begins="Hi!",
        visibility="direct",
        to=[PICARD],
        cc=[],
    ),
    "pleroma/objects/note.json": post(
        "Note",
        id="https://queer.hacktivis.me/objects/8d4973f4-53de-49cd-8c27-df160e16a9c2",
        author=LANODAN,
        begins="Have what?",
        visibility="unlisted",
        in_reply_to="https://enterprise.lemmy.ml/post/55143",
        sensitive=False,
        mentions=["https://pleroma.popolon.org/users/popolon"],
    ),
    "pleroma/objects/person.json": actor(
        "Person",
        id=LANODAN,
        preferred_username="lanodan",
        name="Haelwenn /элвэн/ :bzh: ",
        shared_inbox="https://queer.hacktivis.me/inbox",
        emojis=["anarchy", "bzh", "gentoo"],
        also_known_as=[],
        featured=f"{LANODAN}/collections/featured",
    ),
    # --- Smithereen
    "smithereen/activities/create_note.json": activity(
        "Create",
        id="https://friends.grishka.me/posts/66561/activityCreate",
        actor=GRISHKA,
        kind="post",
        post=post(
            "Note",
            id="https://friends.grishka.me/posts/66561",
            author=GRISHKA,
            begins="<p>So does this federate now?</p>",
            visibility="public",
            in_reply_to="https://ds9.lemmy.ml/post/1723",
            mentions=["https://ds9.lemmy.ml/u/nutomic"],
            mention_names=[""],
            replies="https://friends.grishka.me/posts/66561/replies",
        ),
    ),
    "smithereen/objects/note.json": post(
        "Note",
        id="https://friends.grishka.me/posts/66561",
        author=GRISHKA,
        begins="<p>So does this federate now?</p>",
        visibility="public",
        cc=["https://ds9.lemmy.ml/u/nutomic"],
    ),
    "smithereen/objects/person.json": actor(
        "Person",
        id=GRISHKA,
        preferred_username="grishka",
        name="Григорий Клюшников",
        url="https://friends.grishka.me/grishka",
        shared_inbox="https://friends.grishka.me/activitypub/sharedInbox",
        keys=[f"{GRISHKA}#main-key"],
    ),
    # --- WordPress
    "wordpress/activities/announce.json": activity(
        "Announce",
        id="https://pfefferle.org/lemmy-part-4/#activity#activity",
        actor="https://pfefferle.org/@pfefferle.org",
        kind="update",
        objects=["https://pfefferle.org/lemmy-part-4/#activity"],
        audience=["https://pfefferle.org/@pfefferle.org"],
        published="2024-05-03T12:32:29Z",
    ),
    "wordpress/objects/group.json": actor(
        "Group",
        id="https://dbzer0.com/?author=0",
        preferred_username="dbzer0.com",
        name="A Division by Zer0",
        webfinger="dbzer0.com@dbzer0.com",
        url="https://dbzer0.com",
        fields=["Blog"],
        also_known_as=["https://dbzer0.com/?author=0", "https://dbzer0.com", "https://dbzer0.com/"],
        indexable=True,
        published="2005-02-11T23:20:15Z",
    ),
    "wordpress/objects/page.json": post(
        "Article",
        id="https://dbzer0.com/?p=27948",
        author="https://dbzer0.com/blog/author/db0/",
        name="An Epic 3D-Printed Fan Expansion for Last Light",
        begins="<p>I recently got my hands on a 3D printer",
        language="en",
        visibility="public",
        audience=["https://dbzer0.com/?author=0"],
        hashtags=["3dprinting", "ai", "boardgames", "genai", "lastlight"],
        replies="https://dbzer0.com/wp-json/activitypub/1.0/posts/27948/replies",
        url="https://dbzer0.com/blog/an-epic-3d-printed-fan-expansion-for-last-light/",
    ),
    "wordpress/objects/person.json": actor(
        "Person",
        id="https://pfefferle.org/author/pfefferle/",
        preferred_username="matthias",
        name="Matthias Pfefferle",
        webfinger="matthias@pfefferle.org",
        fields=["Blog", "Profile"],
        keys=["https://pfefferle.org/author/pfefferle/#main-key"],
    ),
}

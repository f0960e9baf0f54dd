"""What becomes of recorded messages here, written by hand where it is not `accepted`; the reason stands beside each group."""

OUTCOMES: dict[str, str] = {
    # --- what is remembered although its object was never here: it will not appear any more
    **dict.fromkeys(
        [
            "lemmy-assets/friendica/activities/delete.json",
            "lemmy-assets/friendica/activities/undo_dislike_page.json",
            "lemmy-assets/lemmy/activities/block/undo_block_user.json",
            "lemmy-assets/lemmy/activities/deletion/delete_page.json",
            "lemmy-assets/lemmy/activities/following/undo_follow.json",
            "lemmy-assets/mastodon/activities/delete.json",
            "lemmy-assets/mastodon/activities/undo_follow.json",
            "lemmy-assets/pleroma/activities/delete.json",
            "pleroma-lineage/mastodon-undo-like-compact-object.json",
            "pleroma-lineage/mastodon-unfollow-activity.json",
            "gotosocial-docs/examples.json-11",
            "fep/examples.json-32",
            "fep/examples.json-57",
        ],
        "accepted",
    ),
    # --- an actor changes or ends itself
    "lemmy-assets/lemmy/activities/deletion/delete_user.json": "accepted",
    "gotosocial-docs/examples.json-12": "accepted",
    "pleroma-lineage/mastodon-update.json": "accepted",
    # --- a channel boosts its own video, which its host serves
    "lemmy-assets/peertube/activities/announce_video.json": "accepted",
    # --- about posts that were never here
    **dict.fromkeys(
        [
            "lemmy-assets/friendica/activities/dislike_page.json",
            "lemmy-assets/friendica/activities/like_page.json",
            "lemmy-assets/lemmy/activities/voting/dislike_page.json",
            "lemmy-assets/lemmy/activities/voting/like_note.json",
            "lemmy-assets/mastodon/activities/like_page.json",
            "fep/examples.json-30",
            "fep/examples.json-31",
            # a request to quote one
            "fep/examples.json-20",
            # an edit, years old
            "lemmy-assets/lemmy/activities/create_or_update/update_page.json",
        ],
        "irrelevant",
    ),
    # --- about actors of other nodes
    **dict.fromkeys(
        [
            "lemmy-assets/lemmy/activities/block/block_user.json",
            "lemmy-assets/lemmy/activities/community/report_page.json",
            "lemmy-assets/lemmy/activities/following/follow.json",
            "lemmy-assets/mastodon/activities/flag.json",
            "lemmy-assets/mastodon/activities/follow.json",
            "lemmy-assets/mbin/activities/flag.json",
            "lemmy-assets/pleroma/activities/follow.json",
            "pleroma-lineage/hubzilla-follow-activity.json",
            "pleroma-lineage/mastodon-block-activity.json",
            "mastodon-docs/examples.json-0",
            "mastodon-docs/examples.json-1",
            "fep/examples.json-56",
        ],
        "irrelevant",
    ),
    # --- answers to what nobody here asked
    **dict.fromkeys(
        [
            "lemmy-assets/lemmy/activities/following/accept.json",
            "lemmy-assets/mbin/activities/accept.json",
            "lemmy-assets/mitra/activities/accept.json",
            "pleroma-lineage/mastodon-accept-activity.json",
            "gotosocial-docs/examples.json-13",
            "gotosocial-docs/examples.json-14",
            "gotosocial-docs/examples.json-19",
            "fep/examples.json-21",
            "fep/examples.json-22",
            "fep/examples.json-50",
            "fep/examples.json-51",
            "fep/examples.json-54",
        ],
        "refused_unasked",
    ),
    # --- groups: moderation, and activities within an Announce
    **dict.fromkeys(
        [
            "lemmy-assets/lemmy/activities/community/add_featured_post.json",
            "lemmy-assets/lemmy/activities/community/add_mod.json",
            "lemmy-assets/lemmy/activities/community/announce_create_page.json",
            "lemmy-assets/lemmy/activities/community/lock_page.json",
            "lemmy-assets/wordpress/activities/announce.json",
            "fep/examples.json-72",
        ],
        "unsupported",
    ),
    # --- votes in polls of other nodes
    **dict.fromkeys(
        [
            "pleroma-lineage/mastodon-vote.json",
            "gotosocial-docs/examples.json-10",
            "mastodon-docs/examples.json-4",
            "mastodon-docs/examples.json-5",
        ],
        "irrelevant",
    ),
    # --- events, quotes, the market, relays
    **dict.fromkeys(
        [
            "mobilizon/mobilizon-join-activity.json",
            "mobilizon/mobilizon-leave-activity.json",
            "fep/examples.json-53",
        ],
        "unsupported",
    ),
    # --- the market: a Proposal, the same again, and an Offer to none of ours
    "fep/examples.json-46": "accepted",
    "fep/examples.json-47": "duplicate",
    "fep/examples.json-49": "irrelevant",
    # --- no posts: a bare Object, a Place, a Profile and a Relationship without a page
    **dict.fromkeys(
        [
            "fep/examples.json-14",
            "pasture-object_type/object_type_list-7",
            "pasture-object_type/object_type_list-8",
            "pasture-object_type/object_type_list-9",
        ],
        "unsupported",
    ),
    # --- a moderator of another host changes a community, or removes what is not theirs
    "lemmy-assets/lemmy/activities/community/update_community.json": "refused_owner",
    "lemmy-assets/lemmy/activities/deletion/remove_note.json": "refused_owner",
    # --- an event that a member publishes for its group: neighbours on one host are strangers
    "mobilizon/mobilizon-post-activity-group.json": "refused_author",
    # --- the activity's id lies on another host than its actor
    "pleroma-lineage/misskey-like.json": "403 id_origin",
    "fedify/cross-origin-actor.json": "403 id_origin",
    # --- objects without an author
    "mastodon-docs/examples.json-19": "malformed",
    "fep/examples.json-52": "malformed",
    # a move told by the new place, of somebody whom nobody here follows
    "fep/examples.json-25": "irrelevant",
    # --- what has to be fetched does not exist: boosted posts, the place an actor moves to
    **dict.fromkeys(
        [
            "pleroma-lineage/kroeg-announce-with-inline-actor.json",
            "pleroma-lineage/mastodon-announce.json",
            "gotosocial-docs/examples.json-8",
            "gotosocial-docs/examples.json-18",
            "mastodon-docs/examples.json-2",
            "fep/examples.json-24",
            "fep/examples.json-58",
        ],
        "unreachable",
    ),
    # --- GNU social's sample host has an underscore, for which no certificate can be made: its key cannot be had
    "lemmy-assets/gnusocial/activities/like_note.json": "503 key_server_unreachable",
}

ABSTRACTS: dict[str, str] = {
    # Too long for a timeline: its abstract is shown, and the way to it.
    "https://dbzer0.com/?p=27948": "I like the Last Light boardgame",
}

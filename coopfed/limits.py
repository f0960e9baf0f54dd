"""Every bound of the program in one table: bytes, depths, lengths, seconds, counts. Nothing else holds a magic number.

Sources: research on peers' own limits (Mastodon FEDERATION.md, Misskey's inbox limit of 64 KiB, Lemmy's fetch budget),
published advisories on endless lists, threads and redirects. Each bound has a test at n and at n + 1.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- what arrives ---------------------------------------------------------------------------------------------
INBOX_BODY_BYTES: Final = 1 * MIB
API_BODY_BYTES: Final = 256 * KIB
LINGER_BYTES: Final = 4 * MIB
"""Read and thrown away of a body that is too large, so that its sender lives to see the 413."""
BODY_SECONDS: Final = 30.0
HEADER_BYTES: Final = 32 * KIB
"""Of a request's first line and headers together."""
IDLE_SECONDS: Final = 65
"""Until a connection without a whole request is closed, however its bytes drip."""
QUERY_FIELDS: Final = 20
FORM_FIELDS: Final = 400
"""Of a request of an app or a page, nested ones counted one by one."""
FORM_DEPTH: Final = 6
JSON_DEPTH: Final = 32
JSON_NODES: Final = 20_000
ID_LENGTH: Final = 2_048
"""Bytes in UTF-8, as everything that stands in an index: PostgreSQL takes 2,704 there, and would refuse what is longer for ever."""
CONTENT_LENGTH: Final = 100_000
NAME_LENGTH: Final = 500
SUMMARY_LENGTH: Final = 5_000
USERNAME_LENGTH: Final = 2_048
"""Bytes in UTF-8."""
MENTIONS: Final = 50
TAGS: Final = 64
ATTACHMENTS: Final = 16
FIELDS: Final = 50
ALIASES: Final = 256
KEYS: Final = 10
RECIPIENTS: Final = 1_000
EMBEDDED_DEPTH: Final = 8
"""Documents within each other: a page of an outbox holds Announce, Create, Note, its replies, their first page, a Note."""
COLLECTION_ITEMS: Final = 256
REACTION_LENGTH: Final = 200
"""Of an emoji, or of a custom one's name with its host; what is longer is a sentence."""
GROUPS_PER_POST: Final = 10
GROUP_MODERATORS: Final = 100
REACTIONS_PER_POST: Final = 10
"""Likes and emoji of one actor to one post."""
HTML_DEPTH: Final = 50

ANCESTORS: Final = 64
"""Posts above an answer that are fetched, whatever the thread's length."""
THREAD_FETCHES: Final = 150
"""Requests that one look for the rest of a thread may cause; its other bounds follow."""
THREAD_POSTS: Final = 200
THREAD_PAGES: Final = 20
THREAD_HOSTS: Final = 30
THREAD_HOST_FETCHES: Final = 60
THREAD_USELESS: Final = 20
"""Ids on one host of which nothing came."""
THREAD_SECONDS: Final = 120.0
THREAD_REST_SECONDS: Final = 900
"""Between two looks for the rest of one thread."""
LOOK_BACK_SECONDS: Final = 300
"""Between two signs of life, by which the next start knows since when the node was down."""
DOWN_SECONDS: Final = 1_800
"""Down for longer: what those said whom somebody here follows is asked for."""
CATCH_UP_ACTORS: Final = 5_000
CATCH_UP_POSTS: Final = 40
CATCH_UP_FETCHES: Final = 60
CATCH_UP_THREADS: Final = 5
CATCH_UP_BOOSTS: Final = 20
"""Of one actor; each costs some fetches of its own."""
CATCH_UP_SPACING_SECONDS: Final = 2
"""Between the actors that are asked one after the other, and between the boosts of one."""
THREAD_SHOWN: Final = 1_000
"""Posts of one thread that are looked through for what stands above and below one of them."""
CARD_CHARACTERS: Final = 5_000
"""Of an Article or a type that nobody knows: longer texts are shown by their abstract and a link."""
QUOTES_RECHECKED: Final = 500
"""Consents to quotes that are looked up again in a night."""
REVISIONS: Final = 100
"""Earlier texts kept of a post; an author who edits more often loses the oldest."""
POLL_OPTIONS_READ: Final = 500
"""Of a peer's poll, as Mastodon reads them."""
POLL_END_SECONDS: Final = 10 * 366 * 24 * 3600
"""Ahead; a peer's poll that ends later has no end. A job waits for each end, and the last days of the calendar are none everywhere."""
POLL_FRESH_SECONDS: Final = 180
"""After a peer's poll was asked for its counts, before a look at it asks again."""
POLL_SETTLE_SECONDS: Final = 300
"""After the end of a peer's poll, until it is asked for the result that it did not send."""
FEATURED: Final = 40
"""Pinned posts of one actor."""
UNSEEN_EDIT_SECONDS: Final = 24 * 3600
"""An Update of a post that was never here counts as its Create when the post is not older."""

# --- what leaves ----------------------------------------------------------------------------------------------
OUTGOING_BODY_BYTES: Final = 60 * KIB
"""Misskey refuses bodies over 64 KiB."""
POST_CHARACTERS: Final = 5_000
ARTICLE_CHARACTERS: Final = 50_000
"""Of a post with a title."""
ABSTRACT_CHARACTERS: Final = 500
"""Of the beginning that stands for an article where its author gave no abstract."""
TRANSLATIONS: Final = 10
TRANSLATIONS_AT_ONCE: Final = 2
"""That wait for the service; others wait in line."""
LANGUAGES_READ: Final = 40
"""Of a text that comes in several; a page names each."""
FORWARDED_INBOXES: Final = 500
"""To which what a stranger said of a post of ours is forwarded."""
FORWARDED_AN_HOUR: Final = 60
"""To the followers of one actor: otherwise anybody could send through us to all of them."""
POLL_OPTIONS: Final = (2, 20)
POLL_OPTION_CHARACTERS: Final = 100
POLL_SECONDS: Final = (300, 31 * 24 * 3600)
POLL_TELL_SECONDS: Final = 180
"""Between two Updates with the results of an open poll."""
ATTESTATION_BYTES: Final = 32 * KIB
"""Of what a side signs of a membership; ours have some 4 KiB, most of it context."""
MEMBERSHIP_LEVELS: Final = 8
"""From a cooperative to the topmost body above it; there are four in practice."""
MEMBERSHIP_YEAR: Final = 1844
"""Nobody is a member since earlier: Rochdale."""
UMBRELLAS_JOINED: Final = 500
"""Umbrellas of the members of a node whose networks it tells apart."""
MEMBERSHIP_FIELDS: Final = 3
"""Umbrellas that the fields of a profile tell of."""
MEMBERS_IMPORTED: Final = 1_000
"""Rows of one file with members of an umbrella."""
MEMBERSHIP_REQUESTS: Final = 500
"""That wait for an answer at one actor: anybody may send one."""
MEMBERSHIPS_READ: Final = 24
"""Of one cooperative elsewhere, when it is looked for the one with an umbrella."""
MEMBERS_PAGES: Final = 40
"""Of a `members` collection that are read on to find one member: ten thousand of them in our own pages."""
MEMBERSHIP_FETCHES: Final = 100
"""That one check of a membership may cause."""
MEMBERSHIP_FRESH_SECONDS: Final = 24 * 3600
"""How long a check of a membership is believed."""
MEMBERSHIP_GRACE_SECONDS: Final = 3 * 24 * 3600
"""How long a confirmed membership stays so while a host does not answer."""
MEMBERSHIPS_RECHECKED: Final = 5_000
"""A night."""
HANDLE_LENGTH: Final = 30
PAGE_ITEMS: Final = 40

# --- fetching -------------------------------------------------------------------------------------------------
FETCH_BODY_BYTES: Final = 1 * MIB
FETCH_RATIO: Final = 100
"""Decoded bytes per byte on the wire, before a compressed answer is called a bomb."""
FETCH_REDIRECTS: Final = 3
FETCHES_PER_ACTIVITY: Final = 20
CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 10.0
TOTAL_SECONDS: Final = 10.0
FETCHES_PER_HOST: Final = 4
ERROR_BODY_BYTES: Final = 4 * KIB
"""Kept of an answer of which only the status matters."""
PAGE_BYTES: Final = 64 * KIB
"""Read of a web page that a post links to; its head stands in them."""
PAGE_SECONDS: Final = 15.0
"""For a web page with all its redirects."""
PAGE_TOKENS: Final = 2_000
"""Tags and pieces of text that are looked at in a web page; a head has some hundred."""
PAGE_ATTRIBUTES: Final = 20
"""Read of one tag."""
PAGE_FETCHES_AT_ONCE: Final = 4
"""Half of the jobs that a process does at once: a slow web must not hold up the others."""
PREVIEW_TITLE_LENGTH: Final = 300
PREVIEW_TEXT_LENGTH: Final = 1_000
PREVIEW_NAME_LENGTH: Final = 100
PREVIEW_LINKS: Final = 5
"""Links of one post that are looked at for one to show a preview of."""
PREVIEW_FRESH_SECONDS: Final = 24 * 3600
"""A page is asked for at most once in this time."""
PREVIEW_WAIT_SECONDS: Final = 3600
"""A page whose turn has not come by then is not asked for any more."""
PREVIEW_SPREAD_SECONDS: Final = 60
"""A post of a peer's leads its readers' nodes to a page over this time, not at one moment."""
PREVIEWS_AN_HOUR: Final = 60
"""Pages that one actor makes this node ask for."""
CONNECTIONS: Final = 256
KEEPALIVE_SECONDS: Final = 60.0
DNS_SECONDS: Final = 60
RESOLVER_THREADS: Final = 8

# --- signatures -----------------------------------------------------------------------------------------------
SIGNATURE_PAST_SECONDS: Final = 12 * 3600
SIGNATURE_FUTURE_SECONDS: Final = 3600
SIGNATURE_LIFE_SECONDS: Final = 300
"""Of a signature of ours, where a peer wants it to end."""
SCHEME_SECONDS: Final = 7 * 24 * 3600
"""For so long a host is first knocked at with the kind of signature that it took last; then with cavage again."""
RSA_BITS: Final = (2_048, 8_192)
RSA_EXPONENT_MAX: Final = 2**32
KEY_TEXT_LENGTH: Final = 4 * KIB
"""Characters of a PEM or Multikey text; RSA-8192 needs 1.5 KiB."""
SIGNATURE_HEADER_LENGTH: Final = 8 * KIB
SIGNED_COMPONENTS: Final = 32
INBOXES_ELSEWHERE: Final = 20
"""Remote actors whose inboxes lie on one host that is not theirs (a bridge's): each post of ours is a request to each."""
KEY_FETCHES_AT_ONCE: Final = 32
"""A flood of unknown keys must not take the connections that deliveries need."""
KEY_REFETCH_SECONDS: Final = 300
KEY_NEGATIVE_SECONDS: Final = 600
ACTOR_FRESH_SECONDS: Final = 24 * 3600
GONE_AGAIN_SECONDS: Final = 3600
"""After a first 410 of an actor, before its posts are purged by a second."""
MISSING_SECONDS: Final = 30 * 24 * 3600
MISSING_AGAIN_SECONDS: Final = 10 * 24 * 3600
MISSING_TRIES: Final = 3
"""An actor that answers 404 is gone after so long and so many tries, each so long after the one before."""
SYNCHRONISED_FOLLOWERS: Final = 10_000
"""Followers at one host whose list is compared, sent or read; beyond that nobody is told and nothing ends."""
SYNCHRONISE_SECONDS: Final = 10
"""Before a difference is looked into: what is under way arrives meanwhile."""
SYNCHRONISE_REST_SECONDS: Final = 3600
"""Between two looks at the followers of one actor."""
SYNCHRONISE_PAGES: Final = 10
MUTE_SECONDS: Final = 10 * 366 * 24 * 3600
"""The longest that a mute with an end lasts."""
FOLLOWER_SETTLED_SECONDS: Final = 3 * 24 * 3600
NEW_ACCOUNT_SECONDS: Final = 30 * 24 * 3600
"""For which whoever follows is no follower yet, and an account is new, to policies of notifications."""
FOLLOW_LANGUAGES: Final = 40
POST_FUTURE_SECONDS: Final = 12 * 3600
REPORT_CHARACTERS: Final = 5_000
REPORT_POSTS: Final = 40
REPORTS_PER_HOST_A_DAY: Final = 50
"""Open ones; what comes beyond waits for nobody and is refused."""
ANNOUNCEMENT_CHARACTERS: Final = 10_000
ANNOUNCEMENT_REACTIONS: Final = 8
"""Different ones to one announcement."""
EMOJI_LENGTH: Final = 16
"""Of one emoji, in code points: a family has seven, the flag of Wales too."""
HOUSE_TEXT_BYTES: Final = 256 * KIB
"""Of the privacy policy, and of the terms of service."""
MODERATION_CHARACTERS: Final = 5_000
"""Of what an operator writes to somebody, or of a host."""
MOVE_REST_SECONDS: Final = 7 * 24 * 3600
"""Between two moves of an actor."""

# --- storage --------------------------------------------------------------------------------------------------
GROUP_UNITS: Final = 64
GROUP_SECONDS: Final = 0.005
WRITE_WAIT_SECONDS: Final = 5.0
READ_ROWS: Final = 40
DISK_FREE_BYTES: Final = 64 * MIB
"""Below this the inbox answers 503: never accept what cannot be stored."""
WORKERS: Final = 64
WORKER_LEASE_SECONDS: Final = 300

# --- queues ---------------------------------------------------------------------------------------------------
INBOX_LANES: Final = 32
INBOX_LANE_ITEMS: Final = 16
INBOX_LANE_ITEMS_IN_A_CROWD: Final = 2
INBOX_BACKLOG: Final = 200_000
LEASE_SECONDS: Final = 60
JOB_LEASE_SECONDS: Final = 600
DELIVERIES_IN_FLIGHT: Final = 64
DELIVERIES_PER_HOST: Final = 2
DELIVERIES_PER_CLAIM: Final = 8
SLOW_LANE_IN_FLIGHT: Final = 8
SIGNING_THREADS: Final = 2
RETRY_AFTER_MAX_SECONDS: Final = 24 * 3600
GRACEFUL_SECONDS: Final = 20.0

# --- what is told ----------------------------------------------------------------------------------------------
LOG_REFUSALS_A_MINUTE: Final = 100
"""Lines of one event that strangers cause; the others are counted. 100 a minute are 40 MiB a day."""

# --- numbers --------------------------------------------------------------------------------------------------
NUMBER_MAX: Final = 2**63 - 1
"""The largest id of ours: what both databases hold in 64 bits."""
SERIAL_MAX: Final = 2**31 - 1
"""The largest number of what the database counts itself, in 32 bits: hosts, notifications."""

# --- people who sign in -----------------------------------------------------------------------------------------
PASSWORD_MIN: Final = 10
PASSWORD_MAX: Final = 512
PASSWORDS_AT_ONCE: Final = 2
PASSWORDS_WAITING: Final = 50
SESSION_DAYS: Final = 90
"""Since a browser was last seen here."""
SESSIONS: Final = 50
"""Of one account; the ones that were not seen for longest end."""
LINK_HOURS: Final = 72
"""For which a link that was sent by mail is good."""
INVITATION_DAYS: Final = 30
"""For which an invitation is good."""
INVITATIONS: Final = 50
"""That an account sends by mail in an hour."""
SECOND_FACTOR_SECONDS: Final = 300
"""Between the password and the code."""
RECOVERY_CODES: Final = 10
PASSKEYS: Final = 20
"""Of one account."""
PASSKEY_SECONDS: Final = 300
"""Between a page that asks for a passkey and the answer."""
PASSKEY_NAME_LENGTH: Final = 60
PASSKEY_ID_BYTES: Final = 1_023
"""WebAuthn 4, *credential id*."""
PASSKEY_ANSWER_LENGTH: Final = 32_768
REASON_LENGTH: Final = 1_000
AGENT_LENGTH: Final = 200
MAIL_SECONDS: Final = 30.0

# --- apps -------------------------------------------------------------------------------------------------------
APP_NAME_LENGTH: Final = 200
REDIRECT_URIS: Final = 10
CODE_SECONDS: Final = 600
LISTS: Final = 50
LIST_TITLE_CHARACTERS: Final = 200
FILTERS: Final = 100
FILTER_KEYWORDS: Final = 50
FOLLOWED_TAGS: Final = 200
FEATURED_TAGS: Final = 10
TRENDS: Final = 100
"""Kept of each kind."""
TRENDS_SECONDS: Final = 900
"""Between two looks at what is a trend."""
TREND_DAYS: Final = 2
"""Whose usage is compared with that of the days before."""
TREND_DAYS_BEFORE: Final = 7
TREND_ACTORS: Final = 3
"""Who have to do with something for it to be a trend; one alone makes none."""
TREND_ACTORS_PER_HOST: Final = 2
"""Of one other host that count, so that no server makes a trend alone."""
REQUESTS_AT_ONCE: Final = 100
"""Requests of notifications that are answered together."""
HOST_BLOCKS: Final = 1_000
NOTE_CHARACTERS: Final = 2_000
ENDORSEMENTS: Final = 100
SCHEDULED: Final = 300
"""Statuses of an actor that wait to be posted."""
SCHEDULE_AHEAD_SECONDS: Final = 300
"""What is to be posted sooner is posted at once."""
REDRAFT_SECONDS: Final = 3_600
"""For which the files of a deleted post are kept, for whoever writes it anew."""
ONCE_SECONDS: Final = 3_600
"""For which a request with the same Idempotency-Key is the same request."""
IDEMPOTENCY_KEY: Final = 200

# --- streams, push and mails ------------------------------------------------------------------------------------
STREAMS: Final = 5_000
"""Open in one process."""
STREAMS_PER_ACCOUNT: Final = 64
STREAMS_PER_ADDRESS: Final = 256
"""A whole office may stand behind one address."""
STREAM_CHANNELS: Final = 64
"""That one socket listens to."""
STREAM_WAITING: Final = 64
"""Events that wait for a reader who is slow; whoever does not take them off the line is cut off, and reads the timelines when they
come back."""
STREAM_GRACE_SECONDS: Final = 0.1
"""In which a reader who is behind takes some; all who are behind have the same."""
STREAM_MESSAGE_BYTES: Final = 4 * KIB
"""Of what an app says on a socket."""
STREAM_PING_SECONDS: Final = 30.0
STREAM_THUMP_SECONDS: Final = 15.0
STREAM_CHECK_SECONDS: Final = 30.0
"""Between two looks whether the tokens of open streams are still good, when nobody says that one ended."""
STREAM_FRESH_SECONDS: Final = 6 * 3_600
"""Of what was said earlier no stream tells, as on Mastodon."""
STREAM_EVENTS: Final = 10_000
"""Rows that are kept; who was away for longer has missed something."""
STREAM_EVENTS_AT_ONCE: Final = 32
STREAM_GAPS: Final = 500
STREAM_GAP_SECONDS: Final = 30.0
"""For which a number is waited for that was given out and not seen; no transaction is open for longer."""
PUSH_SECONDS: Final = 48 * 3_600
"""For which a push service keeps a message for a phone that is off, and for which we try to hand it over."""
PUSH_TOKEN_SECONDS: Final = 12 * 3_600
"""Of the signed word by which a push service knows us; it takes at most a day (RFC 8292 2)."""
PUSHES_AT_ONCE: Final = 4
"""Half of the jobs that a process does at once: a push service that hangs must not hold up the others."""
PUSH_BYTES: Final = 3_000
"""Of a message; push services take 4,096 with what encryption adds."""
DIGEST_SECONDS: Final = 900
"""After which a mail tells what has happened: ten mentions are one mail."""
DIGEST_ITEMS: Final = 20
PUSH_TITLE: Final = 150
PUSH_TEXT: Final = 250

# --- profiles ---------------------------------------------------------------------------------------------------
PROFILE_NOTE_CHARACTERS: Final = 2_000
PROFILE_FIELDS: Final = 4
"""As on Mastodon; of others `FIELDS` are read."""
PROFILE_FIELD_CHARACTERS: Final = 255
PROFILE_TELL_SECONDS: Final = 5
"""After a change of a profile, before followers are told: apps save name, picture and fields one by one."""
VERIFY_BYTES: Final = 1 * MIB
"""Of a page that is asked whether it leads back to a profile."""
AVATAR_SIZE: Final = (400, 400)
HEADER_SIZE: Final = (1_500, 500)
EMOJI_EDGE: Final = 128
EMOJI_BYTES: Final = 512 * KIB

# --- cooperatives ------------------------------------------------------------------------------------------------
PROFILE_SECTORS: Final = 5
"""Of a cooperative of ours; of others up to `CODES_READ`."""
PROFILE_REGIONS: Final = 10
PROFILE_LANGUAGES: Final = 20
"""In which a cooperative can be written to."""
IDENTIFIERS: Final = 20
IDENTIFIER_CHARACTERS: Final = 100
LEGAL_NAME_CHARACTERS: Final = 300
"""Also of the category of a registry."""
PEOPLE_COUNT: Final = 1_000_000_000
"""Members or workers of a cooperative."""
CODES_READ: Final = 40
"""Of one kind in the document of an actor of others."""
CODE_LENGTH: Final = 64

# --- requests and offers -----------------------------------------------------------------------------------------
REQUEST_TITLE_CHARACTERS: Final = 200
REQUEST_CHARACTERS: Final = 5_000
"""Of a request's text, and of an answer's, as it is typed."""
REQUEST_SECTORS: Final = 5
REQUEST_REGIONS: Final = 5
REQUEST_COMMENTS: Final = 40
"""Answers to the post of a request, and quotes of it, that are shown with it."""
REQUEST_RECIPIENTS: Final = 50
REQUEST_FILES: Final = 4
REQUEST_DAYS: Final = 731
"""How far away the end of a request may lie: two years."""
REQUEST_END_SECONDS: Final = 5
"""After the end of a request of ours, until others are told of it."""
REQUEST_BYTES: Final = 32 * KIB
"""Of a Proposal, ours or another's. Source: domain research 7."""
REQUEST_DRAFTS: Final = 200
"""Of one actor."""
REQUESTS_A_DAY: Final = 200
"""Requests of one actor elsewhere that are taken in within a day."""
RESPONSES_OF_ONE: Final = 50
"""Answers of one actor to one request, whatever became of them: each takes the place of the one before."""
RESPONSE_BYTES: Final = 64 * KIB
"""Of an Offer, and of an Accept: what is verified of an agreement holds both; see `CERTIFICATE_BYTES`."""
REQUESTS_OFFERED: Final = 1_000
"""Answers to one request that wait for its owner."""
REQUEST_LINKS: Final = 5
"""Addresses of this node in one post that are looked at: each may be a request."""
RESPONSE_MESSAGES: Final = 40
"""The last posts between the two sides of an answer that are shown with it."""
CONFIRMATION_DAYS: Final = 30
"""How long somebody without our software may take to agree by a link."""
CONFIRMATION_TRIES: Final = 60
"""Of such links, from one address within five minutes."""
ACKNOWLEDGEMENTS: Final = 60
"""Of replies to requests, by a program, of one actor within an hour."""
HOMES_ASKED: Final = 20
"""Of servers where readers of our pages say that they are at home, from one address within five minutes."""
AGREEMENT_SILENCE_SECONDS: Final = 30 * 24 * 3600
"""After its own receipt, before the owner of a request may close an agreement of which the other side says nothing. Source: domain
research 8.5."""
RECEIPT_BYTES: Final = 32 * KIB
"""Of a receipt with its proof, and of what is offered as a story, as they are kept; ours have some 6 KiB, most of it context."""
RECEIPTS_WAITING: Final = 50
"""Of one actor elsewhere, for agreements of which we have not heard yet."""
CERTIFICATE_BYTES: Final = 128 * KIB
"""Of an agreement that somebody hands over to be verified: four documents with their contexts twice make some 50 KiB."""
CERTIFICATE_KEPT_BYTES: Final = 48 * KIB
"""What is verified again within `CERTIFICATE_FRESH_SECONDS` without a question is no larger: as objects of Python strangers could otherwise
fill the memory with it."""
CERTIFICATE_DOCUMENTS: Final = 8
"""That are read of it: an Offer, an Accept, and what both sides said since."""
CERTIFICATE_FETCHES: Final = 8
"""That one verification may cause: two actors and the page of the agreement, each knocked for twice."""
CERTIFICATE_FRESH_SECONDS: Final = 300
"""For which what was found of an agreement that somebody handed over is told again without asking its servers."""
CERTIFICATE_KEYS_SECONDS: Final = 3_600
"""After which keys are asked for anew before they verify an agreement."""
CERTIFICATES_AT_ONCE: Final = 4
"""That are verified with the help of other servers; more wait."""
CERTIFICATE_CHECKS: Final = (20, 300)
"""Verifications of what is handed over, from one network: so many in so many seconds."""
CODES_GUESSED: Final = (20, 3_600)
"""Codes that open nothing, from one network."""
PRINTED_AT_ONCE: Final = 2
"""Agreements that become a PDF, each in a process of its own; more wait."""
PRINTING_SECONDS: Final = 20.0
PRINTED: Final = (20, 300)
"""PDFs for one network: so many in so many seconds."""
STORIES: Final = 5
"""Drafts of one side, for one agreement."""
COMPANION_CHARACTERS: Final = 3_500
"""Of a request's text in the post that shows it; the rest is behind the link."""
MATCH_SHOWN: Final = 50
"""Points below which a match is not shown. Source: domain research 8.7."""
MATCH_STRONG: Final = 75
"""Points from which somebody is told of a match at once."""
MATCH_RECENT_DAYS: Final = 30
MATCH_OWN_REQUESTS: Final = 40
"""Open requests of one actor, the newest, for which matches are looked for at once."""
MATCHES_DEEP: Final = 400
"""How far down a list of matches can be read."""
MATCH_SOON_SECONDS: Final = 5
"""After a request came or changed, until those are told whom it fits."""
MATCH_NOTICES: Final = 200
"""Actors who are told at once of one request that fits theirs."""
MATCH_NOTICES_A_DAY: Final = 5
"""Of which one actor is told at once; the others are found in its list and in mails."""
MATCH_MAILED: Final = 5
"""In one mail. Source: domain research 8.7."""
MATCH_KEPT_DAYS: Final = 90
"""What is remembered of a match that nobody set aside: whether its actor was told of it."""
QUANTITY_DIGITS: Final = 12
QUANTITY_DECIMALS: Final = 6
"""Of a custom emoji of ours."""
EMOJIS: Final = 2_000
BUCKET_SECONDS: Final = 60.0
"""For one request to a bucket of files."""

# --- copies of others' files ------------------------------------------------------------------------------------
COPY_BYTES: Final = 40 * MIB
"""Of a video or audio; pictures are bound like uploads (`IMAGE_BYTES`). What is larger is at its origin."""
COPY_SECONDS: Final = 60.0
COPIES_AT_ONCE: Final = 8
COPIES_UNPACKED_AT_ONCE: Final = 2
"""Apart from `UPLOADS_AT_ONCE`: what strangers show keeps no member waiting."""
COPIES_WAITING: Final = 64
COPY_WAIT_SECONDS: Final = 20.0
"""For which a reader waits for a copy that is being made."""
COPY_AGAIN_SECONDS: Final = (600, 24 * 3600)
"""After a first failure and at most, before a file is asked for again; four times as long after each."""
COPY_FRESH_SECONDS: Final = 7 * 24 * 3600
"""After which a picture of an actor is looked up anew by whoever looks at it; files of posts stay as they were."""
COPY_USED_SECONDS: Final = 24 * 3600
"""How exactly it is noted when a copy was last looked at."""

# --- what actors take along -------------------------------------------------------------------------------------
IMPORT_BYTES: Final = 4 * MIB
"""Of a CSV file that an actor brings."""
IMPORT_ROWS: Final = 20_000
"""As Mastodon takes them."""
IMPORT_TRIES: Final = 4
"""Of a row whose host does not answer: at once, then after one, five and twenty-five minutes."""
IMPORT_KEPT_DAYS: Final = 30
"""For which it can be seen what became of a file."""
IMPORT_TURN_SECONDS: Final = 5.0
"""Then other work gets its turn."""
ARCHIVE_DAYS: Final = 7
"""For which an archive of an actor is kept; there is one a day at most."""

# --- files of posts -----------------------------------------------------------------------------------------------
IMAGE_BYTES: Final = 16 * MIB
VIDEO_BYTES: Final = 100 * MIB
IMAGE_PIXELS: Final = 40_000_000
IMAGE_EDGE: Final = 2_560
PREVIEW_EDGE: Final = 640
"""A phone makes 12 to 50 million; what is more is refused before it is unpacked."""
UPLOADS_AT_ONCE: Final = 2
"""Pictures in work; others wait in line."""
UPLOADS_WAITING: Final = 20
UPLOAD_ELSEWHERE_SECONDS: Final = 3_600
"""For which an upload waits for the machine that took it, where files lie in a bucket."""
IMAGING_SECONDS: Final = 60.0
MEDIA_WAIT_SECONDS: Final = 3.0
"""For which an app is kept waiting before it is told to ask again."""
MEDIA_DESCRIPTION: Final = 1_500
POST_FILES: Final = 4
UNUSED_MEDIA_HOURS: Final = 24
"""After which a file goes that no post has."""

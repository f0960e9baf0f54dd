// A small server on Fedify: actors, posts and a store in memory. Tests tell it what to do and read its store.
//
//   node server.mjs CERTIFICATE      https on loopback, for peers; http on loopback, for the test (POST /ORDER with JSON)
//
// Its first line on standard output says where both listen. It ends when its standard input does. What it knows it got through
// Fedify: signatures are checked by Fedify's own verifier, documents read by Fedify's own vocabulary.

import { readFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import { Writable } from "node:stream";

import { createFederation, generateCryptoKeyPair, InProcessMessageQueue, MemoryKvStore } from "@fedify/fedify";
import {
  Accept, Announce, Collection, Create, Delete, Endpoints, Follow, Group, InteractionPolicy, InteractionRule, Join, Leave, Like, Mention,
  Note, Person, PUBLIC_COLLECTION, Question, QuoteAuthorization, QuoteRequest, Reject, Tombstone, Undo, Update,
} from "@fedify/vocab";
import { Temporal } from "@js-temporal/polyfill";
import { configure, getStreamSink } from "@logtape/logtape";

const SPECS = ["_fedify", "httpMessageSignaturesSpec"];

// --- the store ---------------------------------------------------------------------------------------------------------

const actors = new Map(); // name -> { keys, group, followers: Map(uri -> Recipient), following: Map(uri -> state) }
const notes = new Map(); // number -> our own posts: { as, note, mentioned: [actor], deleted }
const follows = new Map(); // number -> our own Follows
const joins = new Map(); // number -> our own Joins
const passedOn = new Map(); // id of a post -> what our groups announced of it: [{ name, group, announce }]
const posts = new Map(); // id -> what others posted: { author, content, inReplyTo, readers, inboxes, edits, deleted }
const likes = new Map(); // id of the activity -> { actor, object }
const boosts = new Map(); // id of the activity -> { actor, object }
const questions = new Map(); // number -> our own polls: { question, votes: [{ actor, name }] }
const quotes = new Map(); // number -> our own QuoteRequests: { as, request, note, state, shown }
const stamps = new Map(); // number -> consent of our actors to quotes: QuoteAuthorization
const arrivals = []; // every POST that came in: { type, id, scheme, status }
let number = 0;

await configure({
  sinks: { errors: getStreamSink(Writable.toWeb(process.stderr)) },
  loggers: [{ category: "fedify", lowestLevel: "warning", sinks: ["errors"] }, { category: ["logtape", "meta"], sinks: [] }],
});

const kv = new MemoryKvStore();
const federation = createFederation({ kv, queue: new InProcessMessageQueue(), allowPrivateAddress: true });

// --- what others may ask -------------------------------------------------------------------------------------------------

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (!actors.has(identifier)) return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new (actors.get(identifier).group === null ? Person : Group)({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: identifier,
      inbox: ctx.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      outbox: ctx.getOutboxUri(identifier),
      followers: ctx.getFollowersUri(identifier),
      publicKey: keys[0].cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
    });
  })
  .mapHandle((_ctx, username) => (actors.has(username) ? username : null))
  .setKeyPairsDispatcher((_ctx, identifier) => actors.get(identifier)?.keys ?? []);

federation.setFollowersDispatcher("/users/{identifier}/followers", (_ctx, identifier) => {
  return { items: [...(actors.get(identifier)?.followers.values() ?? [])] };
});

federation.setOutboxDispatcher("/users/{identifier}/outbox", () => ({ items: [] }));

federation.setNodeInfoDispatcher("/nodeinfo/2.1", () => ({
  software: { name: "tests", version: "1.0.0" },
  protocols: ["activitypub"],
  usage: { users: {}, localPosts: 0, localComments: 0 },
}));

federation
  .setObjectDispatcher(Note, "/notes/{number}", (_ctx, { number }) => {
    const entry = notes.get(number);
    return entry && !entry.deleted ? entry.note : null;
  })
  .authorize(async (ctx, { number }) => {
    const entry = notes.get(number);
    if (entry == null || isOpen(entry.note)) return true;
    const asking = (await ctx.getSignedKeyOwner())?.id?.href;
    return asking != null && (addressees(entry.note).includes(asking) || actors.get(entry.as).followers.has(asking));
  });

federation.setObjectDispatcher(Question, "/questions/{number}", (_ctx, { number }) => questions.get(number)?.question ?? null);

// An answer embeds our Follow. Fedify believes no object from another origin than its activity's: it fetches the Follow here.
federation.setObjectDispatcher(Follow, "/follows/{number}", (_ctx, { number }) => follows.get(number) ?? null);
federation.setObjectDispatcher(Join, "/joins/{number}", (_ctx, { number }) => joins.get(number) ?? null);

// The same holds for our QuoteRequest; and whoever reads a quote of one of our posts looks here for our consent.
federation.setObjectDispatcher(QuoteRequest, "/quotes/{number}", (_ctx, { number }) => quotes.get(number)?.request ?? null);
federation.setObjectDispatcher(QuoteAuthorization, "/stamps/{number}", (_ctx, { number }) => stamps.get(number) ?? null);

// --- what others send ----------------------------------------------------------------------------------------------------

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, async (ctx, follow) => {
    const target = ctx.parseUri(follow.objectId);
    const follower = await follow.getActor(ctx);
    if (target?.type !== "actor" || !actors.has(target.identifier) || follower?.id == null) return;
    actors.get(target.identifier).followers.set(follower.id.href, follower);
    const accept = new Accept({ id: minted(ctx, "accepts"), actor: follow.objectId, object: follow, to: follower.id });
    await ctx.sendActivity({ identifier: target.identifier }, follower, accept);
  })
  .on(Accept, (ctx, accept) => answered(ctx, accept, "accepted"))
  .on(Reject, (ctx, reject) => answered(ctx, reject, "rejected"))
  .on(QuoteRequest, async (ctx, request) => {
    const quoted = ctx.parseUri(request.objectId);
    const entry = quoted?.class === Note ? notes.get(quoted.values.number) : undefined;
    const quoting = await request.getInstrument(ctx);
    if (entry == null || quoting?.quoteId?.href !== request.objectId.href) return;
    if (quoting.attributionId?.href !== request.actorId?.href) return;
    const id = ctx.getObjectUri(QuoteAuthorization, { number: `${++number}` });
    const [author, to] = [ctx.getActorUri(entry.as), request.actorId];
    const ends = { interactingObject: quoting.id, interactionTarget: entry.note.id };
    stamps.set(`${number}`, new QuoteAuthorization({ id, attribution: author, ...ends }));
    const accept = new Accept({ id: minted(ctx, "accepts"), actor: author, object: request, result: id, to });
    await ctx.sendActivity({ identifier: entry.as }, await request.getActor(ctx), accept);
  })
  .on(Undo, async (ctx, undo) => {
    const activity = await undo.getObject(ctx);
    if (activity instanceof Follow) {
      const target = ctx.parseUri(activity.objectId);
      actors.get(target?.identifier)?.followers.delete(undo.actorId.href);
    } else if (activity instanceof Like) {
      taken(likes, undo.actorId.href, activity);
    } else if (activity instanceof Announce) {
      taken(boosts, undo.actorId.href, activity);
    }
  })
  .on(Create, async (ctx, create) => {
    const note = await create.getObject(ctx);
    if (!isPost(note) || note.attributionId?.href !== create.actorId?.href) return;
    const poll = ctx.parseUri(note.replyTargetId);
    if (poll?.class === Question && note.name != null && note.content == null) {
      questions.get(poll.values.number)?.votes.push({ actor: create.actorId.href, name: `${note.name}` });
      return;
    }
    const before = posts.get(note.id.href)?.inboxes ?? [];
    const seen = { readers: readers(ctx, note), inboxes: [...before, ctx.recipient] };
    posts.set(note.id.href, { ...shown(note), ...seen, poll: await asked(ctx, note), edits: [], deleted: false });
    for (const [name, { group }] of actors) {
      if (group !== null && addressees(note).includes(ctx.getActorUri(name).href)) await passOn(ctx, name, group, create, note);
    }
  })
  .on(Update, async (ctx, update) => {
    const note = await update.getObject(ctx);
    const known = posts.get(note?.id?.href);
    if (!isPost(note) || known?.author !== update.actorId?.href) return;
    const edits = note.updated == null ? known.edits : [...known.edits, known.content];
    const seen = { readers: readers(ctx, note), inboxes: [...known.inboxes, ctx.recipient] };
    posts.set(note.id.href, { ...shown(note), ...seen, poll: await asked(ctx, note), edits, deleted: false });
  })
  .on(Delete, async (ctx, deletion) => {
    const known = posts.get(deletion.objectId?.href);
    if (known == null || known.author !== deletion.actorId?.href) return;
    known.deleted = true;
    await takeBack(ctx, deletion);
  })
  .on(Like, (_ctx, like) => likes.set(like.id.href, { actor: like.actorId.href, object: like.objectId.href }))
  .on(Announce, (_ctx, boost) => boosts.set(boost.id.href, { actor: boost.actorId.href, object: boost.objectId.href }));

async function answered(ctx, answer, state) {
  const follow = await answer.getObject(ctx);
  if (follow instanceof QuoteRequest) return consented(ctx, follow, answer, state);
  if (!(follow instanceof Follow || follow instanceof Join) || follow.objectId?.href !== answer.actorId?.href) return;
  const follower = ctx.parseUri(follow.actorId);
  if (follower?.type === "actor") actors.get(follower.identifier)?.following.set(answer.actorId.href, state);
}

// An Accept of our QuoteRequest shows consent by its result, which is looked up at the quoted author's host.
async function consented(ctx, request, answer, state) {
  const entry = quotes.get(ctx.parseUri(request.id)?.values.number);
  if (entry == null || answer.resultId?.origin !== (state === "accepted" ? request.objectId.origin : undefined)) return;
  entry.state = state;
  if (state !== "accepted") return;
  const stamp = await found(ctx, entry.as, answer.resultId.href);
  entry.shown = {
    id: stamp.id.href,
    type: stamp.constructor.name,
    author: stamp.attributionId?.href,
    quoting: stamp.interactingObjectId?.href,
    quoted: stamp.interactionTargetId?.href,
  };
}

function taken(reactions, actor, activity) {
  if (reactions.get(activity.id?.href)?.actor === actor) reactions.delete(activity.id.href);
}

function isPost(object) {
  return object instanceof Note || object instanceof Question;
}

// --- who may read what -----------------------------------------------------------------------------------------------------

function addressees(object) {
  return [...object.toIds, ...object.ccIds].map((id) => id.href);
}

function isOpen(object) {
  return addressees(object).includes(PUBLIC_COLLECTION.href);
}

// The names of our actors who may read what somebody else posted; null when everybody may.
function readers(ctx, note) {
  if (isOpen(note)) return null;
  const author = note.attributionId.href;
  const to = addressees(note);
  // Others' followers collections have no common name: what is addressed and is no actor of ours is taken for it.
  const toFollowers = to.some((id) => id.startsWith(`${author}/`));
  const may = ([name, { following }]) => to.includes(ctx.getActorUri(name).href) || (toFollowers && following.get(author) === "accepted");
  return [...actors].filter(may).map(([name]) => name);
}

// What a group of ours does with a post that is addressed to it: "plain" as Guppe, "whole" as Lemmy (FEP-1b12).
async function passOn(ctx, name, group, create, note) {
  const mine = { actor: ctx.getActorUri(name), to: PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri(name)] };
  const id = minted(ctx, "boosts");
  const announce = new Announce({ id, ...mine, object: group === "whole" ? create : note.id, published: Temporal.Now.instant() });
  passedOn.set(note.id.href, [...(passedOn.get(note.id.href) ?? []), { name, group, announce }]);
  await ctx.sendActivity({ identifier: name }, "followers", announce, { preferSharedInbox: true });
}

async function takeBack(ctx, deletion) {
  for (const { name, group, announce } of passedOn.get(deletion.objectId.href) ?? []) {
    const mine = { actor: ctx.getActorUri(name), to: PUBLIC_COLLECTION, ccs: [ctx.getFollowersUri(name)] };
    const told = group === "whole"
      ? new Announce({ id: minted(ctx, "boosts"), ...mine, object: deletion })
      : new Undo({ id: minted(ctx, "undos"), ...mine, object: announce });
    await ctx.sendActivity({ identifier: name }, "followers", told, { preferSharedInbox: true });
  }
}

// What can be chosen and how often it was; null for a Note.
async function asked(ctx, question) {
  if (!(question instanceof Question)) return null;
  const counts = {};
  for (const options of [question.getExclusiveOptions(ctx), question.getInclusiveOptions(ctx)]) {
    for await (const option of options) counts[`${option.name}`] = (await option.getReplies(ctx))?.totalItems ?? null;
  }
  return { counts, voters: question.voters, closed: question.closed?.toString() ?? null, endTime: question.endTime?.toString() ?? null };
}

function shown(note) {
  return {
    author: note.attributionId.href,
    content: `${note.content ?? ""}`,
    inReplyTo: note.replyTargetId?.href ?? null,
    quote: note.quoteId?.href ?? null,
    authorization: note.quoteAuthorizationId?.href ?? null,
    quotable: note.interactionPolicy?.canQuote?.automaticApprovals.map((id) => id.href) ?? null,
    updated: note.updated?.toString() ?? null,
    to: note.toIds.map((id) => id.href),
    cc: note.ccIds.map((id) => id.href),
  };
}

// --- what a test may tell ------------------------------------------------------------------------------------------------

function minted(ctx, kind) {
  return new URL(`/${kind}/${++number}`, ctx.origin);
}

// A group says in which form it passes on what it gets: "plain" or "whole".
async function actor(ctx, { name, group = null }) {
  const keys = [await generateCryptoKeyPair("RSASSA-PKCS1-v1_5"), await generateCryptoKeyPair("Ed25519")];
  actors.set(name, { keys, group, followers: new Map(), following: new Map() });
  return { id: ctx.getActorUri(name).href, handle: `@${name}@${new URL(ctx.origin).host}` };
}

// Signed as the actor: nodes may serve their posts to nobody else.
async function found(ctx, name, id) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: name });
  const object = await ctx.lookupObject(id, { documentLoader });
  if (object == null) throw new Error(`${id} was not found`);
  return object;
}

async function follow(ctx, { as, target }) {
  const followed = await found(ctx, as, target);
  const id = ctx.getObjectUri(Follow, { number: `${++number}` });
  const activity = new Follow({ id, actor: ctx.getActorUri(as), object: followed.id, to: followed.id });
  follows.set(`${number}`, activity);
  actors.get(as).following.set(followed.id.href, "asked");
  await ctx.sendActivity({ identifier: as }, followed, activity);
  return { id: activity.id.href };
}

async function unfollow(ctx, { as, target, follow }) {
  const followed = await found(ctx, as, target);
  const mine = ctx.getActorUri(as);
  const activity = new Follow({ id: new URL(follow), actor: mine, object: followed.id });
  actors.get(as).following.delete(followed.id.href);
  const undo = new Undo({ id: minted(ctx, "undos"), actor: mine, object: activity, to: followed.id });
  await ctx.sendActivity({ identifier: as }, followed, undo);
  return { id: undo.id.href };
}

async function join(ctx, { as, target }) {
  const group = await found(ctx, as, target);
  const id = ctx.getObjectUri(Join, { number: `${++number}` });
  const activity = new Join({ id, actor: ctx.getActorUri(as), object: group.id, to: group.id });
  joins.set(`${number}`, activity);
  actors.get(as).following.set(group.id.href, "asked");
  await ctx.sendActivity({ identifier: as }, group, activity);
  return { id: activity.id.href };
}

async function leave(ctx, { as, target }) {
  const group = await found(ctx, as, target);
  actors.get(as).following.delete(group.id.href);
  const activity = new Leave({ id: minted(ctx, "leaves"), actor: ctx.getActorUri(as), object: group.id, to: group.id });
  await ctx.sendActivity({ identifier: as }, group, activity);
  return { id: activity.id.href };
}

// To and cc of a post, as everybody reads them.
function addressing(ctx, as, visibility, mentioned) {
  const [followers, others] = [ctx.getFollowersUri(as), mentioned.map((actor) => actor.id)];
  return {
    public: { tos: [PUBLIC_COLLECTION], ccs: [followers, ...others] },
    unlisted: { tos: [followers], ccs: [PUBLIC_COLLECTION, ...others] },
    followers: { tos: [followers], ccs: others },
    direct: { tos: others, ccs: [] },
  }[visibility];
}

async function post(ctx, { as, content, inReplyTo = null, quotable = false, visibility = "public", mentions = [] }) {
  const id = ctx.getObjectUri(Note, { number: `${++number}` });
  const own = number;
  const parent = inReplyTo === null ? null : await found(ctx, as, inReplyTo);
  const author = await parent?.getAttribution(ctx);
  const named = [];
  for (const name of mentions) named.push(await found(ctx, as, name));
  const mentioned = [...(author == null ? [] : [author]), ...named.filter((actor) => actor.id.href !== author?.id.href)];
  const note = new Note({
    id,
    attribution: ctx.getActorUri(as),
    ...addressing(ctx, as, visibility, mentioned),
    content,
    replyTarget: parent?.id,
    interactionPolicy: quotable
      ? new InteractionPolicy({ canQuote: new InteractionRule({ automaticApproval: PUBLIC_COLLECTION }) })
      : null,
    tags: mentioned.map((actor) => new Mention({ href: actor.id, name: `@${actor.preferredUsername}@${actor.id.host}` })),
    published: Temporal.Now.instant(),
    url: id,
  });
  notes.set(`${own}`, { as, note, mentioned, deleted: false });
  await publish(ctx, as, mentioned, note, new Create({ id: minted(ctx, "creates"), ...addressed(ctx, as, note), object: note }));
  return { id: id.href };
}

// Posts a quote and asks its author.
async function quote(ctx, { as, content, quoted }) {
  const target = await found(ctx, as, quoted);
  const author = await target.getAttribution(ctx);
  const mine = ctx.getActorUri(as);
  const id = ctx.getObjectUri(Note, { number: `${++number}` });
  const note = new Note({
    id,
    attribution: mine,
    to: PUBLIC_COLLECTION,
    ccs: [ctx.getFollowersUri(as)],
    content,
    quote: target.id,
    published: Temporal.Now.instant(),
    url: id,
  });
  notes.set(`${number}`, { as, note, mentioned: [author], deleted: false });
  const asked = ctx.getObjectUri(QuoteRequest, { number: `${++number}` });
  const request = new QuoteRequest({ id: asked, actor: mine, object: target.id, instrument: note, to: author.id });
  quotes.set(`${number}`, { as, request, note: id.href, state: "asked", shown: null });
  await ctx.sendActivity({ identifier: as }, author, request);
  return { id: id.href };
}

async function ask(ctx, { as, content, options, multiple = false }) {
  const id = ctx.getObjectUri(Question, { number: `${++number}` });
  const listed = options.map((name) => new Note({ name, replies: new Collection({ totalItems: 0 }) }));
  const question = new Question({
    id,
    attribution: ctx.getActorUri(as),
    to: PUBLIC_COLLECTION,
    ccs: [ctx.getFollowersUri(as)],
    content,
    ...(multiple ? { inclusiveOptions: listed } : { exclusiveOptions: listed }),
    endTime: Temporal.Now.instant().add({ hours: 1 }),
    voters: 0,
    published: Temporal.Now.instant(),
    url: id,
  });
  questions.set(`${number}`, { question, votes: [] });
  await publish(ctx, as, [], question, new Create({ id: minted(ctx, "creates"), ...addressed(ctx, as, question), object: question }));
  return { id: id.href };
}

async function vote(ctx, { as, poll, name }) {
  const question = await found(ctx, as, poll);
  const author = await question.getAttribution(ctx);
  const mine = ctx.getActorUri(as);
  const choice = new Note({ id: minted(ctx, "votes"), attribution: mine, name, replyTarget: question.id, to: author.id });
  const activity = new Create({ id: minted(ctx, "creates"), actor: mine, to: author.id, object: choice });
  await ctx.sendActivity({ identifier: as }, author, activity, { orderingKey: question.id.href });
  return { id: choice.id.href };
}

// A post for followers, beside which Fedify says which of them live at the receiving host (FEP-8fcf).
async function among(ctx, { as, content }) {
  const id = ctx.getObjectUri(Note, { number: `${++number}` });
  const tos = [ctx.getFollowersUri(as)];
  const note = new Note({ id, attribution: ctx.getActorUri(as), tos, content, published: Temporal.Now.instant() });
  notes.set(`${number}`, { as, note, mentioned: [], deleted: false });
  const create = new Create({ id: minted(ctx, "creates"), ...addressed(ctx, as, note), object: note });
  await ctx.sendActivity({ identifier: as }, "followers", create, { syncCollection: true, preferSharedInbox: true });
  return { id: id.href };
}

// Loses a follower, as after a crash.
async function drop(_ctx, { as, follower }) {
  actors.get(as).followers.delete(follower);
  return { id: follower };
}

// With a visibility the post claims to be for others than before.
async function edit(ctx, { as, id, content, visibility = null }) {
  const entry = notes.get(id.split("/").at(-1));
  const claimed = visibility === null ? {} : addressing(ctx, as, visibility, entry.mentioned);
  entry.note = entry.note.clone({ ...claimed, content, updated: Temporal.Now.instant() });
  const update = new Update({ id: minted(ctx, "updates"), ...addressed(ctx, as, entry.note), object: entry.note });
  await publish(ctx, as, entry.mentioned, entry.note, update);
  return { id: update.id.href };
}

async function remove(ctx, { as, id }) {
  const entry = notes.get(id.split("/").at(-1));
  entry.deleted = true;
  const tombstone = new Tombstone({ id: entry.note.id });
  const activity = new Delete({ id: minted(ctx, "deletes"), ...addressed(ctx, as, entry.note), object: tombstone });
  await publish(ctx, as, entry.mentioned, entry.note, activity);
  return { id: activity.id.href };
}

function addressed(ctx, as, note) {
  return { actor: ctx.getActorUri(as), tos: note.toIds, ccs: note.ccIds };
}

async function publish(ctx, as, mentioned, note, activity) {
  const options = { orderingKey: note.id.href };
  const toFollowers = addressees(note).includes(ctx.getFollowersUri(as).href);
  if (toFollowers) await ctx.sendActivity({ identifier: as }, "followers", activity, { ...options, preferSharedInbox: true });
  for (const actor of mentioned) {
    if (toFollowers && actors.get(as).followers.has(actor.id.href)) continue;
    await ctx.sendActivity({ identifier: as }, actor, activity, options);
  }
}

async function react(ctx, { as, kind, object }) {
  const reacted = await found(ctx, as, object);
  const author = await reacted.getAttribution(ctx);
  const mine = { actor: ctx.getActorUri(as), object: reacted.id };
  const activity = kind === "like"
    ? new Like({ id: minted(ctx, "likes"), ...mine, to: author.id })
    : new Announce({ id: minted(ctx, "boosts"), ...mine, to: PUBLIC_COLLECTION, ccs: [author.id, ctx.getFollowersUri(as)],
      published: Temporal.Now.instant() });
  await ctx.sendActivity({ identifier: as }, author, activity, { orderingKey: activity.id.href });
  return { id: activity.id.href };
}

async function unreact(ctx, { as, kind, object, id }) {
  const author = await (await found(ctx, as, object)).getAttribution(ctx);
  const mine = { id: new URL(id), actor: ctx.getActorUri(as), object: new URL(object) };
  const undone = kind === "like" ? new Like(mine) : new Announce(mine);
  const undo = new Undo({ id: minted(ctx, "undos"), actor: mine.actor, object: undone, to: author.id });
  await ctx.sendActivity({ identifier: as }, author, undo, { orderingKey: id });
  return { id: undo.id.href };
}

// Whether an actor of ours is shown a document.
async function sees(ctx, { as, id }) {
  const documentLoader = await ctx.getDocumentLoader({ identifier: as });
  return { seen: (await ctx.lookupObject(id, { documentLoader })) != null };
}

async function fetched(ctx, { as, id }) {
  return await (await found(ctx, as, id)).toJsonLd({ format: "compact", contextLoader: ctx.contextLoader });
}

// What Fedify remembers of a host that it dealt with: which scheme to knock with first.
async function knock(_ctx, { origin, scheme }) {
  await kv.set([...SPECS, origin], scheme === "cavage" ? "draft-cavage-http-signatures-12" : scheme);
  return {};
}

function store() {
  return {
    actors: Object.fromEntries([...actors].map(([name, { followers, following }]) => [
      name,
      { followers: [...followers.keys()], following: Object.fromEntries(following) },
    ])),
    posts: Object.fromEntries(posts),
    likes: Object.fromEntries(likes),
    boosts: Object.fromEntries(boosts),
    votes: Object.fromEntries([...questions.values()].map(({ question, votes }) => [question.id.href, votes])),
    quotes: Object.fromEntries([...quotes.values()].map(({ note, state, shown }) => [note, { state, shown }])),
    arrivals,
  };
}

const ORDERS = {
  actor, follow, unfollow, join, leave, post, among, drop, quote, ask, vote, edit, remove, react, unreact, sees, fetched, knock, store,
};

// --- the two servers -----------------------------------------------------------------------------------------------------

async function bodyOf(message) {
  const chunks = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// Which scheme a request is signed with. Fedify answers 202 only to what its verifier took.
function schemeOf(headers) {
  if (headers["signature-input"]) return "rfc9421";
  return headers.signature ? "cavage" : "none";
}

function noted(message, body, status) {
  let activity = {};
  try {
    activity = JSON.parse(body);
  } catch {
    // Not JSON: noted without type and id.
  }
  const agent = message.headers["user-agent"];
  arrivals.push({ type: activity.type, id: activity.id, actor: activity.actor, scheme: schemeOf(message.headers), status, agent });
}

async function answer(origin, message, response) {
  const body = await bodyOf(message);
  const request = new Request(new URL(message.url, origin), {
    method: message.method,
    headers: Object.entries(message.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one])),
    body: body.length > 0 ? body : undefined,
  });
  const answered = await federation.fetch(request, { contextData: undefined });
  if (message.method === "POST") noted(message, body, answered.status);
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}

async function obey(origin, message, response) {
  try {
    const order = ORDERS[message.url.slice(1)];
    const body = await bodyOf(message);
    const result = await order(federation.createContext(new URL(origin), undefined), body.length > 0 ? JSON.parse(body) : {});
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(result));
  } catch (error) {
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: `${error.stack ?? error}` }));
  }
}

const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

const certificate = readFileSync(process.argv[2]); // chain and key in one file
let origin = "";
const failed = (response) => (error) => {
  console.error(error);
  response.writeHead(500).end();
};
const doors = createServer({ cert: certificate, key: certificate }, (message, response) => {
  answer(origin, message, response).catch(failed(response));
});
origin = `https://localhost:${await listening(doors)}`;
const control = `http://127.0.0.1:${await listening(createPlainServer((message, response) => obey(origin, message, response)))}`;

process.stdin.on("end", () => process.exit(0)).resume();
console.log(JSON.stringify({ origin, control }));

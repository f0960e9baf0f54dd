// A small server on activitypub-express, with its middleware as its README mounts it. Tests tell it what to do and read its store.
//
//   node server.mjs CERTIFICATE      https on loopback, for peers; http on loopback, for the test (POST /ORDER with JSON)
//
// Its first line on standard output says where both listen. It ends when its standard input does.

import { readFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";

import ActivitypubExpress from "activitypub-express";
import express from "express";

import { Store } from "./store.mjs";

const certificate = readFileSync(process.argv[2]); // chain and key in one file
const store = new Store();
const arrivals = []; // every POST that came in: { type, id, actor, scheme, status }
const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
const log = { info() {}, warn: console.error, error: console.error };
console.log = console.error; // its own chatter; standard output is for one line

const app = express();
app.set("env", "production"); // unsigned requests are refused
const server = createServer({ cert: certificate, key: certificate }, app);
const origin = `https://localhost:${await listening(server)}`;
const routes = {
  actor: "/u/:actor",
  object: "/o/:id",
  activity: "/s/:id",
  inbox: "/u/:actor/inbox",
  outbox: "/u/:actor/outbox",
  followers: "/u/:actor/followers",
  following: "/u/:actor/following",
  liked: "/u/:actor/liked",
  collections: "/u/:actor/c/:id",
  blocked: "/u/:actor/blocked",
  rejections: "/u/:actor/rejections",
  rejected: "/u/:actor/rejected",
  shares: "/s/:id/shares",
  likes: "/s/:id/likes",
};
const apex = ActivitypubExpress({
  name: "Tests", version: "1.0.0", baseUrl: origin, actorParam: "actor", objectParam: "id", activityParam: "id", routes, store, logger: log,
});

// It fetches contexts that it does not know; there is no network here, so the one that our actors name besides is put in.
const security = "https://w3id.org/security#";
await store.saveContext({
  contextUrl: null,
  documentUrl: "https://w3id.org/security/multikey/v1",
  document: { "@context": {
    Multikey: `${security}Multikey`,
    controller: { "@id": `${security}controller`, "@type": "@id" },
    publicKeyMultibase: `${security}publicKeyMultibase`,
  } },
});

app.use((request, response, next) => {
  if (request.method !== "POST") return next();
  const { signature, "signature-input": input } = request.headers;
  const scheme = input ? "rfc9421" : signature ? "cavage" : "none";
  response.on("finish", () => {
    const { type, id, actor } = request.body ?? {};
    arrivals.push({ type, id, actor: [actor].flat()[0], scheme, status: response.statusCode });
  });
  next();
});
app.use(express.json({ type: apex.consts.jsonldTypes }), apex);
app.route(routes.inbox).get(apex.net.inbox.get).post(apex.net.inbox.post);
app.get(routes.outbox, apex.net.outbox.get);
app.get(routes.actor, apex.net.actor.get);
app.get(routes.followers, apex.net.followers.get);
app.get(routes.following, apex.net.following.get);
app.get(routes.liked, apex.net.liked.get);
app.get(routes.object, apex.net.object.get);
app.get(routes.activity, apex.net.activityStream.get);
app.get(routes.shares, apex.net.shares.get);
app.get(routes.likes, apex.net.likes.get);
app.get("/.well-known/webfinger", apex.net.webfinger.get);

// Follows are granted at once, as its best known user, Guppe, does.
app.on("apex-inbox", async ({ actor, recipient, activity }) => {
  if (activity.type.toLowerCase() !== "follow") return;
  const accept = await apex.buildActivity("Accept", recipient.id, actor.id, { object: activity.id });
  const { postTask } = await apex.acceptFollow(recipient, activity);
  await apex.addToOutbox(recipient, accept);
  await postTask();
});

// --- what a test may tell ------------------------------------------------------------------------------------------------

// With its private key and the list that it fills in for a request.
async function acting(name) {
  const actor = await store.getObject(apex.utils.usernameToIRI(name), true);
  return { ...actor, _local: { blockList: [] } };
}

async function actor({ name }) {
  const made = await apex.createActor(name, name, "");
  await store.saveObject(made);
  return { id: made.id, handle: `@${name}@${new URL(origin).host}` };
}

async function found(target) {
  if (!target.startsWith("@")) return target;
  const [, name, host] = target.split("@");
  const answer = await fetch(`https://${host}/.well-known/webfinger?resource=acct:${name}@${host}`);
  return (await answer.json()).links.find((link) => link.rel === "self").href;
}

async function follow({ as, target }) {
  const sender = await acting(as);
  const id = await found(target);
  const activity = await apex.buildActivity("Follow", sender.id, id, { object: id });
  await apex.addToOutbox(sender, activity);
  return { id: activity.id };
}

async function unfollow({ as, follow }) {
  const sender = await acting(as);
  const followed = await store.getActivity(follow, true);
  const activity = await apex.buildActivity("Undo", sender.id, followed.object[0], { object: followed.id });
  await store.removeActivity(followed, sender.id);
  await apex.addToOutbox(sender, activity);
  return { id: activity.id };
}

// To and cc of a post, as everybody reads them.
function addressing(sender, visibility, mentioned) {
  const [followers, everybody] = [sender.followers[0], apex.consts.publicAddress];
  return {
    public: { to: [everybody], cc: [followers, ...mentioned] },
    unlisted: { to: [followers], cc: [everybody, ...mentioned] },
    followers: { to: [followers], cc: mentioned },
    direct: { to: mentioned, cc: [] },
  }[visibility];
}

async function post({ as, content, inReplyTo, visibility = "public", mentions = [] }) {
  const sender = await acting(as);
  const parent = inReplyTo && await apex.resolveObject(inReplyTo);
  const mentioned = parent ? [parent.attributedTo[0]] : [];
  for (const name of mentions) mentioned.push(await found(name));
  const { to, cc } = addressing(sender, visibility, mentioned);
  const tag = mentions.map((name, place) => ({ type: "Mention", name, href: mentioned.slice(-mentions.length)[place] }));
  const object = await apex.fromJSONLD({
    id: apex.utils.objectIdToIRI(), type: "Note", attributedTo: sender.id, to, cc, content, inReplyTo, tag,
    published: new Date().toISOString(),
  });
  await store.saveObject(object);
  const activity = await apex.buildActivity("Create", sender.id, to, { object, cc });
  await apex.addToOutbox(sender, activity);
  return { id: object.id };
}

async function remove({ as, id }) {
  const sender = await acting(as);
  const object = await store.getObject(id);
  await store.updateObject(await apex.buildTombstone(object), sender.id, true);
  const activity = await apex.buildActivity("Delete", sender.id, object.to[0], { object: id, cc: object.cc });
  await apex.addToOutbox(sender, activity);
  return { id: activity.id };
}

async function read() {
  const actors = {};
  for (const one of [...store.objects.values()].filter((object) => object._meta?.privateKey)) {
    const asked = store.streams.filter((activity) => activity.type === "Follow" && activity.actor[0] === one.id);
    const granted = await store.getStream(one.following[0]);
    const granters = new Set(granted.map((activity) => apex.objectIdFromActivity(activity)));
    const states = asked.map((activity) => apex.objectIdFromActivity(activity)).map((id) => [id, granters.has(id) ? "accepted" : "asked"]);
    const followers = await store.getStream(one.followers[0]);
    actors[one.preferredUsername[0]] = { followers: followers.map((activity) => activity.actor[0]), following: Object.fromEntries(states) };
  }
  const posts = [...store.objects.values()].filter((object) => !object.id.startsWith(origin) && ["Note", "Tombstone"].includes(object.type));
  const records = posts.map((object) => [object.id, { ...shown(object), readers: readers(actors, object) }]);
  return { actors, posts: Object.fromEntries(records), likes: {}, boosts: {}, arrivals };
}

const everybody = "https://www.w3.org/ns/activitystreams#Public";

function addressees(values) {
  return (values ?? []).map((id) => (id === apex.consts.publicAddress ? everybody : id));
}

// The names of our actors who may read what somebody else posted; null when everybody may.
function readers(actors, note) {
  const to = [...addressees(note.to), ...addressees(note.cc)];
  if (to.includes(everybody)) return null;
  const [author] = note.attributedTo ?? [];
  const toFollowers = to.some((id) => id.startsWith(`${author}/`));
  const may = ([name, { following }]) => to.includes(apex.utils.usernameToIRI(name)) || (toFollowers && following[author] === "accepted");
  return Object.entries(actors).filter(may).map(([name]) => name);
}

function shown(note) {
  const [author, content, inReplyTo] = [note.attributedTo, note.content, note.inReplyTo].map((values) => values?.[0] ?? null);
  const parent = inReplyTo?.id ?? inReplyTo;
  const addressed = { to: addressees(note.to), cc: addressees(note.cc) };
  return { author, content, inReplyTo: parent, ...addressed, updated: note.updated?.[0] ?? null, edits: [], deleted: note.type === "Tombstone" };
}

const ORDERS = { actor, follow, unfollow, post, remove, store: read };

async function obey(message, response) {
  try {
    const chunks = [];
    for await (const chunk of message) chunks.push(chunk);
    const answer = await ORDERS[message.url.slice(1)](JSON.parse(Buffer.concat(chunks).toString() || "{}"));
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  } catch (error) {
    response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ error: `${error.stack ?? error}` }));
  }
}

const control = `http://127.0.0.1:${await listening(createPlainServer(obey))}`;
process.stdin.on("end", () => process.exit(0)).resume();
process.stdout.write(`${JSON.stringify({ origin, control })}\n`);

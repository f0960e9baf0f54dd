// A member's day with megalodon, on which Whalebird and Fedistar stand.
import { createReadStream } from "node:fs";
import generator, { detector } from "megalodon";
import { heard, live, say } from "./said.mjs";

const OOB = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = ["read", "write", "follow", "push"];

live(async ({ base, picture, before }) => {
  const kind = await detector(base);
  const stranger = generator(kind, base);
  const app = await stranger.registerApp("megalodon", { scopes: SCOPES, redirect_uris: OOB });
  say({ authorize: app.url });
  const { code } = await heard();
  const token = await stranger.fetchAccessToken(app.client_id, app.client_secret, code, OOB);
  const client = generator(kind, base, token.access_token);
  const own = (await client.verifyAccountCredentials()).data;
  const instance = (await client.getInstance()).data;

  const seen = [];
  let below;
  while (seen.length < before) {
    const page = (await client.getHomeTimeline({ limit: 40, ...(below ? { max_id: below } : {}) })).data;
    if (page.length === 0) break;
    seen.push(...page.map((status) => status.id));
    below = page.at(-1).id;
  }

  const media = (await client.uploadMedia(createReadStream(picture), { description: "A net" })).data;
  const posted = (await client.postStatus("Reti pronte #reti", { media_ids: [media.id], visibility: "public", language: "it" })).data;
  const answer = (await client.postStatus("E le barche", { in_reply_to_id: posted.id })).data;
  const asked = (await client.postStatus("Quale?", { poll: { options: ["Rete", "Lenza"], expires_in: 3600 } })).data;
  const thread = (await client.getStatusContext(posted.id)).data;
  const edited = (await client.editStatus(answer.id, { status: "E anche le barche" })).data;
  const favoured = (await client.favouriteStatus(posted.id)).data;
  const kept = (await client.bookmarkStatus(posted.id)).data;
  const list = (await client.createList("Barche")).data;
  const lists = (await client.getLists()).data;
  const found = (await client.search("reti", { type: "hashtags" })).data;
  const tagged = (await client.getTagTimeline("reti")).data;
  const notifications = (await client.getNotifications()).data;
  const relationships = (await client.getRelationships([own.id])).data;
  const emojis = (await client.getInstanceCustomEmojis()).data;
  const announcements = (await client.getInstanceAnnouncements()).data;
  const preferences = (await client.getPreferences()).data;
  const followed = (await client.getFollowedTags()).data;
  await client.deleteStatus(answer.id);
  const gone = await client.getStatus(answer.id).then(() => false, (error) => error.response.status === 404);
  await client.deleteList(list.id);

  return {
    kind, username: own.username, uri: instance.uri, seen: seen.length, distinct: new Set(seen).size,
    media: { type: media.type, description: media.description }, attached: posted.media_attachments.length,
    language: posted.language, options: asked.poll.options.map((option) => option.title),
    below: thread.descendants.map((status) => status.id === answer.id), edited: edited.content,
    favoured: favoured.favourited, kept: kept.bookmarked, lists: lists.map((one) => one.title),
    found: found.hashtags.map((tag) => tag.name), tagged: tagged.map((status) => status.id === posted.id),
    notifications: notifications.length, relationships: relationships.length, emojis: Array.isArray(emojis),
    announcements: Array.isArray(announcements), visibility: preferences["posting:default:visibility"],
    followed: followed.length, gone,
  };
});

// A member's day with masto.js, on which Elk and Phanpy stand.
import { readFile } from "node:fs/promises";
import { live } from "./said.mjs";
import { signedIn } from "./signing_in.mjs";

live(async ({ base, picture, before }) => {
  const masto = await signedIn(base);
  const instance = await masto.v2.instance.fetch();
  const own = await masto.v1.accounts.verifyCredentials();

  // Home, back through everything that was said before.
  const seen = [];
  for await (const page of masto.v1.timelines.home.list({ limit: 40 })) {
    seen.push(...page.map((status) => status.id));
    if (seen.length >= before) break;
  }

  const media = await masto.v2.media.create({
    file: new Blob([await readFile(picture)], { type: "image/png" }), description: "A net",
  });
  const posted = await masto.v1.statuses.create({
    status: "Nets are mended #fish", mediaIds: [media.id], visibility: "public", language: "en",
  });
  const poll = await masto.v1.statuses.create({
    status: "Which net?", poll: { options: ["Gill", "Trawl"], expiresIn: 3600 },
  });
  const answer = await masto.v1.statuses.create({ status: "And the boats", inReplyToId: posted.id });
  const thread = await masto.v1.statuses.$select(posted.id).context.fetch();
  const edited = await masto.v1.statuses.$select(answer.id).update({ status: "And the boats too" });
  const history = await masto.v1.statuses.$select(answer.id).history.list();
  const favoured = await masto.v1.statuses.$select(posted.id).favourite();
  const kept = await masto.v1.statuses.$select(posted.id).bookmark();
  const bookmarks = await masto.v1.bookmarks.list();
  const pinned = await masto.v1.statuses.$select(posted.id).pin();
  const list = await masto.v1.lists.create({ title: "Boats" });
  const lists = await masto.v1.lists.list();
  const filter = await masto.v2.filters.create({
    title: "Spoilers", context: ["home"], filterAction: "warn", keywordsAttributes: [{ keyword: "mended" }],
  });
  const home = await masto.v1.timelines.home.list({ limit: 3 });
  const found = await masto.v2.search.list({ q: "mended", type: "statuses" });
  const tagged = await masto.v1.timelines.tag.$select("fish").list();
  const notifications = await masto.v1.notifications.list();
  const grouped = await masto.v2.notifications.list();
  const relationships = await masto.v1.accounts.relationships.fetch({ id: [own.id] });
  await masto.v1.markers.create({ home: { lastReadId: posted.id } });
  const markers = await masto.v1.markers.fetch({ timeline: ["home"] });
  const conversations = await masto.v1.conversations.list();
  const preferences = await masto.v1.preferences.fetch();
  const removed = await masto.v1.statuses.$select(answer.id).remove();
  const gone = await masto.v1.statuses.$select(answer.id).fetch().then(() => false, (error) => error.statusCode === 404);
  await masto.v1.lists.$select(list.id).remove();
  await masto.v2.filters.$select(filter.id).remove();

  return {
    version: instance.version, username: own.username, seen: seen.length, distinct: new Set(seen).size,
    media: { type: media.type, description: media.description, url: media.url, blurhash: media.blurhash },
    attached: posted.mediaAttachments.map((one) => one.id === media.id), language: posted.language,
    options: poll.poll.options.map((option) => option.title),
    below: thread.descendants.map((status) => status.id === answer.id),
    edited: edited.content, versions: history.length, favoured: favoured.favourited, kept: kept.bookmarked,
    bookmarks: bookmarks.map((status) => status.id === posted.id), pinned: pinned.pinned,
    lists: lists.map((one) => one.title),
    filtered: home.find((status) => status.id === posted.id).filtered.map((result) => result.filter.title),
    found: found.statuses.map((status) => status.id === posted.id),
    tagged: tagged.map((status) => status.id === posted.id),
    notifications: notifications.length, groups: grouped.notificationGroups.length,
    relationships: relationships.length, marker: markers.home.lastReadId === posted.id,
    conversations: conversations.length, visibility: preferences["posting:default:visibility"],
    text: removed.text, gone,
  };
});

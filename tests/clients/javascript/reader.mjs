// Whoever may only read, with masto.js: home is there, and writing is refused.
import { heard, live } from "./said.mjs";
import { signedIn } from "./signing_in.mjs";

live(async ({ base }) => {
  const masto = await signedIn(base);
  const { id } = await heard();
  const home = await masto.v1.timelines.home.list();
  const refused = await masto.v1.statuses.create({ status: "May I?" }).then(() => null, (error) => error.statusCode);
  const pending = await masto.v1.statuses.$select(id).fetch();
  return { home: home.map((status) => status.content), refused, pending: pending.content };
});

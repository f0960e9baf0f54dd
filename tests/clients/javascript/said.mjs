// What a client's day and the test say to each other: a line of JSON each, the address to sign in at, the code, what came of it.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Tells the test something. */
export function say(told) {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** The next thing that the test says. */
export async function heard() {
  const { value } = await lines.next();
  return JSON.parse(value);
}

/** Runs a day with what the test wants, and tells what came of it; a fault with its words. */
export async function live(day) {
  try {
    say({ done: await day(await heard()) });
  } catch (error) {
    say({ fault: `${error.stack ?? error}`, answer: error.rawResponse?.status ?? error.response?.data ?? null });
  }
  process.exit(0);
}

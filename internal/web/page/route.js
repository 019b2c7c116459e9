// @ts-check
// Addresses within the page: the part behind #.

/** @import { Experiment } from "../api.d.ts" */
/** @typedef {"leaderboard" | "model" | "day" | "jobs" | "job" | "run" | "prices"} PageName */

/**
 * A Visit is what a page needs to know besides its arguments.
 * @typedef {object} Visit
 * @property {string} experiment the one that the user has chosen
 * @property {Experiment[]} experiments all that have a book
 * @property {AbortSignal} signal aborted when the user leaves the page
 */

/** @type {[RegExp, PageName][]} */
const routes = [
  [/^\/$/u, "leaderboard"],
  [/^\/model\/([^/]+)$/u, "model"],
  [/^\/day\/([^/]+)\/([^/]+)$/u, "day"],
  [/^\/jobs$/u, "jobs"],
  [/^\/job\/([^/]+)$/u, "job"],
  [/^\/run$/u, "run"],
  [/^\/prices$/u, "prices"],
];

export const HOME = "#/";

/**
 * route finds the page of a hash, and its arguments; null when the hash names no page.
 * @param {string} hash
 * @returns {{ page: PageName, args: string[] } | null}
 */
export function route(hash) {
  const path = hash.replace(/^#/u, "") || "/";
  for (const [pattern, page] of routes) {
    const match = pattern.exec(path);
    if (match) return decoded(page, match.slice(1));
  }
  return null;
}

/**
 * @param {PageName} page
 * @param {string[]} args
 */
function decoded(page, args) {
  try {
    return { page, args: args.map(decodeURIComponent) };
  } catch {
    return null; // a % that encodes nothing
  }
}

/** @param {string} name */
export const modelLink = (name) => `#/model/${encodeURIComponent(name)}`;

/**
 * @param {string} date
 * @param {string} name
 */
export const dayLink = (date, name) => `#/day/${encodeURIComponent(date)}/${encodeURIComponent(name)}`;

/** @param {string} id */
export const jobLink = (id) => `#/job/${encodeURIComponent(id)}`;

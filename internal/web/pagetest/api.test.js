// @ts-check

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import * as api from "../page/api.js";

/** @typedef {{ path: string, init: RequestInit }} Asked */

const { signal } = new AbortController();
/** @type {Asked[]} */
let asked = [];
/** @type {Map<string, string>} */
let stored = new Map();

/**
 * answers makes the service answer with these, one after the other.
 * @param {Response[]} responses
 */
function answers(...responses) {
  mock.method(globalThis, "fetch", async (/** @type {string} */ path, /** @type {RequestInit} */ init) => {
    await null; // as from a network
    asked.push({ path, init });
    return responses[asked.length - 1];
  });
}

beforeEach(() => {
  asked = [];
  stored = new Map();
  const storage = {
    getItem: (/** @type {string} */ name) => stored.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) => stored.set(name, value),
    removeItem: (/** @type {string} */ name) => stored.delete(name),
  };
  Object.assign(globalThis, { sessionStorage: storage });
});
afterEach(() => mock.restoreAll());

test("a query has no empty parameters, and keeps zero and false", () => {
  const fields = { a: "x y", b: "", c: null, d: undefined, wait: 0, details: false };
  assert.equal(api.query(fields), "a=x+y&wait=0&details=false");
  assert.equal(api.query({}), "");
});

test("curves reads all pages, and keeps the benchmark of the first", async () => {
  const benchmark = { symbol: "QQQ", values: [] };
  answers(
    Response.json({ results: [{ model: "a" }], benchmark, next: "a" }),
    Response.json({ results: [{ model: "b" }] }),
  );
  const all = await api.curves("main", signal);
  assert.deepEqual(all.results.map((r) => r.model), ["a", "b"]);
  assert.deepEqual(all.benchmark, benchmark);
  assert.deepEqual(asked.map((q) => new URLSearchParams(q.path.split("?")[1]).get("next")), [null, "a"]);
});

test("the model-days of a large job are read to their last page", async () => {
  answers(
    Response.json({ progress: { details: [{ date: "2025-09-02" }] }, details_next: "2025-09-02,a" }),
    Response.json({ progress: { details: [{ date: "2025-09-03" }] } }),
  );
  const days = await api.modelDays("job 1", signal);
  assert.deepEqual(days.map((d) => d.date), ["2025-09-02", "2025-09-03"]);
  assert.deepEqual(asked.map((q) => q.path), [
    "/simulate/status/job%201",
    "/simulate/status/job%201?details_next=2025-09-02%2Ca",
  ]);
});

test("jobs are those of one experiment", async () => {
  answers(Response.json({ jobs: [] }));
  await api.jobs({ experiment: "other", limit: 1 }, signal);
  assert.equal(asked[0].path, "/simulate/jobs?experiment=other&limit=1");
});

test("the key is sent, once there is one", async () => {
  answers(Response.json({}), Response.json({}));
  await api.models(signal);
  api.key.set("ait_1");
  await api.models(signal);
  const sent = asked.map((q) => new Headers(q.init.headers).get("Authorization"));
  assert.deepEqual(sent, [null, "Bearer ait_1"]);
});

test("a trigger is sent as JSON", async () => {
  answers(Response.json({ message: "started" }));
  await api.trigger({ experiment: "main" });
  assert.equal(asked[0].init.method, "POST");
  assert.equal(asked[0].init.body, '{"experiment":"main"}');
  assert.equal(new Headers(asked[0].init.headers).get("Content-Type"), "application/json");
});

test("a report that has not changed keeps its ETag", async () => {
  answers(
    Response.json({ status: "running" }, { headers: { ETag: '"1"' } }),
    new Response(null, { status: 304 }),
  );
  const first = await api.changed("j", { etag: null, wait: 0, signal });
  assert.deepEqual(first, { report: { status: "running" }, etag: '"1"' });
  assert.deepEqual(await api.changed("j", { etag: first.etag, wait: 20, signal }), { report: null, etag: '"1"' });
  assert.equal(asked[1].path, "/simulate/status/j?details=false&wait=20");
  assert.equal(new Headers(asked[1].init.headers).get("If-None-Match"), '"1"');
});

test("a refusal is an error with the service's message", async () => {
  answers(Response.json({ message: "no such model" }, { status: 400 }));
  await assert.rejects(api.models(signal), { status: 400, message: "no such model" });
});

test("an error that is not JSON is reported by its status", async () => {
  answers(new Response("<h1>Bad gateway</h1>", { status: 502 }), Response.json({}, { status: 503 }));
  await assert.rejects(api.models(signal), { status: 502, message: "The service answered with status 502." });
  await assert.rejects(api.models(signal), { status: 503, message: "The service answered with status 503." });
});

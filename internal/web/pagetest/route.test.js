// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { HOME, dayLink, jobLink, modelLink, route } from "../page/route.js";

test("an empty hash is the leaderboard", () => {
  for (const hash of ["", "#", HOME]) assert.deepEqual(route(hash), { page: "leaderboard", args: [] });
});

test("a hash names a page and its arguments", () => {
  assert.deepEqual(route("#/jobs"), { page: "jobs", args: [] });
  assert.deepEqual(route("#/run"), { page: "run", args: [] });
  assert.deepEqual(route("#/prices"), { page: "prices", args: [] });
  assert.deepEqual(route("#/job/0198"), { page: "job", args: ["0198"] });
  assert.deepEqual(route("#/model/gpt-5~2"), { page: "model", args: ["gpt-5~2"] });
  assert.deepEqual(route("#/day/2025-10-10/gpt-5"), { page: "day", args: ["2025-10-10", "gpt-5"] });
});

test("any other hash names no page", () => {
  for (const hash of ["#/none", "#jobs", "#/jobs/", "#/model/", "#/model/a/b", "#/day/2025-10-10", "#/constructor"]) {
    assert.equal(route(hash), null, hash);
  }
});

test("a hash that is not well encoded names no page", () => {
  assert.equal(route("#/model/100%"), null);
});

test("links lead back to their names", () => {
  for (const name of ["gpt-5", "a/b", "50% off", "#1", "größer", "a b"]) {
    assert.deepEqual(route(modelLink(name)), { page: "model", args: [name] });
    assert.deepEqual(route(jobLink(name)), { page: "job", args: [name] });
    assert.deepEqual(route(dayLink("2025-10-10", name)), { page: "day", args: ["2025-10-10", name] });
  }
});

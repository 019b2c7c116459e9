// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { triggerBody } from "../page/run.js";

const offered = ["a", "b"];

/** @param {[string, string][]} fields */
function form(...fields) {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  return data;
}

test("a form that is left as it is asks for all models, and what is missing", () => {
  const filled = form(["start_date", ""], ["end_date", ""], ["models", "a"], ["models", "b"], ["experiment", "main"],
    ["budget_usd", ""]);
  assert.deepEqual(triggerBody(filled, offered), { experiment: "main" });
});

test("a form that is filled asks for what it says", () => {
  const filled = form(["start_date", "2025-09-01"], ["end_date", "2025-09-30"], ["models", "b"],
    ["experiment", "other"], ["replace_existing", "on"], ["budget_usd", "0.25"]);
  assert.deepEqual(triggerBody(filled, offered), {
    experiment: "other",
    models: ["b"],
    start_date: "2025-09-01",
    end_date: "2025-09-30",
    budget_usd: 0.25,
    replace_existing: true,
  });
});

test("a form without a model asks for none, not for all", () => {
  assert.deepEqual(triggerBody(form(["experiment", "main"]), offered), { experiment: "main", models: [] });
});

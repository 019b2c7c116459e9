// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { change, count, decimal, interval, money, percent, quantity, sign, span } from "../page/format.js";

test("money has cents and thousands separators", () => {
  assert.equal(money(10_091.09), "10,091.09");
  assert.equal(money(1_234_567.5), "1,234,567.50");
  assert.equal(money(-0.5), "-0.50");
  assert.equal(money(0), "0.00");
});

test("counts have thousands separators, and nouns their plural", () => {
  assert.equal(count(3480), "3,480");
  assert.equal(quantity(1, "symbol"), "1 symbol");
  assert.equal(quantity(0, "symbol"), "0 symbols");
  assert.equal(quantity(1500, "model-day"), "1,500 model-days");
});

test("a missing value is a dash", () => {
  for (const write of [money, decimal, percent, change]) {
    assert.equal(write(null), "–");
    assert.equal(write(undefined), "–");
  }
  assert.equal(interval(null), "–");
  assert.equal(interval(undefined), "–");
  assert.equal(span([]), "–");
});

test("a change has its sign, a size only a minus", () => {
  assert.equal(change(0.912), "+0.91%");
  assert.equal(change(-2.149), "-2.15%");
  assert.equal(percent(7.25), "7.25%");
  assert.equal(percent(-1.72), "-1.72%");
  assert.equal(change(0.01234, 4), "+0.0123%");
});

test("what rounds to zero has no sign", () => {
  assert.equal(decimal(-0.001), "0.00");
  assert.equal(percent(-0.004), "0.00%");
  assert.equal(change(0.004), "0.00%");
  assert.equal(change(-0.004), "0.00%");
  assert.deepEqual([-0.004, 0, 0.004, null].map((v) => sign(v)), [0, 0, 0, 0]);
  assert.deepEqual([-0.006, 0.006].map((v) => sign(v)), [-1, 1]);
});

test("an interval has both bounds, and a span both dates", () => {
  assert.equal(interval([-3.04, 5.36]), "-3.0 to 5.4");
  assert.equal(span(["2025-09-02", "2025-09-03", "2025-10-10"]), "2025-09-02 to 2025-10-10");
  assert.equal(span(["2025-09-02"]), "2025-09-02 to 2025-09-02");
});

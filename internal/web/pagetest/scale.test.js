// @ts-check

import assert from "node:assert/strict";
import { test } from "node:test";

import { LINEAR, LOG, axis, colour, labelled, tickLabel, ticks, timeline } from "../page/scale.js";

/** @param {number[]} values */
const rounded = (values) => values.map((v) => Number(v.toFixed(9)));

test("ticks are multiples of 1, 2 or 5 times a power of ten, within the bounds", () => {
  assert.deepEqual(rounded(ticks(-2.7, 1.6)), [-2, -1, 0, 1]);
  assert.deepEqual(rounded(ticks(0, 10)), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(rounded(ticks(0, 24)), [0, 5, 10, 15, 20]);
  assert.deepEqual(rounded(ticks(0, 0.03)), [0, 0.01, 0.02, 0.03]);
  assert.deepEqual(rounded(ticks(-15_000, 30_000, 3)), [0, 20_000]);
});

test("zero is a tick without a sign or a rounding error", () => {
  const [low, , , zero] = ticks(-0.3, 0.3, 6);
  assert.ok(Object.is(zero, 0), String(zero));
  assert.ok(Math.abs(low + 0.3) < 1e-9, "nor is a bound lost to one");
});

test("equal bounds have ticks, and never endlessly many", () => {
  assert.deepEqual(rounded(ticks(0, 0)), [0]);
  assert.deepEqual(rounded(ticks(3, 3)), [3]);
});

test("no range has many more ticks than it is asked for", () => {
  for (let range = 0.001; range < 1e6; range *= 1.37) {
    for (const many of [3, 5, 6]) {
      const n = ticks(-range / 3, range, many).length;
      assert.ok(n >= 1 && n <= 1.34 * many + 1, `${n} ticks for ${range}`);
    }
  }
});

test("a tick's label has three decimals at most", () => {
  assert.equal(tickLabel(0.30000000000000004), "0.3%");
  assert.equal(tickLabel(-20), "-20%");
  assert.equal(tickLabel(0.0125), "0.013%");
});

test("an axis runs from the highest value at the top to the lowest at the bottom", () => {
  const { y } = axis([-10, 30], LINEAR, { top: 100, height: 200, count: 5 });
  assert.equal(y(30), 100);
  assert.equal(y(-10), 300);
  assert.equal(y(10), 200);
});

test("an axis holds zero, also where all values are on one side of it, or none is there", () => {
  const box = { top: 0, height: 100, count: 5 };
  assert.equal(axis([5, 10], LINEAR, box).y(0), 100);
  assert.equal(axis([-5, -10], LINEAR, box).y(0), 0);
  assert.equal(axis([], LINEAR, box).y(0), 100);
  assert.equal(axis([0, 0], LINEAR, box).y(0), 100);
});

test("on the log scale, doubling is as far as halving", () => {
  const { y, ticks: marks } = axis([-50, 100], LOG, { top: 0, height: 100, count: 5 });
  assert.ok(Math.abs(y(0) - 50) < 1e-9);
  assert.ok(Math.abs(y(100)) < 1e-9);
  assert.ok(Math.abs(y(-50) - 100) < 1e-9);
  assert.deepEqual(rounded(marks), [-50, 0, 50, 100]);
});

test("the log scale holds a loss of everything", () => {
  assert.ok(Number.isFinite(LOG.to(-100)));
  assert.ok(Number.isFinite(LOG.to(-130)));
  for (const v of [-99, -12.5, 0, 3, 400]) assert.ok(Math.abs(LOG.from(LOG.to(v)) - v) < 1e-9);
});

test("dates are spread over the width, and the closest one is found", () => {
  const { x, at } = timeline(5, { left: 50, right: 250 });
  assert.deepEqual([0, 1, 4].map(x), [50, 100, 250]);
  assert.deepEqual([0, 74, 76, 250, 900].map(at), [0, 0, 1, 4, 4]);
});

test("a single date is in the middle", () => {
  const { x, at } = timeline(1, { left: 50, right: 250 });
  assert.equal(x(0), 150);
  assert.equal(at(60), 0);
});

test("labels of dates keep a distance", () => {
  assert.deepEqual(labelled(3, 1000), [0, 1, 2]);
  assert.deepEqual(labelled(29, 1000), [0, 5, 10, 15, 20, 25]);
  assert.deepEqual(labelled(29, 320), [0, 15]);
  assert.deepEqual(labelled(0, 1000), []);
});

test("40 curves have 40 colours", () => {
  assert.equal(new Set(Array.from({ length: 40 }, (_, i) => colour(i))).size, 40);
});

// @ts-check
// Positions in the chart: axes, their ticks, and the dates below.

/**
 * A Transform maps percentages to positions on a linear axis, and back.
 * @typedef {{ to: (percentage: number) => number, from: (position: number) => number }} Transform
 */

/** @type {Transform} */
export const LINEAR = { to: (v) => v, from: (v) => v };

/**
 * LOG is the logarithm of the growth factor. A loss of everything is drawn at a millionth.
 * @type {Transform}
 */
export const LOG = { to: (v) => Math.log(Math.max(1 + v / 100, 1e-6)), from: (v) => (Math.exp(v) - 1) * 100 };

/**
 * ticks is about `count` round numbers between two bounds: multiples of 1, 2 or 5
 * times a power of ten.
 * @param {number} low
 * @param {number} high
 */
export function ticks(low, high, count = 5) {
  const rough = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
  const slack = 1e-6; // for a bound that a rounding error keeps from being a tick
  const out = [];
  for (let i = Math.ceil(low / step - slack); i <= high / step + slack; i++) {
    out.push(i === 0 ? 0 : i * step); // and not -0
  }
  return out;
}

/**
 * tickLabel has at most three decimals, and none that is not needed.
 * @param {number} percentage
 */
export const tickLabel = (percentage) => `${Math.round(percentage * 1000) / 1000}%`;

/**
 * axis fits percentages into a height. Zero is always on it.
 * @param {number[]} values
 * @param {Transform} transform
 * @param {{ top: number, height: number, count: number }} box count is about how many ticks it has
 * @returns {{ y: (percentage: number) => number, ticks: number[] }}
 */
export function axis(values, transform, { top, height, count }) {
  const positions = values.map(transform.to);
  const low = positions.reduce((a, b) => Math.min(a, b), 0);
  const reach = positions.reduce((a, b) => Math.max(a, b), 0);
  const high = low === reach ? low + 1 : reach;
  return {
    y: (v) => top + (high - transform.to(v)) / (high - low) * height,
    ticks: ticks(transform.from(low), transform.from(high), count),
  };
}

/**
 * timeline spreads n dates evenly between two edges.
 * @param {number} n
 * @param {{ left: number, right: number }} edges
 * @returns {{ x: (i: number) => number, at: (x: number) => number }} at is the index of the date that is closest to x
 */
export function timeline(n, { left, right }) {
  return {
    x: (i) => left + (n > 1 ? i / (n - 1) : 0.5) * (right - left),
    at: (x) => Math.max(0, Math.min(n - 1, Math.round((x - left) / (right - left) * (n - 1)))),
  };
}

/**
 * labelled lists the indices of the dates that get a label, so that labels do not overlap.
 * @param {number} n
 * @param {number} width in pixels
 */
export function labelled(n, width) {
  const most = Math.max(2, Math.floor(width / 140));
  const step = Math.max(1, Math.ceil(n / most));
  return Array.from({ length: n }, (_, i) => i).filter((i) => i % step === 0);
}

/**
 * colour is the colour of the i-th curve, legible on light and dark. The hue moves by the
 * golden angle, and the lightness changes after every twelve.
 * @param {number} i
 */
export function colour(i) {
  const lightness = [48, 58, 40][Math.floor(i / 12) % 3];
  return `hsl(${(i * 137.5 + 210) % 360} 65% ${lightness}%)`;
}

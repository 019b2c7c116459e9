// @ts-check
// Numbers as text. A value that is missing is a dash.

/** @typedef {number | null | undefined} Maybe */

const MISSING = "–";

/**
 * fixed rounds, and never writes a negative zero.
 * @param {number} value
 * @param {number} digits
 */
function fixed(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text;
}

/**
 * money is an amount in cents with thousands separators: 10,091.09.
 * @param {Maybe} value
 */
export function money(value) {
  if (value === null || value === undefined) return MISSING;
  return value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/**
 * count is a number with thousands separators: 3,480.
 * @param {number} value
 */
export const count = (value) => value.toLocaleString("en-US");

/**
 * quantity is a count with its noun: 1 symbol, 2 symbols.
 * @param {number} value
 * @param {string} noun
 */
export const quantity = (value, noun) => `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

/**
 * decimal is a plain number: 0.12.
 * @param {Maybe} value
 */
export function decimal(value, digits = 2) {
  return value === null || value === undefined ? MISSING : fixed(value, digits);
}

/**
 * percent is a size: 7.25%.
 * @param {Maybe} value
 */
export function percent(value, digits = 2) {
  return value === null || value === undefined ? MISSING : `${fixed(value, digits)}%`;
}

/**
 * change is a gain or a loss with its sign: +0.91%.
 * @param {Maybe} value
 */
export function change(value, digits = 2) {
  const text = percent(value, digits);
  return sign(value, digits) > 0 ? `+${text}` : text;
}

/**
 * sign is the sign of the value as it is shown: 0 if it rounds to zero.
 * @param {Maybe} value
 */
export function sign(value, digits = 2) {
  return value === null || value === undefined ? 0 : Math.sign(Number(fixed(value, digits)));
}

/**
 * interval is a pair of bounds: -3.0 to 5.4.
 * @param {number[] | null | undefined} bounds
 */
export function interval(bounds, digits = 1) {
  return bounds ? `${decimal(bounds[0], digits)} to ${decimal(bounds[1], digits)}` : MISSING;
}

/**
 * span is the first and the last of sorted dates: 2025-09-02 to 2025-10-10.
 * @param {string[]} dates
 */
export function span(dates) {
  return dates.length > 0 ? `${dates[0]} to ${dates[dates.length - 1]}` : MISSING;
}

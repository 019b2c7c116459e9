// @ts-check
// The service's HTTP API: one function per request. The API key, if the service
// requires one, stays in the session storage of the tab.

/** @import * as api from "../api.d.ts" */

const KEY = "aitrader.key";
const BEGINNING = "1971-01-01"; // before the first price

/** ApiError is a response that is not a success. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY),
  /** @param {string} value */
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

/**
 * query encodes parameters, without those that are empty.
 * @param {Record<string, string | number | boolean | null | undefined>} fields
 */
export function query(fields) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== "" && value !== null && value !== undefined) out.set(name, String(value));
  }
  return out.toString();
}

/**
 * @typedef {object} Options
 * @property {string} [method] GET by default
 * @property {unknown} [body] sent as JSON
 * @property {string | null} [etag] of the response that the caller has
 * @property {AbortSignal} [signal]
 */

/**
 * send returns a success, or 304 Not Modified.
 * @param {string} path
 * @param {Options} options
 */
async function send(path, { method = "GET", body, etag, signal }) {
  const headers = new Headers();
  const secret = key.get();
  if (secret) headers.set("Authorization", `Bearer ${secret}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (etag) headers.set("If-None-Match", etag);
  const response = await fetch(path, {
    method,
    headers,
    signal: signal ?? null,
    cache: "no-store",
    body: body === undefined ? null : JSON.stringify(body),
  });
  if (response.ok || response.status === 304) return response;
  throw new ApiError(response.status, await reason(response));
}

/** @param {Response} response */
async function reason(response) {
  try {
    /** @type {api.Problem} */
    const problem = await response.json();
    if (problem.message) return problem.message;
  } catch {
    // Not JSON, as from a proxy: the status says what is known.
  }
  return `The service answered with status ${response.status}.`;
}

/**
 * @template T
 * @param {string} path
 * @param {Options} options
 * @returns {Promise<T>}
 */
async function ask(path, options) {
  const response = await send(path, options);
  return response.json();
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<api.ExperimentList>}
 */
export const experiments = (signal) => ask("/experiments", { signal });

/**
 * @param {AbortSignal} signal
 * @returns {Promise<api.ModelList>}
 */
export const models = (signal) => ask("/models", { signal });

/**
 * @param {AbortSignal} signal
 * @returns {Promise<api.Coverage>}
 */
export const coverage = (signal) => ask("/prices/coverage", { signal });

/**
 * @param {string} experiment
 * @param {AbortSignal} signal
 * @returns {Promise<api.Leaderboard>}
 */
export const leaderboard = (experiment, signal) => ask(`/leaderboard?${query({ experiment })}`, { signal });

/**
 * curves reads the returns of all models of an experiment, page by page.
 * @param {string} experiment
 * @param {AbortSignal} signal
 * @returns {Promise<Pick<api.RangeResults, "results" | "benchmark">>}
 */
export async function curves(experiment, signal) {
  const fields = { experiment, start_date: BEGINNING, benchmark: true, limit: 40 };
  /** @type {api.RangeResults} */
  const all = { results: [] };
  let next = "";
  do {
    /** @type {api.RangeResults} */
    const page = await ask(`/results?${query({ ...fields, next })}`, { signal });
    all.results.push(...page.results);
    all.benchmark ??= page.benchmark;
    next = page.next ?? "";
  } while (next);
  return all;
}

/**
 * history reads all closes of one model, with its metrics.
 * @param {string} experiment
 * @param {string} model
 * @param {AbortSignal} signal
 * @returns {Promise<api.RangeResults>}
 */
export function history(experiment, model, signal) {
  const fields = { experiment, model, start_date: BEGINNING, detail: "full", benchmark: true };
  return ask(`/results?${query(fields)}`, { signal });
}

/**
 * day reads one day of one model.
 * @param {{ experiment: string, model: string, date: string, reasoning: "none" | "full" }} fields
 * @param {AbortSignal} signal
 * @returns {Promise<api.DayResult>}
 */
export async function day(fields, signal) {
  /** @type {api.DayResults} */
  const { results: [result] } = await ask(`/results?${query({ ...fields, detail: "full" })}`, { signal });
  return result;
}

/**
 * @param {string} experiment
 * @param {string} model
 * @param {AbortSignal} signal
 * @returns {Promise<api.TimeSeries>}
 */
export function timeseries(experiment, model, signal) {
  return ask(`/portfolio/timeseries?${query({ experiment, model })}`, { signal });
}

/**
 * @param {string} experiment
 * @param {string} model
 * @param {AbortSignal} signal
 * @returns {Promise<api.TradeList>}
 */
export function trades(experiment, model, signal) {
  return ask(`/trades?${query({ experiment, model, limit: 5000 })}`, { signal });
}

/**
 * jobs reads the newest jobs of an experiment, newest first.
 * @param {{ experiment: string, limit: number }} fields
 * @param {AbortSignal} signal
 * @returns {Promise<api.JobList>}
 */
export const jobs = (fields, signal) => ask(`/simulate/jobs?${query(fields)}`, { signal });

/** @param {string} id */
const statusPath = (id) => `/simulate/status/${encodeURIComponent(id)}`;

/**
 * changed returns the report of a job once it differs from the one with the ETag.
 * @param {string} id
 * @param {{ etag: string | null, wait: number, signal: AbortSignal }} options wait is the longest delay in seconds
 * @returns {Promise<{ report: api.JobReport | null, etag: string | null }>} report is null if nothing has changed
 */
export async function changed(id, { etag, wait, signal }) {
  const response = await send(`${statusPath(id)}?${query({ details: false, wait })}`, { etag, signal });
  if (response.status === 304) return { report: null, etag };
  return { report: await response.json(), etag: response.headers.get("ETag") };
}

/**
 * modelDays reads all model-days of a job, page by page.
 * @param {string} id
 * @param {AbortSignal} signal
 */
export async function modelDays(id, signal) {
  /** @type {api.ModelDayDetail[]} */
  const all = [];
  let next = "";
  do {
    const parameters = query({ details_next: next });
    /** @type {api.JobReport} */
    const page = await ask(statusPath(id) + (parameters && `?${parameters}`), { signal });
    all.push(...page.progress.details ?? []);
    next = page.details_next ?? "";
  } while (next);
  return all;
}

/** @param {string} id */
export async function cancel(id) {
  await send(`/simulate/cancel/${encodeURIComponent(id)}`, { method: "POST" });
}

/**
 * receipt reads what a job did, which `aitrader verify` checks.
 * @param {string} id
 */
export async function receipt(id) {
  const response = await send(`/jobs/${encodeURIComponent(id)}/receipt`, {});
  return response.text();
}

/**
 * @param {api.TriggerBody} body
 * @returns {Promise<api.Triggered>}
 */
export const trigger = (body) => ask("/simulate/trigger", { method: "POST", body });

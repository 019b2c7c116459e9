// The service's own HTTP API. A key is asked for when the service wants one, and kept
// for the tab.

const KEY = "aitrader.key";

export class Problem extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const key = {
  get: () => sessionStorage.getItem(KEY),
  set: (value) => sessionStorage.setItem(KEY, value),
  forget: () => sessionStorage.removeItem(KEY),
};

export async function ask(path, { method = "GET", body, etag, signal } = {}) {
  const headers = {};
  if (key.get()) headers.Authorization = "Bearer " + key.get();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (etag) headers["If-None-Match"] = etag;
  const answer = await fetch(path, { method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.status === 304) return { unchanged: true, etag };
  const text = await answer.text();
  let value = null;
  try {
    value = JSON.parse(text);
  } catch {
    // not JSON: what follows says so by its status
  }
  if (!answer.ok) throw new Problem(answer.status, value?.message ?? `the service answers ${answer.status}`);
  return { value, etag: answer.headers.get("ETag") };
}

export const get = async (path, signal) => (await ask(path, { signal })).value;

export const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, v]) => v !== "" && v !== null && v !== undefined)).toString();

// curves reads all curves of an experiment, page by page.
export async function curves(experiment, signal) {
  const all = { results: [], benchmark: null };
  for (let next = ""; ;) {
    const page = await get("/results?" + query({ experiment, start_date: "1971-01-01", benchmark: true, limit: 40, next }), signal);
    all.results.push(...page.results);
    all.benchmark ??= page.benchmark;
    if (!page.next) return all;
    next = page.next;
  }
}

// Asks the app. The key is kept in the tab's session and travels in a header, never in an address.

const KEY = "crossfade-function-key";
const LIMIT_MS = 30_000;
const API = new URL("../", import.meta.url);

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const hasKey = () => Boolean(sessionStorage.getItem(KEY));
export const keepKey = (key) => sessionStorage.setItem(KEY, key);
export const forgetKey = () => sessionStorage.removeItem(KEY);

async function send(path, options = {}) {
  const headers = { "x-functions-key": sessionStorage.getItem(KEY) ?? "" };
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    return await fetch(new URL(path, API), { cache: "no-store", credentials: "omit", ...options, headers, signal });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, error.name === "TimeoutError" ? "The app did not answer in 30 s." : "The app is out of reach.");
  }
}

async function reason(answer) {
  if (answer.status === 401) return "The key is not accepted.";
  const body = await answer.json().catch(() => null);
  return body?.error ?? `The app answered ${answer.status}.`;
}

/** A JSON answer; `also` names further statuses whose body is an answer, not an error. */
export async function ask(path, options = {}, also = []) {
  const answer = await send(path, options);
  if (!answer.ok && !also.includes(answer.status)) throw new ApiError(answer.status, await reason(answer));
  return answer.json();
}

/** An answer's text. */
export async function askText(path) {
  const answer = await send(path);
  if (!answer.ok) throw new ApiError(answer.status, await reason(answer));
  return answer.text();
}

export const post = (path, body) => ask(path, { method: "POST", body: body && JSON.stringify(body) });

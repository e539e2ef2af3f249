/** An answer that is no success, in words that a person understands. */
export class ApiError extends Error {
  /** @param {string} message @param {{code?: string, status?: number, isRetryable?: boolean, body?: any}} details */
  constructor(message, { code = "unknown", status = 0, isRetryable = false, body = null } = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.isRetryable = isRetryable;
    this.body = body;
  }
}

const ROOT = "/api/v1/";

/**
 * Sends one request.
 *
 * @param {string} method @param {string} path below `/api/v1/`
 * @param {{json?: any, bytes?: BodyInit, query?: Record<string, any>, signal?: AbortSignal, keepalive?: boolean}} [options]
 * @returns {Promise<Response>}
 * @throws {ApiError} for any answer that is no success; status 0 when there was no answer
 */
export async function request(method, path, { json, bytes, query, signal, keepalive } = {}) {
  const url = new URL(ROOT + path, location.origin);
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined && value !== null) url.searchParams.set(key, String(value));
  /** @type {RequestInit} */
  const init = { method, signal, keepalive, credentials: "same-origin" };
  if (bytes !== undefined) {
    init.body = bytes;
    init.headers = { "Content-Type": "application/octet-stream" };
  } else if (method !== "GET") {
    init.body = JSON.stringify(json ?? {});
    init.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The server does not answer. Strokes are kept here and sent when it is back.", { code: "unreachable", isRetryable: true });
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

/** @param {Response} response */
async function refusal(response) {
  let body = null;
  try { body = await response.json(); } catch { /* some answers have no document */ }
  const fallback = response.status >= 500 ? "The server had a problem. Try again." : `The server refused this (${response.status}).`;
  return new ApiError(body?.message ?? fallback, {
    code: body?.code, status: response.status, isRetryable: body?.retryable ?? response.status >= 500, body,
  });
}

/** @param {string} method @param {string} path @param {any} [json] @returns {Promise<any>} the answer's JSON, or null where it is empty */
async function exchange(method, path, json, options = {}) {
  const response = await request(method, path, { json, ...options });
  const text = await response.text();
  return text === "" ? null : JSON.parse(text);
}

/** The API of `coppice serve`; each method throws `ApiError`. */
export const api = {
  /** @param {string} path @param {Record<string, any>} [query] */
  get: (path, query) => exchange("GET", path, undefined, { query }),
  /** @param {string} path @param {any} [json] */
  post: (path, json) => exchange("POST", path, json),
  /** @param {string} path @param {any} [json] */
  put: (path, json) => exchange("PUT", path, json),
  /** @param {string} path */
  delete: (path) => exchange("DELETE", path),
  /** Sends a file's bytes. @param {string} method @param {string} path @param {Blob} file @param {Record<string, any>} query */
  send: async (method, path, file, query) => (await request(method, path, { bytes: file, query })).json(),

  /** @param {string} path below `/api/v1/` @param {Record<string, any>} [query] @returns {string} an address to download from */
  address(path, query = {}) {
    const url = new URL(ROOT + path, location.origin);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    return url.pathname + url.search;
  },
};

// The one way to the server: session cookie, CSRF token, idempotency key, exact numbers, problems, and a login that
// expired meanwhile (the call waits for the new login and is then repeated, so that nothing typed is lost).

import { parseExact, writeExact } from '@/lib/exact-json';
import { newUuid } from '@/lib/ids';
import { suggestedName } from '@/lib/files';
import { isSomebodyThere } from '@/lib/presence';
import type { ApiPath } from './paths';
import type { Problem } from './types';

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

export interface CallOptions {
  body?: unknown;
  form?: FormData;
  ifMatch?: string | null;
  /** One key per intention: a repeated press of the same button sends the same key. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** At a shared screen: the proof of who stands there, for this one call. */
  actAs?: string;
  /** Log in is itself a call: its 401 is an answer. */
  anonymous?: boolean;
}

export interface Answer<T> {
  data: T;
  status: number;
  etag: string | null;
  location: string | null;
}

let csrfToken: string | null = null;
let askForLogin: (() => Promise<void>) | null = null;

export const setCsrfToken = (token: string | null | undefined): void => {
  csrfToken = token ?? null;
};
/** The frame says how to ask for a new login without leaving the screen. */
export const onExpired = (ask: (() => Promise<void>) | null): void => {
  askForLogin = ask;
};

export async function call<T>(method: string, path: ApiPath, options: CallOptions = {}): Promise<Answer<T>> {
  const response = await send(method, path, options);
  const text = await response.text();
  const data = text && isJson(response) ? (parseExact(text) as T) : (undefined as T);
  return { data, status: response.status, etag: response.headers.get('ETag'), location: response.headers.get('Location') };
}

export async function get<T>(path: ApiPath, signal?: AbortSignal): Promise<T> {
  return (await call<T>('GET', path, { signal })).data;
}

export async function post<T>(path: ApiPath, body?: unknown, options: CallOptions = {}): Promise<T> {
  return (await call<T>('POST', path, { ...options, body })).data;
}

export async function download(path: ApiPath, fallback: string): Promise<{ blob: Blob; name: string }> {
  const response = await send('GET', path, {});
  return { blob: await response.blob(), name: suggestedName(response.headers.get('Content-Disposition'), fallback) };
}

async function send(method: string, path: string, options: CallOptions): Promise<Response> {
  const key = options.idempotencyKey ?? newUuid();
  let response = await attempt(method, path, options, key);
  if (response.status === 401 && !options.anonymous && askForLogin) {
    await askForLogin();
    response = await attempt(method, path, options, key);
  }
  if (!response.ok) throw new ApiError(await readProblem(response));
  return response;
}

async function attempt(method: string, path: string, options: CallOptions, key: string): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json, application/problem+json, */*;q=0.1', 'Accept-Language': document.documentElement.lang };
  if (method === 'GET' && !isSomebodyThere()) headers['X-Portico-Background'] = '1';
  if (method !== 'GET') {
    headers['Idempotency-Key'] = key;
    if (csrfToken) headers['X-CSRF-Token'] = csrfToken;
  }
  if (options.actAs) headers['X-Portico-Act-As'] = options.actAs;
  if (options.ifMatch) headers['If-Match'] = options.ifMatch;
  let body: BodyInit | undefined = options.form;
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = writeExact(options.body);
  }
  try {
    return await fetch(path, { method, headers, body, signal: options.signal, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(unreachable(path));
  }
}

async function readProblem(response: Response): Promise<Problem> {
  const requestId = response.headers.get('X-Request-ID') ?? '';
  const fallback: Problem = {
    type: 'about:blank', title: response.statusText, status: response.status, code: `http_${response.status}`,
    detail: response.statusText, instance: '', request_id: requestId, params: {}, errors: [],
  };
  if (!isJson(response)) return fallback;
  try {
    return { ...fallback, ...(parseExact(await response.text()) as Partial<Problem>) };
  } catch {
    return fallback;
  }
}

const isJson = (response: Response): boolean => /[/+]json/.test(response.headers.get('Content-Type') ?? '');

const unreachable = (path: string): Problem => ({
  type: 'about:blank', title: 'Unreachable', status: 0, code: 'unreachable', detail: '', instance: path, request_id: '', params: {}, errors: [],
});

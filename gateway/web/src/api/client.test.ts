import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError, call, onExpired, setCsrfToken } from './client';

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });

beforeEach(() => {
  onExpired(null);
  setCsrfToken('token-of-the-session');
});

test('unsafe calls carry the token and an idempotency key', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer(202, { id: 'x' }));
  await call('POST', '/api/invoices/v1/session/start', { idempotencyKey: 'press-1' });
  const headers = fetched.mock.calls[0]?.[1]?.headers as Record<string, string>;
  expect(headers['X-CSRF-Token']).toBe('token-of-the-session');
  expect(headers['Idempotency-Key']).toBe('press-1');
});

test('after an expired login the same call is repeated with the same key', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch').mockResolvedValueOnce(answer(401, { code: 'unauthenticated' })).mockResolvedValueOnce(answer(200, { ok: true }));
  const asked = vi.fn().mockResolvedValue(undefined);
  onExpired(asked);
  const { data } = await call<{ ok: boolean }>('POST', '/api/users');
  expect(asked).toHaveBeenCalledOnce();
  expect(data.ok).toBe(true);
  const keys = fetched.mock.calls.map(([, init]) => (init?.headers as Record<string, string>)['Idempotency-Key']);
  expect(keys[0]).toBe(keys[1]);
});

test('a refusal becomes an error that carries the problem', async () => {
  vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer(409, { code: 'already_started', detail: 'Started.', params: { by: 'm.r' } }, { 'Content-Type': 'application/problem+json' }));
  const error = await call('POST', '/api/users').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ApiError);
  expect((error as ApiError).problem).toMatchObject({ code: 'already_started', status: 409, params: { by: 'm.r' } });
});

test('a dead line is told as such', async () => {
  vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('failed to fetch'));
  await expect(call('GET', '/api/users')).rejects.toMatchObject({ problem: { code: 'unreachable', status: 0 } });
});

test('what nobody pressed for says so, and keeps no session alive', async () => {
  const fetched = vi.spyOn(globalThis, 'fetch').mockImplementation(() => Promise.resolve(answer(200, {})));
  const background = async (method: string) => {
    await call(method, '/api/health');
    return (fetched.mock.lastCall?.[1]?.headers as Record<string, string>)['X-Portico-Background'];
  };
  vi.useFakeTimers({ now: Date.now() });
  try {
    for (const sign of ['keydown', 'pointerdown', 'wheel', 'touchstart']) {
      window.dispatchEvent(new Event(sign));
      expect(await background('GET')).toBeUndefined();
      vi.setSystemTime(Date.now() + 11_000);
      expect(await background('GET')).toBe('1');
    }
    // A change is something that a person wants, however long the page lay still.
    expect(await background('POST')).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

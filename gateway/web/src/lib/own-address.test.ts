import { expect, test } from 'vitest';
import { isOutsideConsole, ownAddress } from './own-address';

test('an address of this installation is kept with all that it shows', () => {
  for (const address of ['/', '/runs?state=failed,partial#log', '/api/docs', '/settings/users?q=a%2F%2Fb']) expect(ownAddress(address)).toBe(address);
});

test.each([
  undefined, '', 'runs', 'https://evil.example', '//evil.example', '/\\evil.example', '\\\\evil.example', '/\t/evil.example', '/\n//evil.example', '/.//evil.example', '/a/..//evil.example',
  'javascript:alert(1)', ' //evil.example', '/%09/\\evil.example/..//evil.example', '///evil.example', '/\\/evil.example', 'http:evil.example',
])('%j leads nowhere else', (address) => {
  const target = ownAddress(address);
  if (target !== null) expect(new URL(target, window.location.origin).origin).toBe(window.location.origin);
  expect(target?.startsWith('//') ?? false).toBe(false);
  expect(target ?? '').not.toMatch(/^.?[\\/]{2}/);
});

test('pages of the gateway are not screens of the console', () => {
  expect(['/api/docs', '/api', '/api?x=1', '/apiary', '/runs', '/'].map(isOutsideConsole)).toEqual([true, true, true, false, false, false]);
});

import { expect, test } from 'vitest';
import { pseudo } from './pseudo';

test('a text is accented, longer and marked; what is filled in stays', () => {
  const text = pseudo('{{processed}} of {{total}} shipments');
  expect(text).toMatch(/^⟦\{\{processed\}\} öƒ \{\{total\}\} šħîþɱéñţš .+⟧$/);
  expect(pseudo('Close session').length).toBeGreaterThan('Close session'.length * 1.4);
});

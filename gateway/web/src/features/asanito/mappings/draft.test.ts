import { expect, test } from 'vitest';
import { asciiDigits, clashes, isId, NOTHING, withChange } from './draft';
import type { Mapping } from './queries';

const row = (source_id: string, asanito_id = ''): Mapping => ({ source_id, source_name: '', asanito_id, default: null, rows: null, waiting: 0, updated_by: '', updated_at: null });

test('a value typed back to what is saved is no change', () => {
  const typed = withChange(NOTHING, row('99'), 3, { to: '12' });
  expect(typed).toEqual({ version: 3, changes: { 99: { seen: '', to: '12', name: '' } } });
  expect(withChange(typed, row('99'), 4, { to: '' })).toEqual(NOTHING);
});

test('the version that was seen first is kept while more is typed', () => {
  const typed = withChange(withChange(NOTHING, row('99'), 3, { to: '12' }), row('98'), 4, { to: '13' });
  expect(typed.version).toBe(3);
});

test('only values that somebody else saved differently clash', () => {
  const typed = withChange(withChange(withChange(NOTHING, row('1'), 3, { to: '10' }), row('2'), 3, { to: '20' }), row('3'), 3, { to: '30' });
  expect(clashes(typed, [row('1', '11'), row('2', '20'), row('3')])).toEqual([{ row: row('1', '11'), mine: '10' }]);
});

test('ids are whole numbers above zero, in any digits', () => {
  expect(asciiDigits(' ۱۲٣ ')).toBe('123');
  expect(['', '7', '999999999999999999'].every(isId)).toBe(true);
  expect(['0', '01', 'x', '-1', '1234567890123456789'].some(isId)).toBe(false);
});

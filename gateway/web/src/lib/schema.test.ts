import { expect, test } from 'vitest';
import { complaint, planFields, readNumber } from './schema';

const schema = {
  type: 'object',
  properties: {
    date: { anyOf: [{ type: 'string', format: 'date' }, { type: 'null' }], title: 'Day', default: null },
    limit: { type: 'integer', minimum: 1, maximum: 10 },
    mode: { $ref: '#/$defs/Mode' },
    recipients: { type: 'array', items: { type: 'string' } },
    window: { type: 'object', properties: { from: { type: 'string', format: 'time' } } },
  },
  required: ['limit'],
  $defs: { Mode: { type: 'string', enum: ['fast', 'slow'] } },
};

test('every property becomes a field of the right kind', () => {
  const plans = planFields(schema);
  expect(plans.map((plan) => [plan.name, plan.kind])).toEqual([['date', 'date'], ['limit', 'integer'], ['mode', 'choice'], ['recipients', 'list'], ['window', 'group']]);
  expect(plans[0]).toMatchObject({ label: 'Day', nullable: true, required: false });
});

test('a field says what is wrong with its value', () => {
  const [, limit] = planFields(schema);
  if (!limit) throw new Error('no field');
  expect(complaint(limit, undefined)).toBe('required');
  expect(complaint(limit, 0)).toBe('low');
  expect(complaint(limit, 1.5)).toBe('whole');
  expect(complaint(limit, 7)).toBeNull();
});

test('a typed number keeps all its digits', () => {
  expect(readNumber('9007199254740993', 'integer')).toBe(9007199254740993n);
  expect(readNumber('1,5', 'number')).toBe(1.5);
});

// What a form needs to know of a JSON schema: references resolved, optional types unwrapped, a kind per field.

import type { JsonSchema } from '@/api/types';

export type FieldKind = 'text' | 'number' | 'integer' | 'boolean' | 'choice' | 'list' | 'choices' | 'dates' | 'lists' | 'zone' | 'date' | 'time' | 'datetime' | 'secret' | 'group' | 'json';

export interface FieldPlan {
  name: string;
  kind: FieldKind;
  schema: JsonSchema;
  required: boolean;
  nullable: boolean;
  label: string;
}

export function resolveSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    const { $ref: _ref, ...rest } = schema;
    return { ...resolveSchema(root.$defs?.[name] ?? {}, root), ...rest };
  }
  if (schema.allOf?.length === 1 && schema.allOf[0]) {
    const { allOf: _all, ...rest } = schema;
    return { ...resolveSchema(schema.allOf[0], root), ...rest };
  }
  return schema;
}

function unwrap(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; nullable: boolean } {
  const resolved = resolveSchema(schema, root);
  if (Array.isArray(resolved.type)) {
    const types = resolved.type.filter((type) => type !== 'null');
    return { schema: { ...resolved, type: types[0] }, nullable: types.length < resolved.type.length };
  }
  if (!resolved.anyOf) return { schema: resolved, nullable: false };
  const { anyOf, ...outer } = resolved;
  const others = anyOf.map((item) => resolveSchema(item, root)).filter((item) => item.type !== 'null');
  const nullable = others.length < anyOf.length;
  // Decimals come as "number or text of digits": the number is what a person types.
  const first = others.find((item) => item.type === 'number') ?? others[0] ?? {};
  return { schema: { ...first, ...outer, type: first.type }, nullable };
}

export function planFields(schema: JsonSchema, root: JsonSchema = schema): FieldPlan[] {
  const object = resolveSchema(schema, root);
  return Object.entries(object.properties ?? {}).map(([name, raw]) => {
    const { schema: field, nullable } = unwrap(raw, root);
    const label = labelOf(name, raw.title ?? field.title);
    return { name, kind: isZone(name, field) ? 'zone' : kindOf(field, root), schema: field, required: object.required?.includes(name) ?? false, nullable, label };
  });
}

/** Pydantic writes "Window Start" when no title was given: said as a sentence, it is "Window start". */
function labelOf(name: string, title: string | undefined): string {
  const words = name.replaceAll('_', ' ');
  if (title && title.toLowerCase() !== words) return title;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** JSON schema has no word for time zones: the name of the field tells. */
const isZone = (name: string, schema: JsonSchema): boolean => schema.type === 'string' && !schema.enum && /(^|_)zone$/.test(name);

/** An object whose every value is a list of texts, such as recipients by kind of mail. */
function isTextList(schema: unknown): boolean {
  const of = schema as JsonSchema | undefined;
  return of?.type === 'array' && of.items?.type === 'string';
}

function kindOf(schema: JsonSchema, root: JsonSchema): FieldKind {
  if (schema.enum) return 'choice';
  switch (schema.type) {
    case 'boolean':
      return 'boolean';
    case 'integer':
      return 'integer';
    case 'number':
      return 'number';
    case 'string':
      if (schema.writeOnly || schema.format === 'password') return 'secret';
      if (schema.format === 'date') return 'date';
      if (schema.format === 'time') return 'time';
      return schema.format === 'date-time' ? 'datetime' : 'text';
    case 'array': {
      const items = schema.items ? resolveSchema(schema.items, root) : {};
      if (items.enum) return 'choices';
      if (items.format === 'date') return 'dates';
      return items.type === 'string' ? 'list' : 'json';
    }
    case 'object':
      if (schema.properties) return 'group';
      return schema.propertyNames?.enum && isTextList(schema.additionalProperties) ? 'lists' : 'json';
    default:
      return 'json';
  }
}

/** A value as the form would send it, checked as far as the schema tells; the server checks again. */
export function complaint(plan: FieldPlan, value: unknown): 'required' | 'whole' | 'low' | 'high' | 'short' | 'long' | 'pattern' | null {
  const empty = value === undefined || value === null || value === '';
  if (empty) return plan.required && !plan.nullable && plan.kind !== 'text' && plan.schema.default === undefined ? 'required' : null;
  const { schema } = plan;
  if (plan.kind === 'integer' || plan.kind === 'number') {
    const number = Number(value);
    if (Number.isNaN(number) || (plan.kind === 'integer' && typeof value !== 'bigint' && !Number.isInteger(number))) return 'whole';
    if (schema.minimum !== undefined && number < schema.minimum) return 'low';
    if (schema.maximum !== undefined && number > schema.maximum) return 'high';
  }
  if (typeof value === 'string') {
    if (schema.minLength !== undefined && value.length < schema.minLength) return 'short';
    if (schema.maxLength !== undefined && value.length > schema.maxLength) return 'long';
    if (schema.pattern && !matches(schema.pattern, value)) return 'pattern';
  }
  return null;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true; // A pattern of another dialect: the server decides.
  }
}

/** The number that was typed; beyond 2^53 it stays exact. */
export function readNumber(text: string, kind: 'integer' | 'number'): number | bigint | string {
  const trimmed = text.trim().replace(',', '.');
  if (kind === 'integer' && /^-?\d+$/.test(trimmed)) {
    const number = Number(trimmed);
    return Number.isSafeInteger(number) ? number : BigInt(trimmed);
  }
  const number = Number(trimmed);
  return trimmed === '' || Number.isNaN(number) ? text : number;
}

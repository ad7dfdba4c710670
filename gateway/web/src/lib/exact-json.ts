// JSON that keeps whole numbers beyond 2^53 exact: they are read as bigint and written back digit for digit.

const LONG_NUMBER = /\d{16}/;
const MARK = '\u0001int:';
// A string, or a whole number that is not part of a fraction or an exponent.
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

export function parseExact(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const marked = text.replace(TOKENS, (token) => (isUnsafeInteger(token) ? `"\\u0001int:${token}"` : token));
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value,
  );
}

export function writeExact(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? MARK + item.toString() : item), indent);
  return text === undefined ? 'null' : text.replace(/"\\u0001int:(-?\d+)"/g, '$1');
}

/** For reading: keys in order, two spaces. */
export function prettyExact(value: unknown): string {
  return writeExact(sortKeys(value), 2);
}

function isUnsafeInteger(token: string): boolean {
  return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

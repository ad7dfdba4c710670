// Changes of mappings that are not saved yet: what was there when somebody began to type, and what shall be there.

import type { Mapping } from './queries';

export interface Change {
  /** Asanito's id as it stood then; another one now means that somebody else saved it meanwhile. */
  seen: string;
  to: string;
  name: string;
}

export interface Draft {
  /** The version that was on screen when the first value was typed; null while nothing is changed. */
  version: number | null;
  changes: Record<string, Change>;
}

export const NOTHING: Draft = { version: null, changes: {} };

/** Ids are typed with whatever digits the keyboard has. */
export const asciiDigits = (text: string): string =>
  text.replaceAll(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x06f0)).replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x0660)).replaceAll(/\s/g, '');

export const isId = (text: string): boolean => /^([1-9]\d{0,17})?$/.test(text);

export function withChange(draft: Draft, row: Mapping, version: number, next: { to?: string; name?: string }): Draft {
  const before = draft.changes[row.source_id] ?? { seen: row.asanito_id, to: row.asanito_id, name: row.source_name };
  const change = { ...before, ...next };
  const { [row.source_id]: _, ...others } = draft.changes;
  // Typed back to what is saved: no change any more.
  const isBack = change.to === row.asanito_id && change.name === row.source_name;
  const changes = isBack ? others : { ...others, [row.source_id]: change };
  return Object.keys(changes).length === 0 ? NOTHING : { version: draft.version ?? version, changes };
}

/** Values that somebody else saved differently since the typing began. */
export function clashes(draft: Draft, rows: Mapping[]): { row: Mapping; mine: string }[] {
  return rows.flatMap((row) => {
    const change = draft.changes[row.source_id];
    return change && row.asanito_id !== change.seen && row.asanito_id !== change.to ? [{ row, mine: change.to }] : [];
  });
}

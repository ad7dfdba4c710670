// What a run counts, in the viewer's language and number; a unit that this console does not know is shown as it was sent.

import type { i18n as I18n, TFunction } from 'i18next';

export function unitWord(t: TFunction, i18n: I18n, unit: string, count: number): string {
  const key = `runs:unit.${unit}`;
  return i18n.exists(key, { count }) ? t(key, { count }) : unit;
}

// What a route is made of: its search parameters, as text, and its screen, loaded when first shown.

import { lazyRouteComponent } from '@tanstack/react-router';
import { laterTexts } from '@/i18n';

type Search<K extends string> = Partial<Record<K, string>>;

/** The named search parameters, as text. */
export function text<K extends string>(...names: K[]) {
  return (raw: Record<string, unknown>): Search<K> =>
    Object.fromEntries(names.flatMap((name) => (typeof raw[name] === 'string' && raw[name] !== '' ? [[name, raw[name]]] : []))) as Search<K>;
}

/** A screen of its own file, with the styles of the controls and the texts that the first screen does without. */
export function screen<M extends object, K extends keyof M & string>(load: () => Promise<M>, name: K) {
  return lazyRouteComponent(async () => (await Promise.all([load(), import('@/styles/controls'), laterTexts()]))[0] as M, name);
}

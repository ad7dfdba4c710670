// A language that nobody speaks, made of the English texts: accented, half as long again, marked ⟦so⟧, written from right
// to left. It shows what was forgotten: a text that is not translated, a button that is too small, a side that is not
// mirrored. It is in no menu; `localStorage['portico.language'] = 'en-XB'` chooses it, in the very build that ships.

import en from './en/index';

type Tree = { [key: string]: string | Tree };

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ODD = 'åƀçďéƒğħîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇĎÉƑĞĦÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ';
const PADDING = 'ļöŕéɱ îþšûɱ ďöļöŕ ';

/** What is filled in or formatted later is left as it is. */
const KEPT = /(\{\{[^}]*\}\}|\$t\([^)]*\)|<\/?\w+\/?>)/;

export function pseudo(text: string): string {
  const odd = text
    .split(KEPT)
    .map((part, index) => (index % 2 ? part : [...part].map((letter) => ODD[PLAIN.indexOf(letter)] ?? letter).join('')))
    .join('');
  const more = Math.ceil(text.replace(/\{\{[^}]*\}\}/g, '').length * 0.4);
  return `⟦${odd} ${PADDING.repeat(Math.ceil(more / PADDING.length)).slice(0, more).trim()}⟧`;
}

const changed = (tree: Tree): Tree => Object.fromEntries(Object.entries(tree).map(([key, text]) => [key, typeof text === 'string' ? pseudo(text) : changed(text)]));

export default changed(en as unknown as Tree) as Record<string, Record<string, unknown>>;

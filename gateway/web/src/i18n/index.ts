// Languages. Each is one chunk, loaded when chosen; a new one is a folder beside `en` and a line here.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = ['en', 'it'] as const;
/** For tests of every screen, see `pseudo.ts`; offered nowhere. */
export const PSEUDO = 'en-XB';
export type Language = (typeof LANGUAGES)[number] | typeof PSEUDO;
const RIGHT_TO_LEFT = new Set(['fa', 'ar', 'he', PSEUDO]);
const KEY = 'portico.language';

type Texts = Record<string, Record<string, unknown>>;
const loaders: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en/index'),
  it: () => import('./it/index'),
  [PSEUDO]: () => import('./pseudo'),
};

const isLanguage = (text: string | null | undefined): text is Language => text === PSEUDO || LANGUAGES.some((language) => language === text);

export function preferredLanguage(): Language {
  const kept = readKept();
  if (isLanguage(kept)) return kept;
  const spoken = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => LANGUAGES.some((language) => language === tag)) as Language | undefined;
  return spoken ?? 'en';
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export async function startTexts(language: Language): Promise<void> {
  const texts = (await loaders[language]()).default;
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: language,
    ns: Object.keys(texts),
    defaultNS: 'common',
    resources: { [language]: texts },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  markDocument(language);
}

export async function changeLanguage(language: Language): Promise<void> {
  const texts = (await loaders[language]()).default;
  for (const [namespace, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, bundle, true, true);
  await i18next.changeLanguage(language);
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Kept for this visit only.
  }
  markDocument(language);
}

export const directionOf = (language: string): 'ltr' | 'rtl' => (RIGHT_TO_LEFT.has(language) ? 'rtl' : 'ltr');

function markDocument(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

// Languages. Each is two chunks, loaded when chosen: what the first screen needs, and the rest, which comes with any other
// screen. A new language is a folder beside `en` and two lines here.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = ['en', 'it', 'fa'] as const;
/** For tests of every screen, see `pseudo.ts`; offered nowhere. */
export const PSEUDO = 'en-XB';
export type Language = (typeof LANGUAGES)[number] | typeof PSEUDO;
const RIGHT_TO_LEFT = new Set(['fa', 'ar', 'he', PSEUDO]);
const KEY = 'portico.language';

type Texts = Record<string, Record<string, unknown>>;
const loaders: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en/first'),
  it: () => import('./it/first'),
  fa: () => import('./fa/first'),
  [PSEUDO]: () => import('./pseudo'),
};

const laterLoaders: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./en/later'),
  it: () => import('./it/later'),
  fa: () => import('./fa/later'),
  [PSEUDO]: () => Promise.resolve({ default: {} }),
};

/** The texts of the screens beyond the first, in the present language: a screen is shown when they are there. */
export async function laterTexts(): Promise<void> {
  const language = i18next.language as Language;
  add(language, (await laterLoaders[language]()).default);
}

function add(language: Language, texts: Texts): void {
  for (const [namespace, bundle] of Object.entries(texts)) i18next.addResourceBundle(language, namespace, bundle, true, true);
}

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
  // Both parts: a language is changed from any screen, and is small.
  const [first, later] = await Promise.all([loaders[language](), laterLoaders[language]()]);
  add(language, { ...first.default, ...later.default });
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

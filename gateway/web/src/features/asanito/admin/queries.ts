// What an administrator does with the bridge as a whole: start over, forget a person, fill the source with test data.

import { call } from '@/api/client';
import type { components } from '@/api/schema.gen';

type Schemas = components['schemas'];

/** Typed by hand, in no language but this one: the server compares it. */
export const RESET_PHRASE = 'DELETE ALL DATA';
export const SEED_PHRASE = 'SEED FAKE DATA';

export interface Keep {
  keep_bindings: boolean;
  keep_deal_links: boolean;
}

export const resetBridge = async (keep: Keep): Promise<Record<string, number>> => (await call<Schemas['Asanito_WasReset']>('POST', '/api/asanito/v1/admin/reset', { body: { phrase: RESET_PHRASE, ...keep } })).data.removed;

export const seedSource = async (): Promise<Record<string, number>> => (await call<Schemas['Asanito_WasSeeded']>('POST', '/api/asanito/v1/admin/seed', { body: { phrase: SEED_PHRASE } })).data.filled;

export const forgetPerson = async (key: string, note: string): Promise<Schemas['Asanito_Forgotten']> => (await call<Schemas['Asanito_Forgotten']>('POST', `/api/asanito/v1/entities/person/${encodeURIComponent(key)}/forget`, { body: { note } })).data;

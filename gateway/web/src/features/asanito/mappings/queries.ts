// Mappings: the types, what is missing, and the values of one type.

import { queryOptions } from '@tanstack/react-query';
import { call, get } from '@/api/client';
import { every } from '@/api/query';
import type { components } from '@/api/schema.gen';
import type { Page } from '@/api/types';
import { queryString } from '@/lib/filters';
import type { Change } from './draft';

type Schemas = components['schemas'];

export type MappingType = Schemas['Asanito_MappingType'];
export type MappingTypeInfo = Schemas['Asanito_MappingTypeInfo'];
export type MappingGap = Schemas['Asanito_MappingGap'];
export type Mappings = Omit<Schemas['Asanito_Mappings'], 'items'> & { items: Mapping[] };
export type Mapping = Required<Schemas['Asanito_Mapping']>;

const BASE = '/api/asanito/v1/mappings';
const KEY = ['asanito', 'mappings'] as const;

export const typesQuery = queryOptions({ queryKey: [...KEY, 'types'], queryFn: async ({ signal }) => (await get<Page<MappingTypeInfo>>(`${BASE}/types`, signal)).items, refetchInterval: every(60_000) });

export const gapsQuery = queryOptions({ queryKey: [...KEY, 'gaps'], queryFn: async ({ signal }) => (await get<Page<MappingGap>>(`${BASE}/gaps`, signal)).items, refetchInterval: every(60_000) });

/** Looking into the copy of the source takes longer: only when asked. */
export const mappingsQuery = (type: string, look: boolean) =>
  queryOptions({
    queryKey: [...KEY, 'of', type, look],
    queryFn: ({ signal }) => get<Mappings>(`${BASE}/${encodeURIComponent(type)}${queryString({ discover: look })}`, signal),
    placeholderData: (before) => (before?.type === type ? before : undefined),
  });

export async function saveMappings(type: string, changes: Record<string, Change>, version: number): Promise<void> {
  const items = Object.entries(changes).map(([source_id, change]) => ({ source_id, asanito_id: change.to, source_name: change.name }));
  await call('PUT', `${BASE}/${encodeURIComponent(type)}`, { body: { items }, ifMatch: `"v${version}"` });
}

export const mappingsKey = KEY;

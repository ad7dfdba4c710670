// The shapes of the Asanito bridge: records, what became of them, and what runs ask.

import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type RecordKind = Schemas['Asanito_Kind'];
export type RecordState = Schemas['Asanito_State'];
export type RecordAction = Schemas['Asanito_Action'];
export type SyncRecord = Schemas['Asanito_SyncRecord'];
export type RecordDetail = Schemas['Asanito_RecordDetail'];
export type RecordWarning = Schemas['Asanito_RecordWarning'];
export type RecordEffect = Schemas['EffectView'];
export type RecordPreview = Schemas['Asanito_services__asanito__entities__schemas__Preview'];
export type RecordStats = Schemas['Asanito_RecordStats'];
export type KindCount = Schemas['Asanito_KindCount'];
export type MappingGap = Schemas['Asanito_MappingGap'];

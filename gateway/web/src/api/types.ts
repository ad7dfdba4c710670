// The shapes that every service and the gateway answer with: named from the generated description of the interface.
// `npm run api` generates it anew from openapi.json.

import type { components } from './schema.gen';
import type { JsonSchema } from './json-schema';

type Schemas = components['schemas'];

export type Problem = Schemas['Problem'];
export type FieldError = Schemas['ProblemField'];
export type PartialError = Schemas['ServiceError'];
export interface Page<T> {
  items: T[];
  next?: string | null;
  prev?: string | null;
  errors?: PartialError[];
}

export const RUN_STATES = ['queued', 'running', 'waiting', 'succeeded', 'partial', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];
export const TRIGGERS = ['schedule', 'manual', 'api', 'chain', 'system', 'retry'] as const;
export type Role = 'viewer' | 'operator' | 'admin';

export type Run = Schemas['Run'];
export type Counts = Schemas['Counts'];
export type Attempt = Schemas['Attempt'];
export type Effect = Schemas['EffectView'];
export type RunRecord = Schemas['RunRecord'];
export type LogLine = Schemas['LogLine'];
export type Question = Schemas['QuestionView'];

export type Pause = Schemas['Pause'];
export type Job = Omit<Schemas['JobView'], 'params_schema'> & { params_schema: JsonSchema };
export type Schedule = Schemas['Schedule'];

export type AttentionAction = Schemas['AttentionAction'];
export type AttentionItem = Schemas['AttentionItem'];
export type SearchHit = Schemas['FoundHit'];
export type Connection = Schemas['Connection'];
export type ConnectionTest = Schemas['ConnectionTest'];
export type AuditEntry = Schemas['AuditEntry'];
export type Options = Omit<Schemas['OptionTopic'], 'json_schema'> & { json_schema: JsonSchema };
export type Message = Schemas['Message'];
export type MessageDetail = Schemas['MessageDetail'];
export type MailTemplate = Schemas['Invoices_TemplateState'] | Schemas['Asanito_TemplateState'];
export type MailPreview = Schemas['Invoices_MailPreview'] | Schemas['Asanito_MailPreview'];

export type Service = Schemas['Service'];
export type ServiceHealth = Schemas['ServiceHealth'];
export type User = Schemas['User'];
export type Me = Schemas['SignedInUser'];
export type ApiKey = Schemas['Key'];
export type CreatedKey = Schemas['CreatedKey'];
export type LoginSession = Schemas['Session'];
export type PauseOfService = Schemas['PauseOfService'];

export type * from './json-schema';

// Templates of the invoices service's mails, each shown with made-up contents.

import { queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api/client';
import type { MailPreview, MailTemplate } from '@/api/invoices-types';
import type { Page } from '@/api/types';
import { queryString } from '@/lib/filters';

const BASE = '/api/invoices/v1/mails';

export type MailKind = MailTemplate['kind'];
export type MailLocale = MailTemplate['locale'];

export const templatesQuery = queryOptions({ queryKey: ['invoices', 'mail-templates'], queryFn: async ({ signal }) => (await get<Page<MailTemplate>>(`${BASE}/templates`, signal)).items });

export const previewQuery = (kind: MailKind, locale: MailLocale) =>
  queryOptions({ queryKey: ['invoices', 'mail-preview', kind, locale], queryFn: ({ signal }) => post<MailPreview>(`${BASE}/preview`, { kind, locale }, { signal }), placeholderData: (before) => before });

/** Its answer forbids everything but its own styles: the frame runs nothing and loads nothing. */
export const framePath = (kind: MailKind, locale: MailLocale): string => `${BASE}/preview.html${queryString({ kind, locale })}`;

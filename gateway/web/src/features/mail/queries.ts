// Which service wrote last; templates of a service's mails, each shown with made-up contents.

import { queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api/client';
import type { MailPreview, MailTemplate, Message, Page } from '@/api/types';
import { queryString } from '@/lib/filters';

/** Services that write mails, with texts that can be looked at and changed. */
export const MAILING = ['invoices', 'asanito'];

export type MailKind = MailTemplate['kind'];
export type MailLocale = MailTemplate['locale'];

/** The service whose mails are shown first: an empty list would say that nothing was sent. One that does not answer has none. */
export const newestMailQuery = (services: string[]) =>
  queryOptions({
    queryKey: ['outbox-newest', services],
    queryFn: async ({ signal }) => {
      const last = await Promise.all(services.map((name) => get<Page<Message>>(`/api/${name}/v1/outbox?limit=1`, signal).then((page) => page.items[0]?.created_at ?? '', () => '')));
      return wroteLast(services, last);
    },
    // Once a screen: the list does not change under one's eyes because another service wrote.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

/** The one with the latest time; the first when nobody wrote. */
export function wroteLast(services: string[], last: string[]): string {
  const latest = last.reduce((best, at, index) => (at > (last[best] ?? '') ? index : best), 0);
  return services[latest] ?? '';
}

export const templatesQuery = (service: string) =>
  queryOptions({ queryKey: [service, 'mail-templates'], queryFn: async ({ signal }) => (await get<Page<MailTemplate>>(`/api/${service}/v1/mails/templates`, signal)).items, enabled: service !== '' });

export const previewQuery = (service: string, kind: MailKind, locale: MailLocale) =>
  queryOptions({ queryKey: [service, 'mail-preview', kind, locale], queryFn: ({ signal }) => post<MailPreview>(`/api/${service}/v1/mails/preview`, { kind, locale }, { signal }), placeholderData: (before) => before });

/** Its answer forbids everything but its own styles: the frame runs nothing and loads nothing. */
export const framePath = (service: string, kind: MailKind, locale: MailLocale): string => `/api/${service}/v1/mails/preview.html${queryString({ kind, locale })}`;

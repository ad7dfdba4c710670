// Ctrl-K: searches everything of all services, and goes to screens. Loaded when first opened.

import { Combobox, Modal, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { Page, SearchHit } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { Absent } from '@/components/screen';
import { jobsQuery, schedulesQuery } from '@/features/schedules/queries';
import { servicesQuery } from '@/features/session/me';
import { LAST, MAIN, SERVICE_SCREENS } from './nav';
import { consoleLink } from '@/lib/links';

interface Entry {
  key: string;
  title: string;
  detail: string;
  kind: string;
  href: string;
}

export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const router = useRouter();
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 180);
  const combobox = useCombobox({ opened: true });
  const found = useQuery({
    queryKey: ['search', asked],
    queryFn: ({ signal }) => get<Page<SearchHit>>(`/api/search?q=${encodeURIComponent(asked)}`, signal),
    enabled: asked.length >= 2,
    placeholderData: (before) => before,
  });
  const services = useQuery(servicesQuery).data?.map((service) => service.name) ?? [];
  const screens: Entry[] = [...MAIN, ...services.flatMap((name) => SERVICE_SCREENS[name] ?? []), ...LAST].map(({ to, key }) => ({
    key: to, title: t(`nav.${key}`), detail: '', kind: t('search.screen'), href: to,
  }));
  const needle = text.trim().toLowerCase();
  const matching = screens.filter((screen) => screen.title.toLowerCase().includes(needle));
  const hits: Entry[] = (asked.length >= 2 ? (found.data?.items ?? []) : []).map((hit) => ({
    key: `${hit.service ?? ''}:${hit.kind}:${hit.id}`, title: hit.title, detail: hit.detail, kind: t(`search.kind.${hit.kind}`, hit.kind), href: consoleLink(hit.link, hit.service),
  }));
  // Jobs and schedules are few: they are looked through here, by their titles.
  const jobs = useQuery(jobsQuery(services)).data?.items ?? [];
  const schedules = useQuery(schedulesQuery(services)).data?.items ?? [];
  const named = (item: { title: string; name: string }) => needle.length >= 2 && `${item.title} ${item.name}`.toLowerCase().includes(needle);
  const known: Entry[] = [
    ...jobs.filter(named).map((job) => ({ key: `job:${job.service}/${job.name}`, title: job.title, detail: job.name, kind: t('search.kind.job'), href: `/jobs?start=${job.service}/${job.name}` })),
    ...schedules.filter(named).map((item) => ({ key: `schedule:${item.id}`, title: item.title, detail: item.name, kind: t('search.kind.schedule'), href: `/schedules?open=${item.service}/${item.id}` })),
  ];
  const archive: Entry[] = services.includes('invoices') && /^\d{3,9}$/.test(needle)
    ? [{ key: `archive:${needle}`, title: t('search.invoice', { number: needle }), detail: t('search.invoice_days'), kind: t('nav.archive'), href: `/invoices/archive?number=${needle}` }]
    : [];
  const entries = [...matching, ...archive, ...known, ...hits];
  const choose = (key: string) => {
    const entry = entries.find((item) => item.key === key);
    onClose();
    if (entry) void router.navigate({ href: entry.href });
  };
  return (
    <Modal opened onClose={onClose} withCloseButton={false} title={t('frame.search')} centered={false} size="lg" padding="sm" classNames={{ header: 'offscreen' }}>
      <Combobox store={combobox} onOptionSubmit={choose}>
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus size="md" value={text} aria-label={t('frame.search')} placeholder={t('search.placeholder')} leftSection={<IconSearch size={18} aria-hidden />}
            onChange={(event) => {
              setText(event.currentTarget.value);
              combobox.resetSelectedOption();
            }}
          />
        </Combobox.EventsTarget>
        <Combobox.Options mt={8} mah={420} className="palette-list" aria-label={t('frame.search')}>
          {entries.map((entry) => (
            <Combobox.Option key={entry.key} value={entry.key}>
              <span className="spread">
                <span className="stack-tight"><span className="strong">{entry.title}</span>{entry.detail && <span className="dim small">{entry.detail}</span>}</span>
                <span className="dim small">{entry.kind}</span>
              </span>
            </Combobox.Option>
          ))}
          {entries.length === 0 && <Combobox.Empty>{t(found.isFetching ? 'search.looking' : 'search.nothing', { text: asked })}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox>
      <Absent errors={found.data?.errors} />
      {found.isError && <ProblemView error={found.error} />}
    </Modal>
  );
}

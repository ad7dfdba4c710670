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
  const screens: Entry[] = [...MAIN, ...Object.values(SERVICE_SCREENS).flat(), ...LAST].map(({ to, key }) => ({
    key: to, title: t(`nav.${key}`), detail: '', kind: t('search.screen'), href: to,
  }));
  const needle = text.trim().toLowerCase();
  const matching = screens.filter((screen) => screen.title.toLowerCase().includes(needle));
  const hits: Entry[] = (asked.length >= 2 ? (found.data?.items ?? []) : []).map((hit) => ({
    key: `${hit.service ?? ''}:${hit.kind}:${hit.id}`, title: hit.title, detail: hit.detail, kind: t(`search.kind.${hit.kind}`, hit.kind), href: consoleLink(hit.link, hit.service),
  }));
  const entries = [...hits, ...matching];
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

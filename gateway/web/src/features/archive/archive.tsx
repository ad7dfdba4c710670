// Invoices of all days: by number, by category, by day and by what became of them. What one sees can be saved as CSV.

import { Button, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconTags, IconX } from '@tabler/icons-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { DayRangeField } from '@/components/day-range';
import { DownloadButton } from '@/components/download-button';
import { Load, Screen } from '@/components/screen';
import { useSiteZone } from '@/components/zone';
import { SearchField } from '@/features/runs/filter-bar';
import { useMay } from '@/features/session/me';
import { ViewsMenu } from '@/features/views/views-menu';
import { dateIn } from '@/lib/time';
import { ARCHIVED, archivePath, archiveQuery, categoryQuery, isNumber, type ArchiveSearch } from './queries';
import { ArchiveRows } from './rows';

interface FilterProps {
  search: ArchiveSearch;
  change: (next: Partial<ArchiveSearch>) => void;
  today: string;
}

export function Archive() {
  const { t } = useTranslation('archive');
  const search = useSearch({ from: '/signed-in/frame/invoices/archive' });
  const navigate = useNavigate({ from: '/invoices/archive' });
  const today = dateIn(useSiteZone());
  const query = useQuery(archiveQuery(search, today));
  const change = (next: Partial<ArchiveSearch>) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const choose = useCallback((view: Record<string, string>) => void navigate({ search: (before) => ({ tz: before.tz, ...view }), replace: true }), [navigate]);
  const operator = useMay()('invoices', 'operator');
  const wrong = Boolean(search.number) && !isNumber(search.number ?? '');
  const filtered = Boolean(search.number ?? search.category ?? search.status ?? search.date);
  return (
    <Screen
      title={t('common:nav.archive')} tab={search.number ?? null}
      actions={
        <>
          <ViewsMenu screen="/invoices/archive" search={{ ...search }} onChoose={choose} mayShare={operator} />
          <Button component={Link} to="/invoices/categories" variant="default" size="md" leftSection={<IconTags size={17} aria-hidden />}>{t('categories')}</Button>
          <DownloadButton path={archivePath(search, today, '.csv')} name="invoices.csv" disabled={wrong || query.data?.items.length === 0}>{t('common:table.export')}</DownloadButton>
        </>
      }
    >
      <div className="stack">
        <Filters search={search} change={change} today={today} />
        {wrong ? (
          <p className="note note-tone tone-partial flush" role="status">{t('not_a_number', { text: search.number })}</p>
        ) : (
          <Load query={query} rows={8}>
            {(page) => <ArchiveRows page={page} filtered={filtered} onCursor={(cursor) => change({ cursor })} onAll={() => change({ number: undefined, category: undefined, status: undefined, date: undefined })} />}
          </Load>
        )}
      </div>
    </Screen>
  );
}

function Filters({ search, change, today }: FilterProps) {
  const { t } = useTranslation('archive');
  return (
    <div className="stack-s no-print">
      <div className="toolbar toolbar-flush">
        <SearchField value={search.number ?? ''} onChange={(number) => change({ number: number.replaceAll(/[\s.]/g, '') || undefined, category: undefined })} label={t('number')} />
        <NativeSelect
          size="md" aria-label={t('files:column.status')} value={search.status ?? ''} onChange={(event) => change({ status: event.currentTarget.value || undefined })}
          data={[{ value: '', label: t('every_status') }, ...ARCHIVED.map((status) => ({ value: status, label: t(`files:row.${status}`) }))]}
        />
        <DayRangeField all value={search.date} onChange={(date) => change({ date })} today={today} />
      </div>
      {search.category && <div className="chips"><CategoryChip id={search.category} onRemove={() => change({ category: undefined })} /></div>}
    </div>
  );
}

function CategoryChip({ id, onRemove }: { id: string; onRemove: () => void }) {
  const { t, i18n } = useTranslation('archive');
  const { data, isError } = useQuery(categoryQuery(id));
  const name = data?.name ?? (isError ? t('unknown_category') : '…');
  return (
    <span className="chip">
      {t('category')} <span className="strong">{name}</span>
      {data && <span className="dim">{t('invoices', { count: data.rows, shown: new Intl.NumberFormat(i18n.language).format(data.rows) })}</span>}
      <button type="button" aria-label={t('remove_category', { name })} onClick={onRemove}><IconX size={15} aria-hidden /></button>
    </span>
  );
}

// The filters of the records: search, state, reason, warned, changed; each a chip that can be turned round or removed.

import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconFilter, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useZone } from '@/components/zone';
import { SearchField } from '@/features/runs/filter-bar';
import { RangeMenu, useRangeWords } from '@/features/runs/range-menu';
import { readFilter, writeFilter } from '@/lib/filters';
import { RecordBadge } from '../record-state';
import { STATES, statsQuery, type RecordSearch } from '../queries';
import { useReasonName } from '../reason-text';

interface Props {
  search: RecordSearch;
  onChange: (change: Partial<RecordSearch>) => void;
}

type Field = 'state' | 'reason';

export function RecordFilters({ search, onChange }: Props) {
  const { t } = useTranslation('asanito');
  const zone = useZone();
  const range = useRangeWords();
  const reasonName = useReasonName();
  const words: Record<Field, (value: string) => string> = { state: (value) => t(`state.${value}`, { defaultValue: value }), reason: reasonName };
  const reasons = useReasonsSeen(search);
  const choices: Record<Field, readonly string[]> = { state: STATES, reason: reasons };
  const toggle = (field: Field, value: string) => {
    const filter = readFilter(search[field]);
    const values = filter.values.includes(value) ? filter.values.filter((item) => item !== value) : [...filter.values, value];
    onChange({ [field]: writeFilter({ ...filter, values }) });
  };
  return (
    <div className="stack-s no-print">
      <div className="toolbar toolbar-flush">
        <SearchField value={search.q ?? ''} onChange={(q) => onChange({ q: q || undefined })} label={t('search')} />
        {(['state', 'reason'] as const).map((field) => (
          <Menu key={field} closeOnItemClick={false} position="bottom-start">
            <Menu.Target><Button variant="default" size="md" leftSection={<IconFilter size={16} aria-hidden />}>{t(`column.${field}`)}</Button></Menu.Target>
            <Menu.Dropdown className="menu-scroll">
              {choices[field].map((value) => (
                <Menu.CheckboxItem key={value} checked={readFilter(search[field]).values.includes(value)} onChange={() => toggle(field, value)}>
                  {field === 'state' ? <RecordBadge state={value as (typeof STATES)[number]} plain /> : words.reason(value)}
                </Menu.CheckboxItem>
              ))}
              {choices[field].length === 0 && <Menu.Label>{t('no_reasons')}</Menu.Label>}
            </Menu.Dropdown>
          </Menu>
        ))}
        <RangeMenu value={search.changed} onChange={(changed) => onChange({ changed })} zone={zone} />
        <Button variant={search.warned ? 'filled' : 'default'} size="md" aria-pressed={search.warned === '1'} leftSection={<IconAlertTriangle size={16} aria-hidden />} onClick={() => onChange({ warned: search.warned ? undefined : '1' })}>
          {t('with_warning')}
        </Button>
      </div>
      <div className="chips">
        {(['state', 'reason'] as const).map((field) => {
          const filter = readFilter(search[field]);
          if (filter.values.length === 0) return null;
          const said = filter.values.map(words[field]).join(', ');
          return (
            <span className="chip" key={field}>
              {t(`column.${field}`)}
              <button type="button" className="chip-not" aria-pressed={filter.not} title={t(filter.not ? 'runs:filter.make_is' : 'runs:filter.make_not')} onClick={() => onChange({ [field]: writeFilter({ ...filter, not: !filter.not }) })}>
                {t(filter.not ? 'runs:filter.not' : 'runs:filter.is')}
              </button>
              <span className="strong">{said}</span>
              <Remove label={`${t(`column.${field}`)}: ${said}`} onClick={() => onChange({ [field]: undefined })} />
            </span>
          );
        })}
        {search.changed && (
          <span className="chip">
            {t('column.changed')} <span className="strong">{range(search.changed)}</span>
            <Remove label={t('column.changed')} onClick={() => onChange({ changed: undefined })} />
          </span>
        )}
      </div>
    </div>
  );
}

/** The reasons that records of this kind have, the most frequent first, and whatever the address names. */
function useReasonsSeen(search: RecordSearch): string[] {
  const counts = new Map<string, number>();
  for (const item of useQuery(statsQuery).data ?? []) {
    if (search.kind && item.kind !== search.kind) continue;
    for (const one of item.reasons) counts.set(one.reason_code, (counts.get(one.reason_code) ?? 0) + one.count);
  }
  for (const value of readFilter(search.reason).values) counts.set(value, counts.get(value) ?? 0);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([code]) => code);
}

function Remove({ label, onClick }: { label: string; onClick: () => void }) {
  const { t } = useTranslation('runs');
  return <button type="button" aria-label={t('filter.remove', { filter: label })} onClick={onClick}><IconX size={15} aria-hidden /></button>;
}

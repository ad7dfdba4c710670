// The filters of the runs list: a search field, menus that add chips, chips that can be turned round (NOT) or removed.

import { Button, Menu, SegmentedControl, TextInput, Tooltip } from '@mantine/core';
import { IconFilter, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { RUN_STATES, TRIGGERS } from '@/api/types';
import { StateIcon } from '@/components/state';
import { readFilter, writeFilter } from '@/lib/filters';
import { RangeMenu, useRangeWords } from './range-menu';
import type { RunsSearch } from './queries';

const FIELDS = ['service', 'state', 'job', 'trigger'] as const;
type Field = (typeof FIELDS)[number];

interface Props {
  search: RunsSearch;
  onChange: (change: Partial<RunsSearch>) => void;
  services: string[];
  jobs: { name: string; title: string }[];
  zone: string;
}

export function FilterBar({ search, onChange, services, jobs, zone }: Props) {
  const { t } = useTranslation('runs');
  const choices: Record<Field, { value: string; label: string }[]> = {
    service: services.map((name) => ({ value: name, label: name })),
    state: RUN_STATES.map((state) => ({ value: state, label: t(`common:state.${state}`) })),
    job: jobs.map((job) => ({ value: job.name, label: job.title })),
    trigger: TRIGGERS.map((trigger) => ({ value: trigger, label: t(`trigger.${trigger}`) })),
  };
  const toggle = (field: Field, value: string) => {
    const filter = readFilter(search[field]);
    const values = filter.values.includes(value) ? filter.values.filter((item) => item !== value) : [...filter.values, value];
    onChange({ [field]: writeFilter({ ...filter, values }) });
  };
  const range = useRangeWords();
  const fields = FIELDS.filter((field) => field !== 'service' || services.length > 1);
  return (
    <div className="stack-s no-print">
      <div className="toolbar toolbar-flush">
        <SearchField value={search.q ?? ''} onChange={(q) => onChange({ q: q || undefined })} />
        {fields.map((field) => (
          <Menu key={field} closeOnItemClick={false} position="bottom-start">
            <Menu.Target>
              <Button variant="default" size="md" leftSection={<IconFilter size={16} aria-hidden />}>{t(`filter.${field}`)}</Button>
            </Menu.Target>
            <Menu.Dropdown className="menu-scroll">
              {choices[field].map((choice) => (
                <Menu.CheckboxItem key={choice.value} checked={readFilter(search[field]).values.includes(choice.value)} onChange={() => toggle(field, choice.value)}>
                  <span className="row-tight">
                    {field === 'state' && <span className={`dot tone-${choice.value}`}><StateIcon state={choice.value as (typeof RUN_STATES)[number]} /></span>}
                    {choice.label}
                  </span>
                </Menu.CheckboxItem>
              ))}
              {choices[field].length === 0 && <Menu.Label>{t('filter.none')}</Menu.Label>}
            </Menu.Dropdown>
          </Menu>
        ))}
        <RangeMenu value={search.when} onChange={(when) => onChange({ when })} zone={zone} />
        <SegmentedControl
          size="md" aria-label={t('filter.idle_label')} value={search.idle === '1' ? '1' : '0'}
          onChange={(value) => onChange({ idle: value === '1' ? '1' : undefined })}
          data={[{ value: '0', label: t('filter.idle_hidden') }, { value: '1', label: t('filter.idle_shown') }]}
        />
      </div>
      <div className="chips">
        {FIELDS.map((field) => {
          const filter = readFilter(search[field]);
          if (filter.values.length === 0) return null;
          const words = filter.values.map((value) => choices[field].find((choice) => choice.value === value)?.label ?? value).join(', ');
          return (
            <span className="chip" key={field}>
              {t(`filter.${field}`)}
              <Tooltip label={t(filter.not ? 'filter.make_is' : 'filter.make_not')}>
                <button type="button" className="chip-not" aria-pressed={filter.not} onClick={() => onChange({ [field]: writeFilter({ ...filter, not: !filter.not }) })}>
                  {t(filter.not ? 'filter.not' : 'filter.is')}
                </button>
              </Tooltip>
              <span className="strong">{words}</span>
              <RemoveButton label={`${t(`filter.${field}`)}: ${words}`} onClick={() => onChange({ [field]: undefined })} />
            </span>
          );
        })}
        {search.when && (
          <span className="chip">
            {t('filter.when')} <span className="strong">{range(search.when)}</span>
            <RemoveButton label={t('filter.when')} onClick={() => onChange({ when: undefined })} />
          </span>
        )}
      </div>
    </div>
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  const { t } = useTranslation('runs');
  return (
    <button type="button" aria-label={t('filter.remove', { filter: label })} onClick={onClick}>
      <IconX size={15} aria-hidden />
    </button>
  );
}

/** Typing filters after a short pause; the address holds the text. */
export function SearchField({ value, onChange, label }: { value: string; onChange: (text: string) => void; label?: string }) {
  const { t } = useTranslation('runs');
  const [text, setText] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== sent) {
    setSent(value);
    setText(value);
  }
  useEffect(() => {
    if (text.trim() === sent) return undefined;
    const wait = setTimeout(() => {
      setSent(text.trim());
      onChange(text.trim());
    }, 300);
    return () => clearTimeout(wait);
  }, [text, sent, onChange]);
  return (
    <TextInput
      type="search" size="md" className="search-field" aria-label={label ?? t('filter.search')} placeholder={label ?? t('filter.search')} leftSection={<IconSearch size={17} aria-hidden />}
      value={text} onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

// The run's records: counts by outcome (each a filter), then the list with reasons.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconAlertTriangle, IconCheck, IconMinus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run, RunRecord } from '@/api/types';
import { Copy } from '@/components/copy';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty, Load } from '@/components/screen';
import { consoleLink } from '@/lib/links';
import { recordsQuery } from './queries';

const OUTCOMES = ['problem', 'warning', 'ok', 'skipped'] as const;
const LOOK = {
  ok: { tone: 'succeeded', icon: IconCheck },
  warning: { tone: 'partial', icon: IconAlertTriangle },
  problem: { tone: 'failed', icon: IconX },
  skipped: { tone: 'cancelled', icon: IconMinus },
} as const;

export function OutcomeBadge({ outcome }: { outcome: RunRecord['outcome'] }) {
  const { t } = useTranslation('runs');
  const { tone, icon: Icon } = LOOK[outcome];
  return <span className={`state tone-${tone}`}><Icon size={14} stroke={2.4} aria-hidden />{t(`outcome.${outcome}`)}</span>;
}

export function Records({ run, live }: { run: Run; live: boolean }) {
  const { t, i18n } = useTranslation('runs');
  const [outcome, setOutcome] = useState<string | undefined>(run.state === 'partial' && run.counts?.problem ? 'problem' : undefined);
  const [cursor, setCursor] = useState<string | undefined>();
  const query = useQuery(recordsQuery(run.service, run.id, outcome, cursor, live));
  const number = new Intl.NumberFormat(i18n.language);
  const why = (row: RunRecord) => row.message || (row.reason ? t(`files:row.${row.reason}`, { defaultValue: row.reason.replaceAll('_', ' ') }) : t('common:none'));
  const columns: Column<RunRecord>[] = [
    { id: 'outcome', header: t('record.outcome'), fixed: true, fit: true, cell: (row) => <OutcomeBadge outcome={row.outcome} /> },
    { id: 'key', header: t('record.key'), fixed: true, fit: true, cell: (row) => (row.link ? <Link to={consoleLink(row.link, run.service)}>{row.key}</Link> : <Copy text={row.key} />) },
    { id: 'message', header: t('record.message'), cell: (row) => <span className="break">{why(row)}</span> },
  ];
  return (
    <div className="stack">
      <div className="row" role="group" aria-label={t('record.filter')}>
        {OUTCOMES.map((name) => (
          <button
            key={name} type="button" className="count-tile card" aria-pressed={outcome === name} disabled={!run.counts?.[name]}
            onClick={() => {
              setCursor(undefined);
              setOutcome(outcome === name ? undefined : name);
            }}
          >
            <span className="count num">{number.format(run.counts?.[name] ?? 0)}</span>
            <OutcomeBadge outcome={name} />
          </button>
        ))}
      </div>
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('tab.records')} rows={page.items} columns={columns} rowId={(row) => `${row.key}${row.outcome}${row.message ?? ''}`}
            empty={<Empty title={t('record.empty')} />} footer={<Pager page={page} onCursor={setCursor} />}
          />
        )}
      </Load>
    </div>
  );
}

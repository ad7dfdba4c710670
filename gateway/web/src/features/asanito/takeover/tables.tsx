// The tables of the take-over: what was found of each kind, records to look at, the tables of the program before.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { RecordState } from '@/api/asanito-types';
import { Copy } from '@/components/copy';
import { DataTable, type Column } from '@/components/data-table';
import { Empty } from '@/components/screen';
import { Time } from '@/components/zone';
import { KINDS } from '../queries';
import { Name, RecordBadge } from '../record-state';
import type { InheritedRecord, TakeOverReport } from './queries';

const OUTCOMES = ['bound', 'known', 'superseded', 'ambiguous', 'failed', 'ignored', 'open'] as const;

interface OfKind {
  kind: string;
  counts: Record<string, number>;
}

export function Counts({ counts }: { counts: TakeOverReport['counts'] }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const number = new Intl.NumberFormat(i18n.language);
  if (counts.length === 0) return null;
  const rows: OfKind[] = KINDS.map((kind) => ({ kind, counts: Object.fromEntries(counts.filter((one) => one.kind === kind).map((one) => [one.outcome, one.count])) }));
  const seen = OUTCOMES.filter((outcome) => counts.some((one) => one.outcome === outcome));
  const columns: Column<OfKind>[] = [
    { id: 'kind', header: t('takeover.column.kind'), fixed: true, cell: (row) => t(`overview:record.kinds.${row.kind}`) },
    ...seen.map((outcome): Column<OfKind> => ({ id: outcome, header: t(`takeover.outcome.${outcome}`), fixed: true, fit: true, align: 'end', cell: (row) => number.format(row.counts[outcome] ?? 0) })),
  ];
  return (
    <section className="stack-s">
      <h2 className="section-title flush">{t('takeover.counts')}</h2>
      <p className="flush dim small">{t('takeover.counts_what')}</p>
      <DataTable label={t('takeover.counts')} rows={rows} columns={columns} rowId={(row) => row.kind} empty={null} />
    </section>
  );
}

export function Records({ name, records }: { name: 'ambiguous' | 'sample'; records: InheritedRecord[] }) {
  const { t } = useTranslation('asanito_tools');
  const columns: Column<InheritedRecord>[] = [
    {
      id: 'record', header: t('takeover.column.record'), fixed: true,
      cell: (row) => <Link to="/asanito/records/$kind/$key" params={{ kind: row.kind, key: row.key }} className="row-link">{row.label ? <Name text={row.label} /> : <span className="mono">{row.key.slice(0, 8)}</span>}</Link>,
    },
    { id: 'kind', header: t('takeover.column.kind'), fit: true, wide: true, cell: (row) => t(`overview:record.kind.${row.kind}`) },
    { id: 'asanito', header: t('takeover.column.asanito'), fixed: true, fit: true, align: 'end', cell: (row) => <Copy text={String(row.asanito_id)} /> },
    { id: 'state', header: t('takeover.column.state'), fixed: true, fit: true, cell: (row) => (row.state ? <RecordBadge state={row.state as RecordState} plain /> : t('common:none')) },
  ];
  return (
    <section className="stack-s" data-records={name}>
      <h2 className="section-title flush">{t(`takeover.${name}`)}</h2>
      <p className="flush dim small">{t(`takeover.${name}_what`)}</p>
      <DataTable label={t(`takeover.${name}`)} rows={records} columns={columns} rowId={(row) => `${row.kind} ${row.key} ${row.asanito_id}`} empty={<Empty title={t('takeover.sample_none')} />} />
    </section>
  );
}

export function Tables({ tables }: { tables: TakeOverReport['tables'] }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const number = new Intl.NumberFormat(i18n.language);
  if (tables.length === 0) return null;
  return (
    <section className="stack-s">
      <h2 className="section-title flush">{t('takeover.tables')}</h2>
      <ul className="card plain">
        {tables.map((table) => (
          <li key={table.name} className="list-row stack-tight" data-table={table.name}>
            <div className="spread">
              <span><span className="strong">{t(`takeover.table.${table.name}`, { defaultValue: table.name })}</span> <span className="mono small dim">{table.name}</span></span>
              <span className="small"><Time at={table.taken_at} /></span>
            </div>
            <span className="small">{t('takeover.rows', { taken: number.format(table.taken), rows: number.format(table.rows) })}</span>
            {table.notes.length > 0 && <ul className="small dim flush">{table.notes.map((note) => <li key={note}><bdi className="break">{note}</bdi></li>)}</ul>}
          </li>
        ))}
      </ul>
    </section>
  );
}

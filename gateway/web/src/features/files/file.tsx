// One file: what became of it, its numbers (each a filter), its lines with reasons, the original to download.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { IconArrowLeft } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { InvoiceFile, InvoiceRow } from '@/api/invoices-types';
import { Copy } from '@/components/copy';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { DownloadButton } from '@/components/download-button';
import { Empty, Load, Screen } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { SearchField } from '@/features/runs/filter-bar';
import { money, useReasonWords } from '@/features/warehouse/report-view';
import { formatBytes } from '@/lib/files';
import { FileDecisions } from './decisions';
import { contentPath, fileQuery, fileTone, ROW_STATUSES, rowsQuery, rowTone } from './queries';

export function File() {
  const { t } = useTranslation('files');
  const { id } = useParams({ from: '/signed-in/frame/invoices/files/$id' });
  const query = useQuery(fileQuery(id));
  const file = query.data;
  return (
    <Screen
      title={file?.name ?? t('file')} tab={file ? t(`state.${file.state}`) : null} aside={file && <StateBadge state={fileTone(file.state)} label={t(`state.${file.state}`)} />}
      back={<Link to="/invoices/files" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('all_files')}</Link>}
      actions={file && <><FileDecisions file={file} /><DownloadButton path={contentPath(file.id)} name={file.name}>{t('download_original')}</DownloadButton></>}
    >
      <Load query={query}>{(data) => <div className="stack-l"><Facts file={data} /><Rows file={data} /></div>}</Load>
    </Screen>
  );
}

function Facts({ file }: { file: InvoiceFile }) {
  const { t, i18n } = useTranslation('files');
  const word = useReasonWords();
  const number = new Intl.NumberFormat(i18n.language);
  const facts: [string, React.ReactNode][] = [
    [t('column.received'), <Time key="r" at={file.received_at} style="full" />],
    [t('column.source'), t(`source.${file.source}`, { by: file.uploaded_by ?? '' })],
    [t('column.day'), <Link key="d" to="/invoices/sessions/$date" params={{ date: file.business_date }}>{file.business_date}</Link>],
    [t('column.size'), formatBytes(file.size_bytes, i18n.language)],
    [t('column.count'), file.records === null ? t('common:none') : t('count', { records: number.format(file.records), declared: file.declared === null ? t('common:none') : number.format(file.declared) })],
    [t('column.verdict'), file.verdict ? t(`verdict.${file.verdict}`, { defaultValue: file.verdict }) : t('common:none')],
    [t('column.value'), money(file.total_value, i18n.language) || t('common:none')],
  ];
  if (file.sha256) facts.push([t('column.sha256'), <Copy key="s" text={file.sha256} shown={`${file.sha256.slice(0, 12)}…`} />]);
  return (
    <div className="stack">
      {file.reason && <p className={`note note-tone tone-${fileTone(file.state)} flush`}>{word(file.reason)}</p>}
      {file.warnings.length > 0 && <ul className="note note-tone tone-partial warnings">{file.warnings.map((text) => <li key={text}>{word(text)}</li>)}</ul>}
      {file.duplicate_of && <p className="flush">{t('duplicate_of')} <Link to="/invoices/files/$id" params={{ id: file.duplicate_of }} className="mono">{file.duplicate_of.slice(-12)}</Link></p>}
      <dl className="facts card card-pad">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
    </div>
  );
}

function Rows({ file }: { file: InvoiceFile }) {
  const { t, i18n } = useTranslation('files');
  const word = useReasonWords();
  const search = useSearch({ from: '/signed-in/frame/invoices/files/$id' });
  const navigate = useNavigate({ from: '/invoices/files/$id' });
  const query = useQuery(rowsQuery(file.id, { status: search.status, q: search.q, cursor: search.cursor }));
  const change = (next: { status?: string; q?: string; cursor?: string }) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const number = new Intl.NumberFormat(i18n.language);
  const counters = file.counters;
  const columns: Column<InvoiceRow>[] = [
    { id: 'line', header: t('column.line'), fixed: true, fit: true, align: 'end', cell: (row) => row.line_number },
    { id: 'status', header: t('column.status'), fixed: true, fit: true, cell: (row) => <RowStatus row={row} word={word} /> },
    { id: 'invoice', header: t('column.invoice'), fixed: true, fit: true, cell: (row) => <InvoiceNumber number={row.invoice_number} /> },
    { id: 'quantity', header: t('column.quantity'), fit: true, align: 'end', wide: true, cell: (row) => row.quantity ?? '' },
    { id: 'description', header: t('column.description'), cell: (row) => <span className={row.text ? 'mono break' : 'break'}>{row.description ?? row.text}</span> },
    { id: 'value', header: t('column.value'), fit: true, align: 'end', wide: true, cell: (row) => money(row.value, i18n.language) },
  ];
  return (
    <section className="stack">
      <h2 className="section-title flush">{t('lines')}</h2>
      <div className="toolbar toolbar-flush">
        <SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('search_rows')} />
        <div className="row" role="group" aria-label={t('column.status')}>
          {ROW_STATUSES.map((status) => (
            <Button key={status} size="md" variant={search.status === status ? 'filled' : 'default'} aria-pressed={search.status === status} onClick={() => change({ status: search.status === status ? undefined : status })}>
              {t(`row.${status}`)}<span className="num">&nbsp;{number.format(counters[status])}</span>
            </Button>
          ))}
        </div>
      </div>
      <Load query={query}>
        {(page) => (
          <DataTable
            label={t('lines')} rows={page.items} columns={columns} rowId={(row) => `${row.line_number}:${row.status}`}
            empty={<Empty title={t('no_rows')} />} footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
          />
        )}
      </Load>
    </section>
  );
}

/** The number, to copy, and to look up on all other days. */
function InvoiceNumber({ number }: { number: number | null }) {
  const { t } = useTranslation('archive');
  if (number === null) return t('common:none');
  return (
    <>
      <Copy text={String(number)} />
      <div className="small"><Link className="row-link" to="/invoices/archive" search={{ number: String(number) }}>{t('other_days')}</Link></div>
    </>
  );
}

function RowStatus({ row, word }: { row: InvoiceRow; word: (reason: string) => string }) {
  const { t } = useTranslation('files');
  return (
    <>
      <StateBadge state={rowTone(row.status)} label={t(`row.${row.status}`, { defaultValue: row.status })} />
      {row.reason && <div className="small dim">{word(row.reason)}</div>}
    </>
  );
}

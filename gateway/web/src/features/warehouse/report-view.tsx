// The import report: counts, reasons, and the lines that are not taken.

import { useTranslation } from 'react-i18next';
import type { ImportReport } from '@/api/invoices-types';
import { rejectedBy, rejectedCount } from './report';

export function useReasonWords(): (reason: string) => string {
  const { t, i18n } = useTranslation('files');
  return (reason) => (i18n.exists(`files:reason.${reason}`) ? t(`reason.${reason}`) : reason.replaceAll('_', ' '));
}

export function ReportView({ report }: { report: ImportReport }) {
  const { t, i18n } = useTranslation('warehouse');
  const word = useReasonWords();
  const number = new Intl.NumberFormat(i18n.language);
  const counts: [string, number | undefined | null][] = [
    ['kept', report.kept], ['valid', report.valid], ['not_found', report.not_found], ['in_past', report.in_past], ['already_sent', report.already_sent],
    ['ignored', report.ignored], ['rejected', rejectedCount(report)], ['duplicates', report.duplicates],
  ];
  const lines = report.bad_lines;
  const warnings = report.warnings.map(word);
  return (
    <div className="stack">
      <dl className="fact-tiles">
        {counts.filter(([, value]) => value !== undefined && value !== null).map(([name, value]) => (
          <div key={name} className="card" data-count={name}><dt>{t(`report.${name}`)}</dt><dd className="num">{number.format(value ?? 0)}</dd></div>
        ))}
      </dl>
      <p className="flush small dim num">
        {t('report.value', { value: money(report.total_value, i18n.language) })}
        {report.total_quantity !== null && <> · {t('report.quantity', { count: report.total_quantity, quantity: number.format(report.total_quantity) })}</>}
        {report.declared !== null && <> · {t('report.declared', { declared: number.format(report.declared), records: number.format(report.records ?? 0) })}</>}
      </p>
      {warnings.length > 0 && <ul className="note note-tone tone-partial warnings">{warnings.map((text) => <li key={text}>{text}</li>)}</ul>}
      {rejectedBy(report).length > 0 && (
        <p className="flush">{rejectedBy(report).map(([reason, count]) => `${word(reason)}: ${number.format(count)}`).join(' · ')}</p>
      )}
      {lines.length > 0 && (
        <div className="table-wrap" tabIndex={0} role="region" aria-label={t('upload.rejected_lines')}>
          <table className="table">
            <thead><tr><th className="fit end">{t('files:column.line')}</th><th className="fit">{t('files:column.reason')}</th><th>{t('files:column.text')}</th></tr></thead>
            <tbody>
              {lines.slice(0, 100).map((row) => (
                <tr key={row.line}><td className="end num">{row.line}</td><td className="nowrap">{word(row.reason)}</td><td className="mono break">{row.text}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

/** Digits as the server sent them (a decimal is text), grouped for reading. */
export function money(value: string | null | undefined, language: string): string {
  if (value === null || value === undefined) return '';
  const digits = /\.(\d*)/.exec(value)?.[1]?.replace(/0+$/, '').length ?? 0;
  return new Intl.NumberFormat(language, { minimumFractionDigits: Math.max(2, digits) }).format(value as unknown as number);
}

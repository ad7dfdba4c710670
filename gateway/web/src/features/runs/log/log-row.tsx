// One line of a log: time in the shown zone, level as word and colour, message, fields. Drawn again only when it changes.

import { memo } from 'react';
import type { LogLine } from '@/api/types';
import { fieldsText } from './find';

interface Props {
  row: LogLine;
  start: number;
  zone: string;
  marked: boolean;
  found: boolean;
  /** "Link to line …": words are looked up once for all rows. */
  label: string;
  onLine: (line: string) => void;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clock(at: string, zone: string): string {
  let format = clocks.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, hourCycle: 'h23' });
    clocks.set(zone, format);
  }
  return format.format(new Date(at));
}

const tone = (level: string) => (level === 'error' || level === 'critical' ? 'failed' : level === 'warning' ? 'partial' : level === 'debug' ? 'cancelled' : 'queued');

export const LogRow = memo(function LogRow({ row, start, zone, marked, found, label, onLine }: Props) {
  const fields = fieldsText(row);
  return (
    <div className="log-row" data-seq={row.seq} data-marked={marked || undefined} data-found={found || undefined} style={{ transform: `translateY(${start}px)` }}>
      <button type="button" className="log-seq" onClick={() => onLine(String(row.seq))} aria-label={label.replace('#', String(row.seq))}>{row.seq}</button>
      <time dateTime={row.at} title={`${row.at} · ${zone}`} className="dim">{clock(row.at, zone)}</time>
      <span className={`log-level tone-${tone(row.level)}`}>{row.level}</span>
      <span className="log-text">{row.message || row.event}{fields && <span className="dim"> {fields}</span>}</span>
    </div>
  );
});

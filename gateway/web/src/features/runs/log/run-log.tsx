// The log of a run: followed live, searched and filtered here (only what is seen is drawn), lines that can be linked.

import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconChevronDown, IconChevronUp, IconDownload, IconSearch } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemView } from '@/components/problem';
import { Empty } from '@/components/screen';
import { useZone } from '@/components/zone';
import { saveBlob } from '@/lib/files';
import { asText, atLevel, fieldsText, findLines, LEVELS, type Level } from './find';
import { LogRow } from './log-row';
import { useLog } from './use-log';

interface Props {
  service: string;
  id: string;
  live: boolean;
  line: string | undefined;
  onLine: (line: string) => void;
}

const ROW = 24;

export default function RunLog({ service, id, live, line, onLine }: Props) {
  const { t } = useTranslation('runs');
  const log = useLog(service, id, live);
  const zone = useZone();
  const [level, setLevel] = useState<Level>('info');
  const [text, setText] = useState('');
  const [hit, setHit] = useState(0);
  const [follow, setFollow] = useState(live && !line);
  const lines = useMemo(() => atLevel(log.lines, level), [log.lines, level]);
  const hits = useMemo(() => findLines(lines, text), [lines, text]);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 20 });
  const marked = line ? Number(line) : null;

  useEffect(() => {
    if (follow && lines.length) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [follow, lines.length, rows]);

  const linked = marked === null ? -1 : lines.findIndex((item) => item.seq === marked);
  const jumped = useRef<string | null>(null);
  useEffect(() => {
    if (linked >= 0 && jumped.current !== line) {
      jumped.current = line ?? null;
      rows.scrollToIndex(linked, { align: 'center' });
    }
  }, [linked, line, rows]);

  const go = (step: number) => {
    if (hits.length === 0) return;
    const next = (hit + step + hits.length) % hits.length;
    setHit(next);
    setFollow(false);
    rows.scrollToIndex(hits[next] ?? 0, { align: 'center' });
  };
  const find = (value: string) => {
    setText(value);
    setHit(0);
    const first = findLines(lines, value)[0];
    if (first !== undefined) {
      setFollow(false);
      rows.scrollToIndex(first, { align: 'center' });
    }
  };
  /** Scrolling up stops following; it is taken up again by the switch. */
  const scrolled = (event: React.WheelEvent | React.TouchEvent | React.KeyboardEvent) => {
    if (!follow) return;
    const up = 'deltaY' in event ? event.deltaY < 0 : 'key' in event ? ['PageUp', 'ArrowUp', 'Home'].includes(event.key) : true;
    if (up) setFollow(false);
  };
  if (log.error && log.lines.length === 0) return <ProblemView error={log.error} onRetry={log.reload} />;
  return (
    <div className="stack-s">
      <div className="toolbar toolbar-flush">
        <TextInput
          type="search" size="md" className="search-field" aria-label={t('log.find')} placeholder={t('log.find')} leftSection={<IconSearch size={17} aria-hidden />}
          value={text} onChange={(event) => find(event.currentTarget.value)} onKeyDown={(event) => event.key === 'Enter' && go(event.shiftKey ? -1 : 1)}
        />
        {text.trim() && (
          <div className="row-tight">
            <span className="num small" role="status">{hits.length ? t('log.hit', { number: hit + 1, count: hits.length }) : t('log.no_hit')}</span>
            <Button variant="default" size="md" px={10} onClick={() => go(-1)} aria-label={t('log.previous')} disabled={!hits.length}><IconChevronUp size={17} aria-hidden /></Button>
            <Button variant="default" size="md" px={10} onClick={() => go(1)} aria-label={t('log.next')} disabled={!hits.length}><IconChevronDown size={17} aria-hidden /></Button>
          </div>
        )}
        <NativeSelect size="md" aria-label={t('log.level')} value={level} onChange={(event) => setLevel(event.currentTarget.value as Level)} data={LEVELS.map((name) => ({ value: name, label: t(`log.from_${name}`) }))} />
        {live && <Switch size="md" label={t('log.follow')} checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />}
        <Button variant="default" size="md" leftSection={<IconDownload size={17} aria-hidden />} onClick={() => saveBlob(new Blob([asText(log.lines)], { type: 'text/plain' }), `run-${id.slice(-12)}.log`)}>
          {t('log.download')}
        </Button>
      </div>
      <div
        ref={scroller} className="log" tabIndex={0} role="log" aria-label={t('tab.log')} aria-live="off"
        onWheel={scrolled} onTouchMove={scrolled} onKeyDown={scrolled}
      >
        <div className="log-sheet" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const row = lines[item.index];
            return row ? (
              <LogRow
                key={row.seq} row={row} start={item.start} zone={zone} marked={row.seq === marked} found={hits[hit] === item.index && text.trim() !== ''}
                fields={fieldsText(row)} onLine={() => onLine(String(row.seq))}
              />
            ) : null;
          })}
        </div>
        {lines.length === 0 && <Empty title={t(log.complete ? 'log.empty' : 'log.loading')} />}
      </div>
      <div className="small dim row num">
        <span>{t('log.lines', { count: lines.length })}</span>
        {live && <span>{t(`log.stream_${log.stream}`)}</span>}
      </div>
    </div>
  );
}

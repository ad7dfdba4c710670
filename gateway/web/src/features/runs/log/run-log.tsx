// The log of a run: followed live, searched and filtered here (only what is seen is drawn), lines that can be linked.

import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconDownload, IconSearch } from '@tabler/icons-react';
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { Empty } from '@/components/screen';
import { useZone } from '@/components/zone';
import { saveBlob } from '@/lib/files';
import { asText, LEVELS, type Level } from './find';
import { LogRow } from './log-row';
import { useLog } from './use-log';
import { useRows } from './use-rows';

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
  const { lines } = log;
  const [level, setLevel] = useState<Level>('info');
  const [text, setText] = useState('');
  const [hit, setHit] = useState(0);
  const [follow, setFollow] = useState(live && !line);
  const scroller = useRef<HTMLDivElement>(null);
  const pressed = useRef(onLine);
  useEffect(() => {
    pressed.current = onLine;
  });
  const link = useCallback((seq: string) => pressed.current(seq), []);
  const count = lines.shown.length;
  const hits = lines.hits;
  const foundAt = text.trim() ? (hits[hit] ?? -1) : -1;
  const marked = line ? Number(line) : null;

  const center = (index: number) => {
    const element = scroller.current;
    if (element) element.scrollTop = index * ROW - (element.clientHeight - ROW) / 2;
  };
  useLayoutEffect(() => {
    if (follow && scroller.current) scroller.current.scrollTop = count * ROW;
  }, [follow, count]);

  const linked = marked === null ? -1 : lines.placeOf(marked);
  const jumped = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (linked >= 0 && jumped.current !== line) {
      jumped.current = line ?? null;
      center(linked);
    }
  }, [linked, line]);

  const go = (step: number) => {
    if (hits.length === 0) return;
    const next = (hit + step + hits.length) % hits.length;
    setHit(next);
    setFollow(false);
    center(hits[next] ?? 0);
  };
  const find = (value: string) => {
    setText(value);
    setHit(0);
    lines.find(value);
    const first = lines.hits[0];
    if (first !== undefined) {
      setFollow(false);
      center(first);
    }
  };
  const choose = (value: Level) => {
    lines.setLevel(value);
    setHit(0);
    setLevel(value);
  };
  /** Scrolling up stops following; it is taken up again by the switch. */
  const scrolled = (event: React.WheelEvent | React.TouchEvent | React.KeyboardEvent) => {
    if (!follow) return;
    const up = 'deltaY' in event ? event.deltaY < 0 : 'key' in event ? ['PageUp', 'ArrowUp', 'Home'].includes(event.key) : true;
    if (up) setFollow(false);
  };
  if (log.error && lines.all.length === 0) return <ProblemView error={log.error} onRetry={log.reload} />;
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
        <NativeSelect size="md" aria-label={t('log.level')} value={level} onChange={(event) => choose(event.currentTarget.value as Level)} data={LEVELS.map((name) => ({ value: name, label: t(`log.from_${name}`) }))} />
        {live && <Switch size="md" label={t('log.follow')} checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />}
        <Button variant="default" size="md" leftSection={<IconDownload size={17} aria-hidden />} onClick={() => saveBlob(new Blob([asText(lines.all)], { type: 'text/plain' }), `run-${id.slice(-12)}.log`)}>
          {t('log.download')}
        </Button>
      </div>
      <div
        ref={scroller} className="log" tabIndex={0} role="log" aria-label={t('tab.log')} aria-live="off"
        onWheel={scrolled} onTouchMove={scrolled} onKeyDown={scrolled}
      >
        <Sheet scroller={scroller} shown={lines.shown} count={count} marked={marked} foundAt={foundAt} onLine={link} />
        {count === 0 && <Empty title={t(log.complete ? 'log.empty' : 'log.loading')} />}
      </div>
      <div className="small dim row num">
        <span>{t('log.lines', { count })}</span>
        {live && <span>{t(`log.stream_${log.stream}`)}</span>}
      </div>
    </div>
  );
}

interface SheetProps {
  scroller: RefObject<HTMLDivElement | null>;
  shown: LogLine[];
  /** `shown` grows in place: this says that it has. */
  count: number;
  marked: number | null;
  foundAt: number;
  onLine: (line: string) => void;
}

/** The lines in sight. On its own, so that scrolling draws lines and nothing else. */
const Sheet = memo(function Sheet({ scroller, shown, count, marked, foundAt, onLine }: SheetProps) {
  const { t } = useTranslation('runs');
  const zone = useZone();
  const label = t('log.link', { number: '#' });
  const { from, to } = useRows(scroller, ROW, count);
  return (
    <div className="log-sheet" style={{ height: count * ROW }}>
      {shown.slice(from, to).map((row, index) => (
        <LogRow key={row.seq} row={row} start={(from + index) * ROW} zone={zone} marked={row.seq === marked} found={from + index === foundAt} label={label} onLine={onLine} />
      ))}
    </div>
  );
});

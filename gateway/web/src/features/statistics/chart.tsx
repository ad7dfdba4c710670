// One chart, drawn by uPlot in the colours of the scheme. It is a picture: the figures stand in the table below.

import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDay } from '@/lib/time';
import './chart.css';

export interface Series {
  label: string;
  values: (number | null)[];
  /** A colour of tokens.css. */
  tone: 'running' | 'succeeded' | 'partial' | 'accent';
  look: 'bars' | 'line';
}

interface Props {
  title: string;
  /** The word for the first row of the legend. */
  day: string;
  /** What the picture shows, in words. */
  summary: string;
  days: number[];
  series: Series[];
  format: (value: number) => string;
}

const HEIGHT = 210;

export default function Chart({ title, day, summary, days, series, format }: Props) {
  const { i18n } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const chart = new UPlot(optionsOf(element.clientWidth, day, series, format, i18n.language), [days, ...series.map((one) => one.values)], element);
    const watch = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
    // `scheme` has the colours read anew.
  }, [day, days, series, format, i18n.language, scheme]);
  return (
    <figure className="card card-pad chart">
      <figcaption className="section-title">{title}</figcaption>
      <div role="img" aria-label={summary} ref={place} className="chart-place" />
    </figure>
  );
}

function optionsOf(width: number, word: string, series: Series[], format: (value: number) => string, language: string): UPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name: string) => styles.getPropertyValue(`--${name}`).trim();
  const day = (seconds: number) => formatDay(new Date(seconds * 1000).toISOString().slice(0, 10), language, 'date');
  const short = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const axis = { stroke: colour('ink-dim'), font: '12px "Inter Variable", system-ui, sans-serif', grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line'), width: 1, size: 4 } };
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    cursor: { sync: { key: 'days' }, drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true },
    // Half a day more at both ends: the first and the last bar stand whole.
    scales: { x: { range: (_, first, last) => [first - 43_200, last + 43_200] }, y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
    axes: [
      { ...axis, space: 72, incrs: [1, 2, 3, 7, 14, 30, 61, 91].map((days) => days * 86_400), values: (_, ticks) => ticks.map((tick) => short.format(tick * 1000)) },
      { ...axis, size: 62, values: (_, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      { label: word, value: (_, seconds) => (seconds ? day(seconds) : '–') },
      ...series.map((one): UPlot.Series => {
        const stroke = colour(one.tone);
        const bars = one.look === 'bars';
        return {
          label: one.label, stroke, width: bars ? 0 : 2, fill: bars ? `${stroke}a6` : undefined, spanGaps: false,
          paths: bars ? UPlot.paths.bars?.({ size: [0.7, 46], radius: 0.15 }) : UPlot.paths.linear?.(), points: { show: !bars, size: 5, fill: stroke },
          value: (_, value) => (value === null || value === undefined ? '–' : format(value)),
        };
      }),
    ],
  };
}

// Level filter and find over all lines, drawn or not.

import type { LogLine } from '@/api/types';

export const LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type Level = (typeof LEVELS)[number];

const rank = (level: string): number => {
  const at = LEVELS.indexOf((level === 'critical' ? 'error' : level) as Level);
  return at === -1 ? 1 : at;
};

export const atLevel = (lines: LogLine[], level: Level): LogLine[] =>
  level === 'debug' ? lines : lines.filter((line) => rank(line.level) >= rank(level));

/** Positions of the lines that contain the text, in message, event or fields. */
export function findLines(lines: LogLine[], text: string): number[] {
  const needle = text.trim().toLowerCase();
  if (!needle) return [];
  return lines.flatMap((line, index) => (textOf(line).toLowerCase().includes(needle) ? [index] : []));
}

export const fieldsText = (line: LogLine): string =>
  Object.entries(line.fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value, big)}`).join(' ');

const big = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

export const textOf = (line: LogLine): string => [line.message, line.event, fieldsText(line)].filter(Boolean).join(' ');

/** The log as a file: one line each, instants in UTC. */
export const asText = (lines: LogLine[]): string =>
  lines.map((line) => `${line.at} ${line.level.toUpperCase().padEnd(7)} [${line.attempt}] ${textOf(line)}`).join('\n') + '\n';

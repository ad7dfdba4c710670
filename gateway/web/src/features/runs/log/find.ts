// The level of a line and its text, as they are filtered, found and saved.

import type { LogLine } from '@/api/types';

export const LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type Level = (typeof LEVELS)[number];

const rank = (level: string): number => {
  const at = LEVELS.indexOf((level === 'critical' ? 'error' : level) as Level);
  return at === -1 ? 1 : at;
};

/** A level shows itself and what is worse. */
export const hasLevel = (line: LogLine, level: Level): boolean => level === 'debug' || rank(line.level) >= rank(level);

export const fieldsText = (line: LogLine): string =>
  Object.entries(line.fields).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value, big)}`).join(' ');

const big = (_key: string, value: unknown) => (typeof value === 'bigint' ? value.toString() : value);

export const textOf = (line: LogLine): string => [line.message, line.event, fieldsText(line)].filter(Boolean).join(' ');

/** The log as a file: one line each, instants in UTC. */
export const asText = (lines: LogLine[]): string =>
  lines.map((line) => `${line.at} ${line.level.toUpperCase().padEnd(7)} [${line.attempt}] ${textOf(line)}`).join('\n') + '\n';

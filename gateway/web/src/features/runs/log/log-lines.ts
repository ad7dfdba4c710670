// The lines of one log, a hundred thousand of them: kept in order without doubles, at a level, with the places of a text.
// Lines that follow those that are known are only appended; whatever was sorted and searched before stays as it is.

import type { LogLine } from '@/api/types';
import { hasLevel, textOf, type Level } from './find';

export class LogLines {
  /** All lines, ordered by `seq`. */
  readonly all: LogLine[] = [];
  /** Those of the level. */
  shown: LogLine[] = [];
  /** Positions in `shown` of the lines that hold the text. */
  hits: number[] = [];
  private level: Level = 'info';
  private needle = '';
  private readonly lowered = new WeakMap<LogLine, string>();

  /** Takes lines in whatever order they come; false when none was new. */
  add(more: readonly LogLine[]): boolean {
    let last = this.all.at(-1)?.seq ?? -1;
    const late: LogLine[] = [];
    let added = false;
    for (const line of more) {
      if (line.seq > last) {
        last = line.seq;
        this.all.push(line);
        this.show(line);
        added = true;
      } else {
        late.push(line);
      }
    }
    return this.insert(late) || added;
  }

  setLevel(level: Level): void {
    if (level === this.level) return;
    this.level = level;
    this.showAll();
  }

  find(text: string): void {
    const needle = text.trim().toLowerCase();
    if (needle === this.needle) return;
    this.needle = needle;
    this.hits = [];
    this.shown.forEach((line, index) => this.note(line, index));
  }

  /** Where a line is drawn; -1 when it is not. */
  placeOf(seq: number): number {
    let low = 0;
    let high = this.shown.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.shown[middle]?.seq ?? 0;
      if (found === seq) return middle;
      if (found < seq) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  private insert(late: LogLine[]): boolean {
    if (late.length === 0) return false;
    const known = new Set(this.all.map((line) => line.seq));
    const missing = late.filter((line) => !known.has(line.seq) && known.add(line.seq));
    if (missing.length === 0) return false;
    this.all.push(...missing);
    this.all.sort((a, b) => a.seq - b.seq);
    this.showAll();
    return true;
  }

  private showAll(): void {
    this.shown = [];
    this.hits = [];
    for (const line of this.all) this.show(line);
  }

  private show(line: LogLine): void {
    if (!hasLevel(line, this.level)) return;
    this.shown.push(line);
    this.note(line, this.shown.length - 1);
  }

  private note(line: LogLine, index: number): void {
    if (this.needle && this.text(line).includes(this.needle)) this.hits.push(index);
  }

  private text(line: LogLine): string {
    let text = this.lowered.get(line);
    if (text === undefined) {
      text = textOf(line).toLowerCase();
      this.lowered.set(line, text);
    }
    return text;
  }
}

// An import report as the service sends it, read into what the screen shows.

import type { ImportReport } from '@/api/invoices-types';
import type { Problem } from '@/api/types';

export interface RejectedLine {
  line: number | null;
  reason: string;
  text: string;
}

/** Lines of a refused file: from `errors` (pointer "/lines/12") or from the problem's parameters. */
export function readRejections(problem: Problem): RejectedLine[] {
  const listed = (problem.params?.rejections ?? problem.params?.rejected_rows) as { line_number?: number; line?: number; reason?: string; text?: string }[] | undefined;
  if (Array.isArray(listed)) return listed.map((row) => ({ line: row.line_number ?? row.line ?? null, reason: row.reason ?? '', text: row.text ?? '' }));
  return [];
}

export function rejectedBy(report: ImportReport): [string, number][] {
  const counts = report.rejected_by ?? (typeof report.rejected === 'object' ? report.rejected : {});
  return Object.entries(counts).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);
}

export function rejectedCount(report: ImportReport): number {
  return typeof report.rejected === 'number' ? report.rejected : rejectedBy(report).reduce((sum, [, count]) => sum + count, 0);
}

export const reportLines = (report: ImportReport): RejectedLine[] =>
  (report.rejections ?? report.rejected_rows ?? []).map((row) => ({ line: row.line_number, reason: row.reason, text: row.text ?? '' }));

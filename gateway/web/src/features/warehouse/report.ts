// An import report, read into what the screen shows.

import type { BadLine, ImportReport } from '@/api/invoices-types';
import type { Problem } from '@/api/types';

/** Lines of a refused file: they come with the problem's parameters. */
export function readRejections(problem: Problem): BadLine[] {
  const listed = problem.params.bad_lines;
  return Array.isArray(listed) ? (listed as BadLine[]) : [];
}

export const rejectedBy = (report: ImportReport): [string, number][] =>
  Object.entries(report.rejected).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);

export const rejectedCount = (report: ImportReport): number => rejectedBy(report).reduce((sum, [, count]) => sum + count, 0);

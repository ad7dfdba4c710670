// An import report, read into what the screen shows.

import type { BadLine, ImportReport } from '@/api/invoices-types';
import type { Problem } from '@/api/types';

const LINE = /^\/file\/lines\/(\d+)$/;

/** Lines of a refused file: each is an error whose pointer names the line. */
export const readRejections = (problem: Problem): BadLine[] =>
  problem.errors.flatMap((error) => {
    const line = LINE.exec(error.pointer)?.[1];
    return line ? [{ line: Number(line), reason: error.code, text: error.detail }] : [];
  });

export const rejectedBy = (report: ImportReport): [string, number][] =>
  Object.entries(report.rejected).filter(([, count]) => count > 0).sort((a, b) => b[1] - a[1]);

export const rejectedCount = (report: ImportReport): number => rejectedBy(report).reduce((sum, [, count]) => sum + count, 0);

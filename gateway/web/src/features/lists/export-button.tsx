// A CSV of exactly what is seen: the shown columns, every row that the filters find, on all pages.

import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { ApiPath } from '@/api/paths';
import type { Page } from '@/api/types';
import type { Column } from '@/components/data-table';
import { toast } from '@/components/toast';
import { saveBlob, toCsv } from '@/lib/files';
import { useProblemText } from '@/lib/problem-text';

const MOST_EXPORTED = 20_000;

interface Props<T> {
  name: string;
  columns: Column<T>[];
  hidden: string[];
  /** The address of a page, by its cursor. */
  path: (cursor: string | undefined) => ApiPath;
}

export function ExportButton<T>({ name, columns, hidden, path }: Props<T>) {
  const { t } = useTranslation();
  const problem = useProblemText();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const shown = columns.filter((column) => column.text && !hidden.includes(column.id));
      const rows = await every<T>(path);
      saveBlob(toCsv([shown.map((column) => column.header), ...rows.map((row) => shown.map((column) => column.text?.(row)))]), name);
    } catch (error) {
      const told = problem({ code: 'export_failed', detail: String(error), params: {} });
      toast({ bad: true, title: told.happened, message: told.act });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button variant="default" size="md" loading={busy} onClick={() => void save()} leftSection={<IconDownload size={17} aria-hidden />}>
      {t('table.export')}
    </Button>
  );
}

async function every<T>(path: Props<T>['path']): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await get<Page<T>>(path(cursor));
    rows.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor && rows.length < MOST_EXPORTED);
  return rows;
}

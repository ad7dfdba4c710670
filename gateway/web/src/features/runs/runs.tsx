// Runs of all services: filters in the address, a drawer for one run, actions on several, a CSV of what one sees.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconDownload } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '@/components/toast';
import type { Run } from '@/api/types';
import { ColumnMenu, DataTable, Pager, type Selection } from '@/components/data-table';
import { Absent, Empty, Load, Screen } from '@/components/screen';
import { useZone } from '@/components/zone';
import { jobsQuery } from '@/features/schedules/queries';
import { servicesQuery } from '@/features/session/me';
import { saveBlob, toCsv } from '@/lib/files';
import { useProblemText } from '@/lib/problem-text';
import { BulkBar } from './bulk-bar';
import { rowIdOf, runColumns } from './columns';
import { FilterBar } from './filter-bar';
import { allRuns, runsQuery, type RunsSearch } from './queries';
import { RunDrawer } from './run-drawer';
import { useRunText } from './run-text';

export function Runs() {
  const { t, i18n } = useTranslation();
  const search = useSearch({ from: '/signed-in/frame/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const zone = useZone();
  const query = useQuery(runsQuery(pick(search), zone));
  const services = useQuery(servicesQuery).data ?? [];
  const jobs = useQuery(jobsQuery(services.map((service) => service.name))).data?.items ?? [];
  const [selected, setSelected] = useState<Selection>({});
  const text = useRunText();
  const columns = useMemo(() => runColumns(t, i18n.language, text), [t, i18n.language, text]);
  const hidden = search.hide?.split(',') ?? [];
  const change = useCallback(
    (next: Partial<RunsSearch>) => {
      setSelected({});
      void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
    },
    [navigate],
  );
  const running = query.data?.items.filter((run) => run.state === 'running').length ?? 0;
  const failed = query.data?.items.filter((run) => run.state === 'failed' && !run.seen).length ?? 0;
  const lead = failed ? t('runs:tab_failed', { count: failed }) : running ? t('runs:tab_running', { count: running }) : null;
  const chosen = (query.data?.items ?? []).filter((run) => selected[rowIdOf(run)]);
  return (
    <Screen
      title={t('nav.runs')} tab={lead}
      actions={
        <>
          <ColumnMenu columns={columns} hidden={hidden} onChange={(ids) => change({ ...({ hide: ids.join(',') || undefined } as Partial<RunsSearch>), cursor: search.cursor })} />
          <ExportButton search={pick(search)} zone={zone} hidden={hidden} />
        </>
      }
    >
      <div className="stack">
        <FilterBar search={search} onChange={change} services={services.map((service) => service.name)} jobs={jobs} zone={zone} />
        <Absent errors={query.data?.errors} />
        <Load query={query} rows={8}>
          {(page) => (
            <DataTable
              label={t('nav.runs')} rows={page.items} columns={columns} rowId={rowIdOf} hidden={hidden} selected={selected} onSelect={setSelected}
              selectable={(run) => run.actions.includes('cancel') || run.actions.includes('retry')}
              openId={search.open ?? null}
              onOpen={(run) => void navigate({ search: (before) => ({ ...before, open: rowIdOf(run), tab: undefined, line: undefined }) })}
              empty={<Empty title={t('runs:empty.title')}>{t(hasFilter(search) ? 'runs:empty.filtered' : 'runs:empty.none')}</Empty>}
              footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
            />
          )}
        </Load>
      </div>
      <BulkBar chosen={chosen} onDone={() => setSelected({})} />
      <RunDrawer open={search.open} onClose={() => void navigate({ search: (before) => ({ ...before, open: undefined, tab: undefined, line: undefined }) })} />
    </Screen>
  );
}

function pick({ service, state, job, trigger, q, when, idle, cursor }: RunsSearch): RunsSearch {
  return { service, state, job, trigger, q, when, idle, cursor };
}

const hasFilter = (search: RunsSearch) => Boolean(search.service ?? search.state ?? search.job ?? search.trigger ?? search.q ?? search.when);

function ExportButton({ search, zone, hidden }: { search: RunsSearch; zone: string; hidden: string[] }) {
  const { t, i18n } = useTranslation();
  const problem = useProblemText();
  const text = useRunText();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    try {
      const shown = runColumns(t, i18n.language, text).filter((column) => column.text && !hidden.includes(column.id));
      const rows: Run[] = await allRuns({ ...search, cursor: undefined }, zone);
      const head = [...shown.map((column) => column.header), t('runs:column.message'), t('runs:column.id')];
      saveBlob(toCsv([head, ...rows.map((run) => [...shown.map((column) => column.text?.(run)), text(run), run.id])]), 'runs.csv');
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

// Runs of all services: filters in the address, a drawer for one run, actions on several, a CSV of what one sees.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { ColumnMenu, DataTable, Pager, type Column, type Selection } from '@/components/data-table';
import { Absent, Empty, Load, Screen } from '@/components/screen';
import { useZone } from '@/components/zone';
import { jobsQuery } from '@/features/schedules/queries';
import type { BulkAction, Target } from '@/features/lists/bulk';
import { BulkBar } from '@/features/lists/bulk-bar';
import { BulkRuns } from '@/features/lists/bulk-runs';
import { ExportButton } from '@/features/lists/export-button';
import { servicesQuery, useMay, useMe } from '@/features/session/me';
import { ViewsMenu } from '@/features/views/views-menu';
import { readFilter, resolveRange } from '@/lib/filters';
import { rowIdOf, runColumns } from './columns';
import { FilterBar } from './filter-bar';
import { runsPath, runsQuery, type RunsSearch } from './queries';
import { RunDrawer } from './run-drawer';
import { useRunText } from './run-text';

const ACTIONS: BulkAction[] = [{ name: 'retry' }, { name: 'cancel', danger: true }, { name: 'see', asks: 'note' }];

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
  const client = useQueryClient();
  const may = useMay();
  const { roles } = useMe().user;
  const operable = services.map((service) => service.name).filter((name) => may(name, 'operator'));
  const acts = (run: Run) => may(run.service, 'operator') && run.actions.some((name) => ACTIONS.some((action) => action.name === name));
  const choose = useCallback((view: Record<string, string>) => void navigate({ search: (before) => ({ tz: before.tz, ...view }), replace: true }), [navigate]);
  const exported = useMemo<Column<Run>[]>(
    () => [...columns, { id: 'message', header: t('runs:column.message'), cell: text, text }, { id: 'id', header: t('runs:column.id'), cell: (run) => run.id, text: (run) => run.id }],
    [columns, t, text],
  );
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
          <ViewsMenu screen="/runs" search={search} onChoose={choose} mayShare={Object.values(roles).some((role) => role !== 'viewer')} />
          <ColumnMenu columns={columns} hidden={hidden} onChange={(ids) => change({ ...({ hide: ids.join(',') || undefined } as Partial<RunsSearch>), cursor: search.cursor })} />
          <ExportButton name="runs.csv" columns={exported} hidden={hidden} path={(cursor) => runsPath({ ...pick(search), cursor }, zone, 500)} />
        </>
      }
    >
      <div className="stack">
        <FilterBar search={search} onChange={change} services={services.map((service) => service.name)} jobs={jobs} zone={zone} />
        <BulkRuns runs={search.bulk} onChange={(bulk) => void navigate({ search: (before) => ({ ...before, bulk }), replace: true })} stale={['runs', 'list']} />
        <Absent errors={query.data?.errors} />
        <Load query={query} rows={8}>
          {(page) => (
            <DataTable
              label={t('nav.runs')} rows={page.items} columns={columns} rowId={rowIdOf} hidden={hidden} selected={selected} onSelect={setSelected}
              selectable={acts}
              openId={search.open ?? null}
              onOpen={(run) => void navigate({ search: (before) => ({ ...before, open: rowIdOf(run), tab: undefined, line: undefined }) })}
              empty={<Empty title={t('runs:empty.title')}>{t(hasFilter(search) ? 'runs:empty.filtered' : 'runs:empty.none')}</Empty>}
              footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
            />
          )}
        </Load>
      </div>
      <BulkBar
        key={JSON.stringify(pick(search))} words="runs:bulk" list="runs" actions={ACTIONS} chosen={chosen}
        more={Boolean(query.data?.next ?? query.data?.prev) && chosen.length === query.data?.items.filter(acts).length} targets={targets(search, zone, operable)}
        onStarted={(runs) => void navigate({ search: (before) => ({ ...before, bulk: runs.join(',') || undefined }), replace: true })}
        onChanged={() => client.invalidateQueries({ queryKey: ['runs'] })} onNone={() => setSelected({})}
      />
      <RunDrawer open={search.open} onClose={() => void navigate({ search: (before) => ({ ...before, open: undefined, tab: undefined, line: undefined }) })} />
    </Screen>
  );
}

function pick({ service, state, job, trigger, q, when, idle, cursor }: RunsSearch): RunsSearch {
  return { service, state, job, trigger, q, when, idle, cursor };
}

const hasFilter = (search: RunsSearch) => Boolean(search.service ?? search.state ?? search.job ?? search.trigger ?? search.q ?? search.when);

/** What "all that match" means: the same filters, asked of each service that one may operate. */
function targets(search: RunsSearch, zone: string, services: string[]): Target[] {
  const wanted = readFilter(search.service);
  const filter = {
    state: search.state, job: search.job, trigger: search.trigger, q: search.q, created_at: resolveRange(search.when, zone), hide_idle: search.idle !== '1',
  };
  return services
    .filter((name) => wanted.values.length === 0 || wanted.values.includes(name) !== wanted.not)
    .map((service) => ({ service, list: 'runs', filter }));
}

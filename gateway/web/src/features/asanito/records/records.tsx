// Records of all kinds: kinds as tabs, filters in the address, decisions on one, on many, or on all that match.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SyncRecord } from '@/api/asanito-types';
import { ColumnMenu, DataTable, Pager, type Selection } from '@/components/data-table';
import { DownloadButton } from '@/components/download-button';
import { Empty, Load, Screen } from '@/components/screen';
import { useZone } from '@/components/zone';
import type { BulkAction } from '@/features/lists/bulk';
import { BulkBar } from '@/features/lists/bulk-bar';
import { BulkRuns } from '@/features/lists/bulk-runs';
import { useMay } from '@/features/session/me';
import { ViewsMenu } from '@/features/views/views-menu';
import '../asanito.css';
import { KINDS, recordFilter, recordsCsvPath, recordsQuery, SERVICE, statsQuery, type RecordSearch } from '../queries';
import { useRecordColumns } from './columns';
import { RecordFilters } from './filters';

const ACTIONS: BulkAction[] = [{ name: 'retry' }, { name: 'ignore', asks: 'note', undo: 'unignore' }, { name: 'unignore' }];
const HIDDEN_AT_FIRST = ['reason', 'message', 'idd', 'attempts'];
const inBulk = (record: SyncRecord) => record.actions.filter((name) => ACTIONS.some((action) => action.name === name));

export function Records() {
  const { t } = useTranslation('asanito');
  const search = useSearch({ from: '/signed-in/frame/asanito/records' });
  const navigate = useNavigate({ from: '/asanito/records' });
  const zone = useZone();
  const wanted = pick(search);
  const query = useQuery(recordsQuery(wanted, zone));
  const client = useQueryClient();
  const operator = useMay()(SERVICE, 'operator');
  const [selected, setSelected] = useState<Selection>({});
  const columns = useRecordColumns();
  const hidden = search.hide?.split(',') ?? HIDDEN_AT_FIRST;
  const put = (next: { hide?: string; bulk?: string }) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const change = useCallback(
    (next: Partial<RecordSearch>) => {
      setSelected({});
      void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
    },
    [navigate],
  );
  const choose = useCallback((view: Record<string, string>) => void navigate({ search: (before) => ({ tz: before.tz, ...view }), replace: true }), [navigate]);
  const items = query.data?.items ?? [];
  const chosen = items.filter((record) => selected[record.id]).map((record) => ({ service: SERVICE, id: record.id, actions: inBulk(record) }));
  // What fits none of the chosen is not offered.
  const fitting = ACTIONS.filter((action) => chosen.length === 0 || chosen.some((record) => record.actions.some((name) => name === action.name)));
  const filtered = Boolean(search.kind ?? search.state ?? search.reason ?? search.q ?? search.warned ?? search.changed);
  return (
    <Screen
      title={t('common:nav.records')} tab={search.kind ? t(`overview:record.kinds.${search.kind}`, { defaultValue: search.kind }) : null}
      actions={
        <>
          <ViewsMenu screen="/asanito/records" search={search} onChoose={choose} mayShare={operator} />
          <ColumnMenu columns={columns} hidden={hidden} onChange={(ids) => put({ hide: ids.join(',') || 'none' })} />
          {operator && <DownloadButton path={recordsCsvPath(wanted, zone)} name="records.csv" disabled={items.length === 0}>{t('common:table.export')}</DownloadButton>}
        </>
      }
    >
      <div className="stack">
        <KindTabs />
        <RecordFilters search={search} onChange={change} />
        {!operator && <p className="flush small dim">{t('masked')}</p>}
        <BulkRuns runs={search.bulk} onChange={(bulk) => put({ bulk })} stale={[SERVICE]} />
        <Load query={query} rows={8}>
          {(page) => (
            <DataTable
              label={t('common:nav.records')} rows={page.items} columns={columns} rowId={(record) => record.id} hidden={hidden}
              selected={selected} onSelect={operator ? setSelected : undefined} selectable={(record) => inBulk(record).length > 0}
              onOpen={(record) => void navigate({ to: '/asanito/records/$kind/$key', params: { kind: record.kind, key: record.key } })}
              empty={
                <Empty title={t(filtered ? 'none_found' : 'nothing_yet')}>
                  {filtered ? <Link to="/asanito/records">{t('show_all')}</Link> : <>{t('nothing_yet_why')} <Link to="/asanito">{t('common:nav.bridge')}</Link></>}
                </Empty>
              }
              footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
            />
          )}
        </Load>
      </div>
      <BulkBar
        key={JSON.stringify({ ...wanted, cursor: '' })} words="asanito:bulk" list="entities" actions={fitting} chosen={chosen}
        more={Boolean(query.data?.next ?? query.data?.prev) && chosen.length === items.filter((record) => inBulk(record).length > 0).length}
        targets={[{ service: SERVICE, list: 'entities', filter: recordFilter(search, zone) }]}
        onStarted={(runs) => put({ bulk: runs.join(',') || undefined })} onChanged={() => client.invalidateQueries({ queryKey: [SERVICE] })} onNone={() => setSelected({})}
      />
    </Screen>
  );
}

function pick({ kind, state, reason, q, warned, changed, cursor }: RecordSearch): RecordSearch {
  return { kind, state, reason, q, warned, changed, cursor };
}

function KindTabs() {
  const { t, i18n } = useTranslation('asanito');
  const stats = useQuery(statsQuery).data;
  const number = new Intl.NumberFormat(i18n.language);
  const total = (of: string | undefined) => stats?.filter((item) => !of || item.kind === of).reduce((sum, item) => sum + item.total, 0);
  return (
    <nav className="subnav kind-tabs" aria-label={t('kinds')}>
      {[undefined, ...KINDS].map((one) => (
        <Link
          key={one ?? 'all'} to="/asanito/records" activeOptions={{ exact: true, includeSearch: true }}
          // The present kind keeps everything, so that exactly this tab is the address one is at.
          search={(before: Record<string, string | undefined>) => (before.kind === one ? before : { ...before, kind: one, reason: undefined, cursor: undefined })}
        >
          {one ? t(`overview:record.kinds.${one}`) : t('all_kinds')}
          {stats && <span className="num">{number.format(total(one) ?? 0)}</span>}
        </Link>
      ))}
    </nav>
  );
}

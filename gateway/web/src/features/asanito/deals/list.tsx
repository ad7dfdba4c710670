// Deals with their state, why one was not opened, and what can be done about it.

import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Copy } from '@/components/copy';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty, Load } from '@/components/screen';
import { StateBadge } from '@/components/state';
import { Time } from '@/components/zone';
import { SearchField } from '@/features/runs/filter-bar';
import { useMay } from '@/features/session/me';
import { amountText } from '../amounts';
import { useReasonText, type ReasonText } from '../reason-text';
import { DealActions } from './actions';
import { DEAL_STATES, dealsQuery, toneOf, type Deal } from './queries';

export function DealList({ hasTriggers }: { hasTriggers: boolean }) {
  const { t } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/deals' });
  const navigate = useNavigate({ from: '/asanito/deals' });
  const query = useQuery(dealsQuery({ state: search.state, q: search.q, cursor: search.cursor }));
  const columns = useColumns();
  const change = (next: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const filtered = Boolean(search.state ?? search.q);
  return (
    <div className="stack">
      <div className="toolbar toolbar-flush">
        <SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('deals.search')} />
        <NativeSelect
          size="md" aria-label={t('deals.column.state')} value={search.state ?? ''} onChange={(event) => change({ state: event.currentTarget.value || undefined })}
          data={[{ value: '', label: t('deals.every_state') }, ...DEAL_STATES.map((state) => ({ value: state, label: t(`deals.state.${state}`) }))]}
        />
      </div>
      <Load query={query} rows={8}>
        {(page) => (
          <DataTable
            label={t('common:nav.deals')} rows={page.items} columns={columns} rowId={(row) => row.item_key}
            empty={
              <Empty title={t(filtered ? 'deals.none_fit' : 'deals.none')}>
                {!filtered && (hasTriggers ? t('deals.none_why') : <>{t('deals.no_triggers')} <Link to="/asanito/deals" search={{ tab: 'triggers' }}>{t('deals.choose_triggers')}</Link></>)}
              </Empty>
            }
            footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} />}
          />
        )}
      </Load>
    </div>
  );
}

function useColumns(): Column<Deal>[] {
  const { t, i18n } = useTranslation('asanito_tools');
  const may = useMay()('asanito', 'operator');
  const reason = useReasonText();
  return [
    { id: 'title', header: t('deals.column.title'), fixed: true, cell: (deal) => <Link to="/asanito/records/$kind/$key" params={{ kind: deal.invoice_kind, key: deal.invoice_key }} className="link-plain strong break"><bdi>{deal.title}</bdi></Link> },
    {
      id: 'state', header: t('deals.column.state'), fixed: true,
      cell: (deal) => (
        <>
          <StateBadge state={toneOf[deal.state]} label={t(`deals.state.${deal.state}`)} />
          {deal.reason_code && <Why text={reason({ ...deal, params: {} })} />}
          <div className="hide-wide"><DealActions deal={deal} /></div>
        </>
      ),
    },
    { id: 'amount', header: t('deals.column.amount'), fit: true, wide: true, align: 'end', cell: (deal) => amountText(deal.amount, i18n.language) },
    { id: 'deal', header: t('deals.column.deal'), fit: true, wide: true, cell: (deal) => (deal.deal_id ? <Copy text={String(deal.deal_id)} /> : <span className="dim">{t('common:none')}</span>) },
    { id: 'changed', header: t('deals.column.changed'), fit: true, wide: true, cell: (deal) => <Time at={deal.updated_at} relative /> },
    // On a phone they stand below the state.
    ...(may ? [{ id: 'act', header: t('deals.column.act'), fixed: true, fit: true, wide: true, cell: (deal: Deal) => <DealActions deal={deal} /> }] : []),
  ];
}

function Why({ text }: { text: ReasonText }) {
  return (
    <div className="small dim">
      {text.happened} {text.act}
      {text.detail && <div><bdi className="break">{text.detail}</bdi></div>}
    </div>
  );
}

// Deals, and the products whose sale opens one: two halves of one screen, each an address.

import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';
import { DealList } from './list';
import { triggersQuery } from './queries';
import { Triggers } from './triggers';
import '../tools.css';

export function Deals() {
  const { t, i18n } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/deals' });
  const triggers = useQuery(triggersQuery).data;
  const isTriggers = search.tab === 'triggers';
  const count = new Intl.NumberFormat(i18n.language).format(triggers?.length ?? 0);
  return (
    <Screen title={t('common:nav.deals')}>
      <nav className="subnav" aria-label={t('common:nav.deals')}>
        <Link to="/asanito/deals" search={{}} activeOptions={{ exact: true, includeSearch: false }} data-status={isTriggers ? 'other' : 'active'} aria-current={isTriggers ? undefined : 'page'}>{t('deals.tab_deals')}</Link>
        <Link to="/asanito/deals" search={{ tab: 'triggers' }} data-status={isTriggers ? 'active' : 'other'} aria-current={isTriggers ? 'page' : undefined}>{t('deals.tab_triggers', { shown: count })}</Link>
      </nav>
      {isTriggers ? <Triggers /> : <DealList hasTriggers={triggers === undefined || triggers.length > 0} />}
    </Screen>
  );
}

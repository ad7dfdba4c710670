// Deals, and the products whose sale opens one: two halves of one screen, each an address.

import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Screen } from '@/components/screen';
import { DealList } from './list';
import { triggersQuery } from './queries';
import { Triggers } from './triggers';
import '../tools.css';

export function Deals() {
  const { t, i18n } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/deals' });
  const navigate = useNavigate({ from: '/asanito/deals' });
  const triggers = useQuery(triggersQuery).data?.items;
  const isTriggers = search.tab === 'triggers';
  const count = new Intl.NumberFormat(i18n.language).format(triggers?.length ?? 0);
  return (
    <Screen title={t('common:nav.deals')}>
      <Tabs value={isTriggers ? 'triggers' : 'deals'} onChange={(tab) => void navigate({ search: { tab: tab === 'triggers' ? tab : undefined } })} mb={20}>
        <Tabs.List aria-label={t('common:nav.deals')}>
          <Tabs.Tab value="deals">{t('deals.tab_deals')}</Tabs.Tab>
          <Tabs.Tab value="triggers">{t('deals.tab_triggers', { shown: count })}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={isTriggers ? 'triggers' : 'deals'} pt={16}>{isTriggers ? <Triggers /> : <DealList hasTriggers={triggers === undefined || triggers.length > 0} />}</Tabs.Panel>
      </Tabs>
    </Screen>
  );
}

// Is all the money of the source in Asanito? By day and kind, and document by document where it is not.

import { Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { DayRangeField } from '@/components/day-range';
import { Empty, Load, Screen } from '@/components/screen';
import { useSiteZone } from '@/components/zone';
import { useMay } from '@/features/session/me';
import { readDays, shiftDay } from '@/lib/day-range';
import { dateIn } from '@/lib/time';
import { amountText } from '../amounts';
import { moneyQuery, type MoneyCheck } from './queries';
import { Balances, Days, Differences } from './tables';
import '../tools.css';

const USUAL = '7d';

export function Money() {
  const { t } = useTranslation('asanito_tools');
  const may = useMay()('asanito', 'operator');
  return (
    <Screen title={t('common:nav.money')}>
      <div className="stack-l">
        <p className="flush dim lead-text">{t('money.what')}</p>
        {may ? <Check /> : <div className="card"><Empty title={t('money.operators_only')} /></div>}
      </div>
    </Screen>
  );
}

function Check() {
  const { t } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/money' });
  const navigate = useNavigate({ from: '/asanito/money' });
  const today = dateIn(useSiteZone());
  const range = readDays(search.range ?? USUAL, today);
  const to = range.to ?? today;
  const from = range.from ?? shiftDay(to, -6);
  const query = useQuery(moneyQuery(from, to, search.balances === '1'));
  const change = (next: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <>
      <div className="row">
        <DayRangeField value={search.range ?? USUAL} onChange={(next) => change({ range: next === USUAL ? undefined : next })} today={today} />
        <Switch size="md" label={t('money.by_person')} checked={search.balances === '1'} onChange={(event) => change({ balances: event.currentTarget.checked ? '1' : undefined })} />
      </div>
      <Load query={query} rows={6}>
        {(check) => (
          <>
            <Verdict check={check} />
            <Days check={check} />
            {check.differing > 0 && <Differences check={check} />}
            {check.balances && <Balances balances={check.balances} />}
          </>
        )}
      </Load>
    </>
  );
}

/** The answer first, in a sentence; then the sums it comes from. */
function Verdict({ check }: { check: MoneyCheck }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const amount = (value: number) => amountText(value, i18n.language);
  const isWell = check.differing === 0;
  const sums = [['source', check.source], ['posted', check.posted], ['left_out', check.left_out], ['difference', check.difference]] as const;
  return (
    <section className="stack-s">
      <p className={`note note-tone tone-${isWell ? 'succeeded' : 'partial'} row flush`} role="status" data-differing={check.differing}>
        {isWell ? <IconCheck size={19} aria-hidden /> : <IconAlertTriangle size={19} aria-hidden />}
        <span className="grow strong">
          {isWell ? t(check.days.length ? 'money.all_well' : 'money.nothing') : t('money.differ', { count: check.differing, shown: amount(check.differing), difference: amount(check.difference) })}
        </span>
      </p>
      <dl className="fact-tiles">
        {sums.map(([name, value]) => <div key={name} className="card" data-sum={name}><dt>{t(`money.sum.${name}`)}</dt><dd className="num">{amount(value)}</dd></div>)}
      </dl>
      <p className="flush dim small">{t('money.reckoning', { tolerance: amount(Number(check.tolerance)) })}</p>
    </section>
  );
}

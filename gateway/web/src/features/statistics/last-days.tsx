// The last two weeks as a sparkline that leads to the figures. On the overview and above the list of days.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSiteZone } from '@/components/zone';
import { shiftDay } from '@/lib/day-range';
import { dateIn } from '@/lib/time';
import { plotOf } from './figures';
import { statisticsQuery } from './queries';
import { Sparkline } from './sparkline';

const DAYS = 14;

export function LastDays() {
  const { t, i18n } = useTranslation('statistics');
  const today = dateIn(useSiteZone());
  const from = shiftDay(today, 1 - DAYS);
  const figures = useQuery(statisticsQuery(from, today)).data;
  if (!figures?.length) return null;
  const { valid } = plotOf(figures, from, today);
  const number = new Intl.NumberFormat(i18n.language);
  const most = number.format(Math.max(...valid.map((value) => value ?? 0)));
  return (
    <Link to="/invoices/statistics" className="row-tight small last-days">
      <Sparkline values={valid} label={t('sparkline', { count: DAYS, most })} />
      {t('last_days', { count: DAYS })}
    </Link>
  );
}

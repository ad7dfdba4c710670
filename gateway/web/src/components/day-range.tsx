// The choice of a range of days: some that move along with today, or a first and a last one.

import { NativeSelect, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { DAY_RANGES, readDays, writeDays, type DayRange } from '@/lib/day-range';

interface Props {
  value: string | undefined;
  onChange: (range: string | undefined) => void;
  today: string;
  /** "All days" may be chosen. */
  all?: boolean;
}

export function DayRangeField({ value, onChange, today, all }: Props) {
  const { t } = useTranslation('archive');
  const { from = '', to = '' } = readDays(value, today);
  const known = DAY_RANGES.includes(value as DayRange) || (all && !value);
  const set = (next: { from?: string; to?: string }) => onChange(writeDays({ from: from || undefined, to: to || undefined, ...next }));
  return (
    <div className="row day-range" role="group" aria-label={t('range.title')}>
      <NativeSelect
        size="md" label={t('range.choose')} value={known ? (value ?? '') : 'own'} onChange={(event) => event.currentTarget.value !== 'own' && onChange(event.currentTarget.value || undefined)}
        data={[...(all ? [{ value: '', label: t('range.all') }] : []), ...DAY_RANGES.map((range) => ({ value: range, label: t(`range.${range}`) })), ...(known ? [] : [{ value: 'own', label: t('range.own') }])]}
      />
      <TextInput type="date" size="md" label={t('range.from')} value={from} max={to || undefined} onChange={(event) => set({ from: event.currentTarget.value || undefined })} />
      <TextInput type="date" size="md" label={t('range.to')} value={to} min={from || undefined} onChange={(event) => set({ to: event.currentTarget.value || undefined })} />
    </div>
  );
}

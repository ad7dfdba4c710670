// A range of dates: relative ones stay relative in the address, others are two days of the shown zone.

import { Button, Menu, TextInput } from '@mantine/core';
import { IconCalendar } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isRelative, RELATIVE_RANGES } from '@/lib/filters';

export function useRangeWords(): (range: string) => string {
  const { t } = useTranslation('runs');
  return (range) => {
    if (isRelative(range)) return t(`range.${range}`);
    const [from = '', to = ''] = range.split('..');
    if (!to) return t('range.since', { from });
    return from ? t('range.between', { from, to }) : t('range.until', { to });
  };
}

interface Props {
  value: string | undefined;
  onChange: (range: string | undefined) => void;
  zone: string;
}

export function RangeMenu({ value, onChange, zone }: Props) {
  const { t } = useTranslation('runs');
  const [opened, setOpened] = useState(false);
  const [from = '', to = ''] = value && !isRelative(value) ? value.split('..') : [];
  const set = (first: string, last: string) => onChange(first || last ? `${first}..${last}` : undefined);
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start" trapFocus={false}>
      <Menu.Target>
        <Button variant="default" size="md" leftSection={<IconCalendar size={16} aria-hidden />}>{t('filter.when')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {RELATIVE_RANGES.map((range) => (
          <Menu.RadioItem key={range} value={range} checked={value === range} onClick={() => onChange(range)}>{t(`range.${range}`)}</Menu.RadioItem>
        ))}
        <Menu.Divider />
        <div className="range-days">
          <TextInput type="date" label={t('range.from')} value={from} onChange={(event) => set(event.currentTarget.value, to)} />
          <TextInput type="date" label={t('range.to')} value={to} onChange={(event) => set(from, event.currentTarget.value)} />
          <p className="dim small">{t('range.zone', { zone })}</p>
        </div>
      </Menu.Dropdown>
    </Menu>
  );
}

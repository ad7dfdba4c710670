// Fields of a schema form that no single control offers: days, lists by name, time zones.

import { Autocomplete, Button, Input, Switch, TagsInput, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDay } from '@/lib/time';

interface FieldProps<T> {
  label: string;
  description?: string;
  error?: string;
  disabled?: boolean;
  value: T;
  onChange: (value: T) => void;
}

/** Days, in their order, each once: added by the calendar of the browser, removed one by one. */
export function DatesField({ label, description, error, disabled, value, onChange }: FieldProps<string[]>) {
  const { t, i18n } = useTranslation();
  const [day, setDay] = useState('');
  const add = () => {
    if (day) onChange([...new Set([...value, day])].sort());
    setDay('');
  };
  return (
    <Input.Wrapper label={label} description={description} error={error} size="md" labelElement="div">
      <div className="stack-s" role="group" aria-label={label}>
        {value.length > 0 && (
          <div className="chips">
            {value.map((one) => (
              <span key={one} className="chip">
                {formatDay(one, i18n.language, 'date')}
                <button type="button" disabled={disabled} aria-label={t('form.remove', { what: formatDay(one, i18n.language, 'date') })} onClick={() => onChange(value.filter((other) => other !== one))}><IconX size={15} aria-hidden /></button>
              </span>
            ))}
          </div>
        )}
        <div className="row">
          <TextInput
            type="date" size="md" aria-label={t('form.day_to_add')} disabled={disabled} value={day} onChange={(event) => setDay(event.currentTarget.value)}
            onKeyDown={(event) => {
              // Enter in a form would save it all.
              if (event.key !== 'Enter') return;
              event.preventDefault();
              add();
            }}
          />
          <Button variant="default" size="md" disabled={disabled || !day} leftSection={<IconPlus size={16} aria-hidden />} onClick={add}>{t('form.add_day')}</Button>
        </div>
      </div>
    </Input.Wrapper>
  );
}

interface ListsProps extends FieldProps<Record<string, string[]>> {
  keys: string[];
  word: (key: string) => string;
}

/** A list of its own for some of the names; the others follow the general one. */
export function ListsField({ label, description, error, disabled, value, onChange, keys, word }: ListsProps) {
  const { t } = useTranslation();
  const set = (key: string, list: string[] | null) => onChange(Object.fromEntries(keys.flatMap((name) => {
    const of = name === key ? list : (value[name] ?? null);
    return of === null ? [] : [[name, of]];
  })));
  return (
    <Input.Wrapper label={label} description={description} error={error} size="md" labelElement="div">
      <div className="stack-s lists-field" role="group" aria-label={label}>
        {keys.map((key) => {
          const own = value[key];
          return (
            <div key={key} className="lists-row">
              <Switch size="md" label={word(key)} checked={own !== undefined} disabled={disabled} onChange={(event) => set(key, event.currentTarget.checked ? [] : null)} />
              {own === undefined ? (
                <span className="dim small">{t('form.as_above')}</span>
              ) : (
                <TagsInput size="md" aria-label={word(key)} value={own} onChange={(list) => set(key, list)} disabled={disabled} placeholder={t(own.length ? 'form.list' : 'form.nobody')} acceptValueOnBlur clearable clearButtonProps={{ 'aria-label': t('form.clear') }} />
              )}
            </div>
          );
        })}
      </div>
    </Input.Wrapper>
  );
}

/** A time zone by its name, found by a part of it. */
export function ZoneField({ label, description, error, disabled, value, onChange }: FieldProps<string>) {
  return <Autocomplete label={label} description={description} error={error} disabled={disabled} size="md" value={value} onChange={onChange} data={zones()} limit={30} />;
}

let known: string[] | null = null;

function zones(): string[] {
  known ??= [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];
  return known;
}

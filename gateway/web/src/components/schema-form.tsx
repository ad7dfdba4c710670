// A form from a JSON schema: parameters of a job, settings of a service.

import { Fieldset, JsonInput, MultiSelect, NativeSelect, PasswordInput, Switch, TagsInput, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { i18n, TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { FieldError, JsonSchema } from '@/api/types';
import { parseExact, prettyExact } from '@/lib/exact-json';
import { complaint, planFields, readNumber, resolveSchema, type FieldPlan } from '@/lib/schema';
import { fromWallClock, toWallClock } from '@/lib/time';
import { SCHEMA_WORDS, type FormWords } from './form-words';
import { DatesField, ListsField, ZoneField } from './schema-fields';
import { useZone } from './zone';

type Values = Record<string, unknown>;

interface FormProps {
  schema: JsonSchema;
  value: Values;
  onChange: (value: Values) => void;
  onValid?: (valid: boolean) => void;
  errors?: FieldError[] | null;
  disabled?: boolean;
  root?: JsonSchema;
  path?: string;
  words?: FormWords;
}

export function SchemaForm({ schema, value, onChange, onValid, errors, disabled, root = schema, path = '', words = SCHEMA_WORDS }: FormProps) {
  const { t, i18n } = useTranslation();
  const plans = planFields(schema, root);
  const valid = plans.every((plan) => complaint(plan, value[plan.name]) === null);
  useEffect(() => onValid?.(valid), [valid, onValid]);
  if (plans.length === 0) return <p className="dim flush">{t('form.nothing')}</p>;
  return (
    <div className="stack">
      {plans.map((plan) => {
        const pointer = `${path}/${plan.name}`;
        const set = (item: unknown) => onChange({ ...value, [plan.name]: item });
        if (plan.kind === 'group') {
          return (
            <Fieldset key={plan.name} legend={words.label(pointer, plan.label)}>
              <SchemaForm words={words} schema={plan.schema} root={root} path={pointer} disabled={disabled} errors={errors} value={(value[plan.name] as Values | undefined) ?? {}} onChange={set} />
            </Fieldset>
          );
        }
        const server = errors?.filter((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`) || error.pointer.endsWith(pointer)).map((error) => serverWords(t, i18n, error, pointer)).join(' ') || undefined;
        const worded = { ...plan, label: words.label(pointer, plan.label), schema: { ...plan.schema, description: words.help(pointer, plan.schema.description) } };
        return <Field key={plan.name} pointer={pointer} words={words} plan={worded} root={root} value={value[plan.name]} onChange={set} error={server} disabled={disabled} />;
      })}
    </div>
  );
}

/** What the server found wrong, in the language of the person where its code is known; with the entry of a list. */
function serverWords(t: TFunction, i18n: i18n, error: FieldError, pointer: string): string {
  const key = `form.server.${error.code}`;
  const said = i18n.exists(key) ? t(key, { detail: error.detail }) : error.detail;
  const entry = error.pointer.slice(error.pointer.indexOf(pointer) + pointer.length).split('/').filter(Boolean).map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part));
  return entry.length ? t('form.entry', { entry: entry.join(' '), said }) : said;
}

interface FieldProps {
  pointer: string;
  words: FormWords;
  plan: FieldPlan;
  root: JsonSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string;
  disabled?: boolean;
}

function Field({ pointer, words, plan, root, value, onChange, error, disabled }: FieldProps) {
  const { t } = useTranslation();
  const zone = useZone();
  const [touched, setTouched] = useState(false);
  const wrong = touched ? complaint(plan, value) : null;
  const { schema } = plan;
  const common = {
    label: plan.label, description: schema.description, size: 'md' as const, disabled, required: plan.required && !plan.nullable, withAsterisk: false,
    error: error ?? (wrong ? t(`form.${wrong}`, { least: schema.minimum ?? schema.minLength, most: schema.maximum ?? schema.maxLength }) : undefined),
    onBlur: () => setTouched(true),
  };
  const text = value === undefined || value === null ? '' : String(value);
  const orNull = (typed: string) => (typed === '' && plan.nullable ? null : typed);
  switch (plan.kind) {
    case 'boolean':
      return <Switch size="md" label={plan.label} description={schema.description} disabled={disabled} checked={Boolean(value ?? schema.default)} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case 'choice':
      return (
        <NativeSelect
          {...common} value={text || String(schema.default ?? '')} onChange={(event) => onChange(orNull(event.currentTarget.value))}
          data={[...(plan.nullable || (!plan.required && schema.default === undefined) ? [{ value: '', label: t('none') }] : []), ...(schema.enum ?? []).filter((item) => item !== null).map((item) => ({ value: String(item), label: words.choice(pointer, String(item)) }))]}
        />
      );
    case 'integer':
    case 'number': {
      const kind = plan.kind;
      return <TextInput {...common} inputMode={kind === 'integer' ? 'numeric' : 'decimal'} value={text} placeholder={placeholder(schema)} onChange={(event) => onChange(event.currentTarget.value === '' ? (plan.nullable ? null : undefined) : readNumber(event.currentTarget.value, kind))} />;
    }
    case 'date':
    case 'time':
      return <TextInput {...common} type={plan.kind} value={text} onChange={(event) => onChange(orNull(event.currentTarget.value) || (plan.nullable ? null : undefined))} />;
    case 'datetime':
      return (
        <TextInput
          {...common} type="datetime-local" value={text ? toWallClock(text, zone) : ''} rightSectionWidth={120} rightSection={<span className="dim small">{zone}</span>}
          onChange={(event) => onChange(event.currentTarget.value ? fromWallClock(event.currentTarget.value, zone) : plan.nullable ? null : undefined)}
        />
      );
    case 'secret':
      return <PasswordInput {...common} autoComplete="off" value={text} onChange={(event) => onChange(orNull(event.currentTarget.value))} />;
    case 'list':
      return <TagsInput {...common} value={(value as string[] | undefined) ?? []} onChange={onChange} clearable placeholder={t('form.list')} acceptValueOnBlur clearButtonProps={{ 'aria-label': t('form.clear') }} />;
    case 'choices':
      return <MultiSelect {...common} value={(value as string[] | undefined) ?? []} onChange={onChange} data={choicesOf(schema, root).map((choice) => ({ value: choice, label: words.choice(pointer, choice) }))} />;
    case 'dates':
      return <DatesField {...common} value={(value as string[] | undefined) ?? []} onChange={onChange} />;
    case 'lists':
      return <ListsField {...common} keys={(schema.propertyNames?.enum ?? []).map(String)} word={(name) => words.choice(pointer, name)} value={(value as Record<string, string[]> | undefined) ?? {}} onChange={onChange} />;
    case 'zone':
      return <ZoneField {...common} value={text} onChange={onChange} />;
    case 'json':
      return <JsonField label={plan.label} description={schema.description} value={value} onChange={onChange} disabled={disabled} error={error} />;
    default:
      return <TextInput {...common} value={text} placeholder={placeholder(schema)} onChange={(event) => onChange(orNull(event.currentTarget.value))} />;
  }
}

const placeholder = (schema: JsonSchema): string | undefined => (schema.default === undefined || schema.default === null ? undefined : String(schema.default));

const choicesOf = (schema: JsonSchema, root: JsonSchema): string[] => (schema.items ? (resolveSchema(schema.items, root).enum ?? []).map(String) : []);

function JsonField({ label, description, value, onChange, disabled, error }: { label: string; description?: string; value: unknown; onChange: (value: unknown) => void; disabled?: boolean; error?: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value === undefined ? '' : prettyExact(value));
  const [broken, setBroken] = useState(false);
  const type = (typed: string) => {
    setText(typed);
    try {
      onChange(typed.trim() ? parseExact(typed) : undefined);
      setBroken(false);
    } catch {
      setBroken(true);
    }
  };
  return <JsonInput label={label} description={description} size="md" autosize minRows={3} value={text} onChange={type} disabled={disabled} error={error ?? (broken ? t('form.json') : undefined)} />;
}

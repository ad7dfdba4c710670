// A form from a JSON schema: parameters of a job, settings of a service.

import { Fieldset, JsonInput, MultiSelect, NativeSelect, PasswordInput, Switch, TagsInput, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldError, JsonSchema } from '@/api/types';
import { parseExact, prettyExact } from '@/lib/exact-json';
import { complaint, planFields, readNumber, resolveSchema, type FieldPlan } from '@/lib/schema';
import { fromWallClock, toWallClock } from '@/lib/time';
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
}

export function SchemaForm({ schema, value, onChange, onValid, errors, disabled, root = schema, path = '' }: FormProps) {
  const { t } = useTranslation();
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
            <Fieldset key={plan.name} legend={plan.label}>
              <SchemaForm schema={plan.schema} root={root} path={pointer} disabled={disabled} errors={errors} value={(value[plan.name] as Values | undefined) ?? {}} onChange={set} />
            </Fieldset>
          );
        }
        const server = errors?.find((error) => error.pointer === pointer || error.pointer.endsWith(pointer))?.detail;
        return <Field key={plan.name} plan={plan} root={root} value={value[plan.name]} onChange={set} error={server} disabled={disabled} />;
      })}
    </div>
  );
}

interface FieldProps {
  plan: FieldPlan;
  root: JsonSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  error?: string;
  disabled?: boolean;
}

function Field({ plan, root, value, onChange, error, disabled }: FieldProps) {
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
          data={[...(plan.nullable || (!plan.required && schema.default === undefined) ? [{ value: '', label: t('none') }] : []), ...(schema.enum ?? []).filter((item) => item !== null).map((item) => ({ value: String(item), label: String(item).replaceAll('_', ' ') }))]}
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
      return <MultiSelect {...common} value={(value as string[] | undefined) ?? []} onChange={onChange} data={choicesOf(schema, root)} />;
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

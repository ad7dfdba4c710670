// Edits a schedule: cron lines with words and a preview of the next firings. Someone else's change meanwhile is shown
// here, beside what was typed, and nothing is lost.

import { Button, Drawer, NativeSelect, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, call } from '@/api/client';
import type { Schedule } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { SchemaForm } from '@/components/schema-form';
import { Load } from '@/components/screen';
import { useZone } from '@/components/zone';
import { useCronWords } from '@/lib/cron-words';
import { useDraft } from '@/lib/draft';
import { FiringList } from './firing-list';
import { jobsQuery, previewQuery, scheduleQuery } from './queries';

type Edited = Pick<Schedule, 'cron' | 'zone' | 'enabled' | 'misfire' | 'overlap' | 'holidays' | 'grace_seconds' | 'params'>;

const MISFIRE: Schedule['misfire'][] = ['skip', 'once', 'all'];
const OVERLAP: Schedule['overlap'][] = ['skip', 'queue', 'allow'];

export default function Editor({ service, id, onClose }: { service: string; id: string; onClose: () => void }) {
  const { t } = useTranslation('schedules');
  const query = useQuery(scheduleQuery(service, id));
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" padding="lg" title={t('edit_title', { name: query.data?.schedule.name ?? '' })} closeButtonProps={{ 'aria-label': t('common:close') }}>
      <Load query={query}>{(data) => <Form key={id} service={service} schedule={data.schedule} etag={data.etag} onClose={onClose} />}</Load>
    </Drawer>
  );
}

const pick = (item: Schedule): Edited => ({
  cron: item.cron, zone: item.zone, enabled: item.enabled, misfire: item.misfire, overlap: item.overlap, holidays: item.holidays, grace_seconds: item.grace_seconds, params: item.params,
});

function Form({ service, schedule, etag, onClose }: { service: string; schedule: Schedule; etag: string | null; onClose: () => void }) {
  const { t } = useTranslation('schedules');
  const client = useQueryClient();
  const viewer = useZone();
  const words = useCronWords();
  const [edited, setEdited, clear] = useDraft<Edited>(`schedule.${schedule.id}`, pick(schedule));
  const [tag, setTag] = useState(etag);
  const [busy, setBusy] = useState(false);
  const [valid, setValid] = useState(true);
  const [error, setError] = useState<unknown>(null);
  const [theirs, setTheirs] = useState<Schedule | null>(null);
  const set = (change: Partial<Edited>) => setEdited((before) => ({ ...before, ...change }));
  const lines = edited.cron.map((line) => line.trim()).filter(Boolean);
  const [asked] = useDebouncedValue(lines.join('\n'), 350);
  const preview = useQuery({ ...previewQuery(service, asked.split('\n').filter(Boolean), edited.zone, edited.holidays), enabled: asked !== '' });
  const job = useQuery(jobsQuery([service])).data?.items.find((item) => item.name === schedule.job);
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call<Schedule>('PATCH', `/api/${service}/v1/schedules/${schedule.id}`, { body: { ...edited, cron: lines }, ifMatch: tag });
      clear();
      client.removeQueries({ queryKey: ['schedules', 'one', service, schedule.id] });
      await client.invalidateQueries({ queryKey: ['schedules'] });
      onClose();
    } catch (caught) {
      setError(caught);
      if (caught instanceof ApiError && caught.status === 412) {
        const now = await call<Schedule>('GET', `/api/${service}/v1/schedules/${schedule.id}`);
        setTheirs(now.data);
        setTag(now.etag);
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={save} className="stack">
      <Switch size="md" label={t('enabled')} checked={edited.enabled} onChange={(event) => set({ enabled: event.currentTarget.checked })} />
      <fieldset className="plain-fieldset stack-s">
        <legend className="strong small">{t('when')}</legend>
        {edited.cron.map((line, index) => (
          <div key={index} className="row row-top">
            <TextInput
              className="grow" size="md" classNames={{ input: 'mono' }} aria-label={t('cron_line', { number: index + 1 })} description={line.trim() ? words(line.trim()) : t('cron_help')} inputWrapperOrder={['input', 'description', 'error']}
              value={line} spellCheck={false} onChange={(event) => set({ cron: edited.cron.map((item, at) => (at === index ? event.target.value : item)) })}
            />
            <Button variant="default" size="md" px={12} aria-label={t('remove_line', { number: index + 1 })} disabled={edited.cron.length === 1} onClick={() => set({ cron: edited.cron.filter((_, at) => at !== index) })}>
              <IconTrash size={17} aria-hidden />
            </Button>
          </div>
        ))}
        <div><Button variant="default" size="md" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => set({ cron: [...edited.cron, ''] })}>{t('add_line')}</Button></div>
      </fieldset>
      <Select
        label={t('zone')} size="md" searchable allowDeselect={false} data={zones(edited.zone)} value={edited.zone} onChange={(zone) => zone && set({ zone })} limit={60} maxDropdownHeight={260}
      />
      <section className="note" aria-live="polite">
        <h3 className="small flush">{t('preview')}</h3>
        {preview.isError ? <ProblemView error={preview.error} /> : preview.data ? <FiringList instants={preview.data} zone={edited.zone} viewer={viewer} /> : <span className="dim">{t('preview_waiting')}</span>}
      </section>
      <NativeSelect label={t('misfire')} description={t('misfire_help')} size="md" value={edited.misfire} onChange={(event) => set({ misfire: event.currentTarget.value as Schedule['misfire'] })} data={MISFIRE.map((value) => ({ value, label: t(`misfire_${value}`) }))} />
      <NumberInput label={t('grace')} description={t('grace_help')} size="md" min={0} value={edited.grace_seconds} onChange={(value) => set({ grace_seconds: Number(value) })} />
      <NativeSelect label={t('overlap')} description={t('overlap_help')} size="md" value={edited.overlap} onChange={(event) => set({ overlap: event.currentTarget.value as Schedule['overlap'] })} data={OVERLAP.map((value) => ({ value, label: t(`overlap_${value}`) }))} />
      <TagsInput label={t('holidays')} description={t('holidays_help')} size="md" value={edited.holidays} onChange={(holidays) => set({ holidays })} placeholder="2026-12-25" clearable clearButtonProps={{ 'aria-label': t('common:form.clear') }} />
      {job && Object.keys(job.params_schema.properties ?? {}).length > 0 && (
        <fieldset className="plain-fieldset stack-s">
          <legend className="strong small">{t('params')}</legend>
          <SchemaForm schema={job.params_schema} value={edited.params} onChange={(params) => set({ params })} onValid={setValid} />
        </fieldset>
      )}
      {error !== null && (
        <ProblemView error={error}>
          {theirs && (
            <div className="stack-s">
              <p>{t('theirs')}</p>
              <ul>{theirs.cron.map((line) => <li key={line}><span className="mono">{line}</span> – {words(line)} ({theirs.zone})</li>)}</ul>
              <div><Button size="xs" variant="default" onClick={() => { setEdited(pick(theirs)); setError(null); }}>{t('take_theirs')}</Button></div>
            </div>
          )}
        </ProblemView>
      )}
      <div className="row row-end">
        <Button variant="default" size="md" onClick={onClose}>{t('common:cancel')}</Button>
        <Button type="submit" size="md" loading={busy} disabled={lines.length === 0 || !valid}>{t(theirs ? 'save_mine' : 'common:save')}</Button>
      </div>
    </form>
  );
}

function zones(present: string): string[] {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
  return [...new Set(['UTC', present, ...known])];
}

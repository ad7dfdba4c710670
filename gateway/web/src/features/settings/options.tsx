// A service's settings: a form from the JSON schema, kept with an ETag so that nobody's change is overwritten unseen.

import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '@/components/toast';
import { ApiError, call, get } from '@/api/client';
import type { Options, Page } from '@/api/types';
import { ProblemView, problemOf } from '@/components/problem';
import { SchemaForm } from '@/components/schema-form';
import { Empty, Load, useTitle } from '@/components/screen';
import { Time } from '@/components/zone';
import { useDraft } from '@/lib/draft';
import { writeExact } from '@/lib/exact-json';
import { useTopicWords } from './option-words';

export function OptionsScreen() {
  const { t } = useTranslation('settings');
  const { service } = useParams({ from: '/signed-in/frame/settings/options/$service' });
  useTitle(t('nav.options', { service }));
  const query = useQuery({ queryKey: ['options', service], queryFn: async ({ signal }) => (await get<Page<Options>>(`/api/${service}/v1/options`, signal)).items });
  return (
    <Load query={query}>
      {(topics) => (topics.length === 0 ? <Empty title={t('options.empty')} /> : <div className="stack">{topics.map((topic) => <Topic key={`${topic.name}${topic.version}`} service={service} topic={topic} />)}</div>)}
    </Load>
  );
}

/** One topic with its form; also shown where it is needed on other screens. */
export function Topic({ service, topic }: { service: string; topic: Options }) {
  const { t } = useTranslation('settings');
  const client = useQueryClient();
  const [value, setValue, clear] = useDraft<Record<string, unknown>>(`options.${service}.${topic.name}.${topic.version}`, topic.value);
  const words = useTopicWords()(service, topic);
  const [tag, setTag] = useState(`"v${topic.version}"`);
  const [valid, setValid] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [theirs, setTheirs] = useState<Options | null>(null);
  const changed = writeExact(value) !== writeExact(topic.value);
  const path = `/api/${service}/v1/options/${topic.name}` as const;
  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call<Options>('PUT', path, { body: value, ifMatch: tag });
      clear();
      toast({ message: t('options.saved', { title: words.title }) });
      await client.invalidateQueries({ queryKey: ['options', service] });
      void client.invalidateQueries({ queryKey: ['services'] });
    } catch (caught) {
      setError(caught);
      if (caught instanceof ApiError && caught.status === 412) {
        const now = await call<Options>('GET', path);
        setTheirs(now.data);
        setTag(now.etag ?? tag);
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={save} className="card card-pad stack" id={topic.name} data-options={topic.name}>
      <div className="spread">
        <div className="stack-tight"><h2 className="section-title flush">{words.title}</h2><span className="dim small">{words.what}</span></div>
        <span className="small dim">{topic.updated_at ? <>{t('options.changed_by', { by: topic.updated_by })} <Time at={topic.updated_at} relative /></> : t('options.defaults')}</span>
      </div>
      <div className="options-form"><SchemaForm words={words} schema={topic.json_schema} value={value} onChange={setValue} onValid={setValid} errors={error === null ? null : problemOf(error).errors} /></div>
      {error !== null && (
        <ProblemView error={error}>
          {theirs && <p>{t('options.theirs', { by: theirs.updated_by })}: <code className="break">{writeExact(theirs.value)}</code></p>}
        </ProblemView>
      )}
      <div className="row">
        <Button type="submit" size="md" loading={busy} disabled={!changed || !valid}>{t(theirs ? 'options.save_mine' : 'common:save')}</Button>
        {changed && <Button variant="default" size="md" onClick={clear}>{t('options.undo')}</Button>}
        {writeExact(value) !== writeExact(topic.defaults) && <Button variant="subtle" size="md" onClick={() => setValue(topic.defaults)}>{t('options.to_defaults')}</Button>}
      </div>
    </form>
  );
}

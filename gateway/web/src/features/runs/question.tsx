// What a run asks before it goes on: the sentence, the numbers, samples, and a button for each answer.

import { Button, Textarea } from '@mantine/core';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconHandStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get, post } from '@/api/client';
import { every } from '@/api/query';
import type { Page, Question, Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { Time } from '@/components/zone';
import { useMay } from '@/features/session/me';

export const questionsQuery = (service: string) =>
  queryOptions({
    queryKey: ['questions', service],
    queryFn: async ({ signal }) => (await get<Page<Question>>(`/api/${service}/v1/questions?state=open&limit=50`, signal)).items,
    refetchInterval: every(4_000),
  });

const ofRunQuery = (run: Run) =>
  queryOptions({
    queryKey: ['questions', run.service, run.id, run.state],
    queryFn: async ({ signal }) => (await get<Page<Question>>(`/api/${run.service}/v1/runs/${run.id}/questions?limit=50`, signal)).items,
  });

/** What this run asked: the open question with its buttons, the answered ones with who answered what. */
export function QuestionsOfRun({ run }: { run: Run }) {
  const { t, i18n } = useTranslation('runs');
  const items = useQuery(ofRunQuery(run)).data ?? [];
  const chosen = (name: string | null) => (name && i18n.exists(`overview:action.question.${name}`) ? t(`overview:action.question.${name}`) : (name ?? ''));
  return items.map((item) =>
    item.state === 'open' ? (
      <QuestionCard key={item.id} question={item} service={run.service} />
    ) : item.state === 'answered' ? (
      <p key={item.id} className="flush small dim">
        {t('question.answered', { choice: chosen(item.choice), by: item.answered_by, note: item.note ? `: ${item.note}` : '' })} <Time at={item.closed_at} />
      </p>
    ) : null,
  );
}

interface CardProps {
  question: Question;
  service: string;
  /** Of which run, where the run itself is not on screen. */
  title?: string;
}

export function QuestionCard({ question, service, title }: CardProps) {
  const { t, i18n } = useTranslation('runs');
  const may = useMay()(service, question.role);
  const [answer, setAnswer] = useState<{ name: string; ends: boolean } | null>(null);
  const number = new Intl.NumberFormat(i18n.language);
  const key = `attention.${question.code}`;
  const known = i18n.exists(`overview:${key}.title`);
  const values = { ...question.params, ...question.counts, detail: question.text };
  const label = (name: string) => (i18n.exists(`overview:action.question.${name}`) ? t(`overview:action.question.${name}`) : name.replaceAll('_', ' '));
  return (
    <section className="card card-pad stack-s tone-waiting" data-question={question.code} aria-label={t('question.label')}>
      <div className="row">
        <span className="state"><IconHandStop size={15} stroke={2.4} aria-hidden />{t('common:state.waiting')}</span>
        <h3 className="section-title flush">{known ? t(`overview:${key}.title`, values) : question.text}</h3>
        {title && <Link to="/runs/$service/$id" params={{ service, id: question.run_id }} className="small">{title}</Link>}
      </div>
      {known && <p className="flush">{t(`overview:${key}.detail`, values)}</p>}
      <div className="row">
        {Object.entries(question.counts).map(([name, count]) => (
          <span key={name} className="strong num">{i18n.exists(`runs:question.count.${name}`) ? t(`question.count.${name}`) : name}: {number.format(count)}</span>
        ))}
        <span className="dim small">{t('question.since')} <Time at={question.asked_at} relative /></span>
      </div>
      <Samples question={question} service={service} />
      {may ? (
        <div className="row">
          {question.choices.map((choice) => (
            <Button key={choice.name} size="md" variant={choice.ends ? 'default' : 'filled'} onClick={() => setAnswer(choice)}>{label(choice.name)}</Button>
          ))}
        </div>
      ) : (
        <p className="flush small dim">{t('question.who')}</p>
      )}
      {answer && <AnswerDialog question={question} service={service} choice={answer} label={label(answer.name)} onClose={() => setAnswer(null)} />}
    </section>
  );
}

function Samples({ question, service }: { question: Question; service: string }) {
  const { t } = useTranslation('runs');
  const kind = question.subject;
  if (question.samples.length === 0) return null;
  return (
    <details>
      <summary className="small">{t('question.samples', { count: question.samples.length })}</summary>
      <ul className="plain-list small">
        {question.samples.map((sample) => {
          const key = String(sample.key ?? '');
          return (
            <li key={key} className="row-tight">
              <bdi className="break">{String(sample.label ?? '')}</bdi>
              {service === 'asanito' ? <Link to="/asanito/records/$kind/$key" params={{ kind, key }} className="mono row-link">{key.slice(-12)}</Link> : <span className="mono">{key}</span>}
            </li>
          );
        })}
      </ul>
    </details>
  );
}

function AnswerDialog({ question, service, choice, label, onClose }: { question: Question; service: string; choice: { name: string; ends: boolean }; label: string; onClose: () => void }) {
  const { t, i18n } = useTranslation('runs');
  const client = useQueryClient();
  const [note, setNote] = useState('');
  const count = Object.values(question.counts)[0] ?? 0;
  const answer = async () => {
    await post(`/api/${service}/v1/questions/${question.id}/answer`, { choice: choice.name, note: note.trim() });
    await Promise.all(['questions', 'runs', 'jobs', 'attention', service].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  return (
    <Confirm opened onClose={onClose} onConfirm={answer} title={label} action={label}>
      <p className="flush">{t(choice.ends ? 'question.means_stop' : 'question.means_go_on', { count, shown: new Intl.NumberFormat(i18n.language).format(count) })}</p>
      <Textarea label={t('ask.note')} size="md" autosize minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />
    </Confirm>
  );
}

// One thing that needs a person: what, since when, and the buttons that settle it.

import { Button, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconAlertTriangle, IconHandStop, IconX } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { call } from '@/api/client';
import type { ApiPath } from '@/api/paths';
import type { AttentionAction, AttentionItem } from '@/api/types';
import { ProblemView } from '@/components/problem';
import { Time } from '@/components/zone';
import { useMay } from '@/features/session/me';
import { consoleLink } from '@/lib/links';
import { useProblemText } from '@/lib/problem-text';

// Dialogs come when first needed: the overview is the first screen.
const dialogs = () => import('./dialogs');
const SeeDialog = lazy(async () => ({ default: (await dialogs()).SeeDialog }));
const Confirm = lazy(async () => ({ default: (await dialogs()).Confirm }));

const LOOK = {
  problem: { tone: 'failed', icon: IconX },
  warning: { tone: 'partial', icon: IconAlertTriangle },
  question: { tone: 'waiting', icon: IconHandStop },
} as const;

export function AttentionRow({ item }: { item: AttentionItem }) {
  const { t, i18n } = useTranslation('overview');
  const may = useMay();
  const problem = useProblemText();
  const { tone, icon: Icon } = LOOK[item.severity];
  const said = (part: string) => {
    const key = `attention.${item.code}.${part}`;
    return i18n.exists(`overview:${key}`, item.params ?? {}) ? t(key, { ...item.params, detail: item.detail }) : '';
  };
  const title = said('title') || item.title;
  const detail = said('detail') || item.detail || problem({ code: item.code, detail: '', params: item.params ?? {} }).happened;
  const runId = item.kind === 'run' ? /[0-9a-f-]{36}/.exec(`${item.link ?? ''} ${item.id}`)?.[0] : undefined;
  return (
    <li className={`attention-row tone-${tone}`} data-attention={item.code}>
      <span className="timeline-mark"><Icon size={17} stroke={2.2} aria-hidden /></span>
      <div className="attention-text">
        <div className="strong">{item.link ? <Link to={consoleLink(item.link, item.service)} className="link-plain">{title}</Link> : title}</div>
        <div className="dim small break">
          {detail} <span className="nowrap">{item.service} · <Time at={item.since} relative /></span>
        </div>
      </div>
      <div className="row attention-actions">
        {item.actions.filter((action) => may(item.service, action.role)).map((action) =>
          action.name === 'see' && runId ? (
            <SeeButton key={action.name} service={item.service} id={runId} title={item.title} />
          ) : (
            <ActionButton key={action.name} action={action} item={item} title={title} />
          ),
        )}
      </div>
    </li>
  );
}

function SeeButton({ service, id, title }: { service: string; id: string; title: string }) {
  const { t } = useTranslation('runs');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="default" size="md" onClick={() => setAsking(true)}>{t('action.see')}</Button>
      {asking && <Suspense fallback={null}><SeeDialog run={{ service, id, title }} opened onClose={() => setAsking(false)} /></Suspense>}
    </>
  );
}

function ActionButton({ action, item, title }: { action: AttentionAction; item: AttentionItem; title: string }) {
  const { t, i18n } = useTranslation('overview');
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [note, setNote] = useState('');
  // To confirm by hand what no log confirms needs a word on what was seen.
  const needsNote = action.name === 'confirm';
  const label = i18n.exists(`overview:action.${action.label_code}`) ? t(`action.${action.label_code}`) : action.name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
  // A GET is a place to go to, not a thing to do.
  if (action.method === 'GET') {
    return <Button component={Link} to={consoleLink(action.path, item.service)} variant="default" size="md">{label}</Button>;
  }
  const act = async () => {
    await call(action.method, `/api/${item.service}${action.path}` as ApiPath, { body: needsNote ? { ...action.body, note: note.trim() } : (action.body ?? undefined) });
    await Promise.all([...['attention', 'runs', 'questions', item.service].map((key) => client.invalidateQueries({ queryKey: [key] }))]);
  };
  const press = async () => {
    if (action.confirm) {
      setAsking(true);
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" size="md" loading={busy} onClick={() => void press()}>{label}</Button>
      {error !== null && <ProblemView error={error} />}
      {asking && (
        <Suspense fallback={null}>
          <Confirm opened onClose={() => setAsking(false)} onConfirm={act} title={label} action={label} disabled={needsNote && note.trim().length < 3}>
            <p className="flush strong">{title}</p>
            <p className="flush">{i18n.exists(`overview:confirm.${action.confirm ?? ''}`) ? t(`confirm.${action.confirm ?? ''}`, { ...item.params }) : item.detail}</p>
            {needsNote && <Textarea label={t('runs:ask.note')} size="md" autosize minRows={2} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} data-autofocus />}
          </Confirm>
        </Suspense>
      )}
    </>
  );
}

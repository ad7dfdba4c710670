// Start over: what goes, what stays, a phrase typed by hand; then what was removed, counted.

import { Button, Switch, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '@/components/confirm';
import { RESET_PHRASE, resetBridge, type Keep } from './queries';

const GOES = ['records', 'source', 'mappings', 'schedules'] as const;
/** Of the tables that were emptied, those that mean something to people. */
const TOLD = ['records', 'source_rows', 'mappings', 'trigger_products', 'bindings', 'deals', 'schedules_switched_off'] as const;
const STAYS = ['asanito', 'audit', 'options', 'doubts'] as const;

export function ResetBridge() {
  const { t, i18n } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [removed, setRemoved] = useState<Record<string, number> | null>(null);
  const reset = async (keep: Keep) => {
    setRemoved(await resetBridge(keep));
    await client.invalidateQueries();
  };
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <section className="card card-pad stack danger-zone">
      <h2 className="section-title flush">{t('reset.title')}</h2>
      <p className="flush">{t('reset.what')}</p>
      <div className="two-lists">
        <div><h3 className="small strong flush">{t('reset.goes_title')}</h3><ul className="flush">{GOES.map((name) => <li key={name}>{t(`reset.goes.${name}`)}</li>)}</ul></div>
        <div><h3 className="small strong flush">{t('reset.stays_title')}</h3><ul className="flush">{STAYS.map((name) => <li key={name}>{t(`reset.stays.${name}`)}</li>)}</ul></div>
      </div>
      <div><Button size="md" color="red.9" onClick={() => setAsking(true)}>{t('reset.button')}</Button></div>
      {removed && (
        <div className="note note-tone tone-succeeded" role="status">
          <p className="flush strong">{t('reset.done')}</p>
          <ul className="flush">{TOLD.flatMap((name) => (removed[name] === undefined ? [] : [<li key={name}>{t('reset.removed', { what: t(`reset.table.${name}`), shown: number.format(removed[name]) })}</li>]))}</ul>
        </div>
      )}
      {asking && <Ask onClose={() => setAsking(false)} onReset={reset} />}
    </section>
  );
}

function Ask({ onClose, onReset }: { onClose: () => void; onReset: (keep: Keep) => Promise<void> }) {
  const { t } = useTranslation('asanito_tools');
  const [typed, setTyped] = useState('');
  const [keep, setKeep] = useState<Keep>({ keep_bindings: true, keep_deal_links: true });
  return (
    <Confirm opened onClose={onClose} title={t('reset.ask')} action={t('reset.button')} danger disabled={typed.trim() !== RESET_PHRASE} onConfirm={() => onReset(keep)} size="lg">
      <p className="flush">{t('reset.means')}</p>
      <Switch size="md" label={t('reset.keep_bindings')} checked={keep.keep_bindings} onChange={(event) => setKeep({ ...keep, keep_bindings: event.currentTarget.checked })} />
      <Switch size="md" label={t('reset.keep_deal_links')} checked={keep.keep_deal_links} onChange={(event) => setKeep({ ...keep, keep_deal_links: event.currentTarget.checked })} />
      {!(keep.keep_bindings && keep.keep_deal_links) && (
        <p className="note note-tone tone-failed row flush" role="alert">
          <IconAlertTriangle size={19} aria-hidden />
          <span className="grow">{!keep.keep_bindings && t('reset.without_bindings')} {!keep.keep_deal_links && t('reset.without_deal_links')}</span>
        </p>
      )}
      <TextInput size="md" dir="ltr" autoComplete="off" spellCheck={false} label={t('reset.phrase', { phrase: RESET_PHRASE })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
    </Confirm>
  );
}

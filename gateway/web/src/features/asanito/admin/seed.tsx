// Test data in place of what the source holds; the server refuses it where the source is a real one.

import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '@/components/confirm';
import { SEED_PHRASE, seedSource } from './queries';

export function SeedSource() {
  const { t, i18n } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const [filled, setFilled] = useState<Record<string, number> | null>(null);
  const seed = async () => {
    setFilled(await seedSource());
    await client.invalidateQueries();
  };
  const close = () => {
    setAsking(false);
    setTyped('');
  };
  const number = new Intl.NumberFormat(i18n.language);
  return (
    <section className="card card-pad stack">
      <h2 className="section-title flush">{t('seed.title')}</h2>
      <p className="flush">{t('seed.what')}</p>
      <div><Button size="md" variant="default" onClick={() => setAsking(true)}>{t('seed.button')}</Button></div>
      {filled && (
        <div className="note note-tone tone-succeeded" role="status">
          <p className="flush strong">{t('seed.done')}</p>
          <ul className="flush">{Object.entries(filled).map(([table, rows]) => <li key={table}>{t('reset.removed', { what: table, shown: number.format(rows) })}</li>)}</ul>
        </div>
      )}
      {asking && (
        <Confirm opened onClose={close} title={t('seed.ask')} action={t('seed.button')} danger disabled={typed.trim() !== SEED_PHRASE} onConfirm={seed}>
          <p className="flush">{t('seed.means')}</p>
          <TextInput size="md" dir="ltr" autoComplete="off" spellCheck={false} label={t('reset.phrase', { phrase: SEED_PHRASE })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
        </Confirm>
      )}
    </section>
  );
}

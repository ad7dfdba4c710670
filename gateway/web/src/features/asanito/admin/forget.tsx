// Removes a person's data here, by the key of the record; says what is left to do in Asanito.

import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '@/components/confirm';
import { forgetPerson } from './queries';

const KEY = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export function ForgetPerson() {
  const { t } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const [key, setKey] = useState('');
  const [note, setNote] = useState('');
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState<Awaited<ReturnType<typeof forgetPerson>> | null>(null);
  const person = key.trim();
  const forget = async () => {
    setDone(await forgetPerson(person, note.trim()));
    setKey('');
    setNote('');
    await client.invalidateQueries({ queryKey: ['asanito'] });
  };
  return (
    <section className="card card-pad stack">
      <h2 className="section-title flush">{t('forget.title')}</h2>
      <p className="flush">{t('forget.what')} <Link to="/asanito/records" search={{ kind: 'person' }}>{t('forget.find')}</Link></p>
      <div className="form">
        <TextInput size="md" dir="ltr" autoComplete="off" label={t('forget.key')} description={t('forget.key_help')} value={key} error={person && !KEY.test(person) ? t('forget.not_a_key') : undefined} onChange={(event) => setKey(event.currentTarget.value)} />
        <TextInput size="md" dir="auto" maxLength={500} label={t('forget.note')} description={t('forget.note_help')} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <div><Button size="md" variant="default" disabled={!KEY.test(person)} onClick={() => setAsking(true)}>{t('forget.button')}</Button></div>
      </div>
      {done && (
        <p className="note note-tone tone-succeeded flush" role="status">
          {t('forget.done', { count: done.receipts })} {done.asanito_id === null ? t('forget.not_there') : t('forget.there', { id: done.asanito_id })}
        </p>
      )}
      {asking && (
        <Confirm opened onClose={() => setAsking(false)} title={t('forget.ask')} action={t('forget.button')} danger onConfirm={forget}>
          <p className="flush mono break">{person}</p>
          <p className="flush">{t('forget.means')}</p>
        </Confirm>
      )}
    </section>
  );
}

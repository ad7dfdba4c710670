// The warehouse's screen: the day's line, one sentence, four buttons. Nothing to learn.

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconInbox } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toast } from '@/components/toast';
import { ProblemView } from '@/components/problem';
import { Lines, useTitle } from '@/components/screen';
import { useMay, useMe } from '@/features/session/me';
import { formatDay } from '@/lib/time';
import { DataAge } from './age';
import { Buttons } from './buttons';
import { DayFacts } from './day-facts';
import { DayLine } from './day-line';
import { checkInbox, INBOX_PATH, useLiveSession } from './queries';
import { ShadowBanner } from './shadow';
import { StatusLine, useSessionSentence } from './status-line';
import { useWho } from './who';

const UploadDialog = lazy(() => import('./upload'));

export function Warehouse({ kiosk }: { kiosk?: boolean }) {
  const { t, i18n } = useTranslation('warehouse');
  const { session, error, freshAt, stream, reload } = useLiveSession();
  const [upload, setUpload] = useState<File[] | null>(null);
  const [over, setOver] = useState(false);
  const sentence = useSessionSentence();
  const number = new Intl.NumberFormat(i18n.language);
  const lead = session?.state === 'open' ? `${number.format(session.processed)} / ${number.format(session.total)}` : session ? t(`word.${session.state}`) : null;
  useTitle(t('title'), lead);
  if (!session) return <div className="screen">{error ? <ProblemView error={error} onRetry={reload} /> : <Lines rows={6} />}</div>;
  const mayUpload = session.buttons.upload.enabled;
  const drop = (event: React.DragEvent) => {
    event.preventDefault();
    setOver(false);
    const dropped = [...event.dataTransfer.files];
    if (mayUpload && dropped.length) setUpload(dropped);
  };
  return (
    <div
      className="screen warehouse" data-state={session.state} data-over={(over && mayUpload) || undefined} onDrop={drop}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => event.currentTarget === event.target && setOver(false)}
    >
      {session.shadow && <ShadowBanner kiosk={kiosk} />}
      <div className="card warehouse-card">
        <div className="warehouse-head">
          <h1>{formatDay(session.business_date, i18n.language)}</h1>
          <DataAge freshAt={freshAt} stream={stream} />
        </div>
        <DayLine session={session} />
        <StatusLine session={session} />
        {error !== null && <div className="note note-tone tone-partial" role="status">{t('load_failed')}</div>}
        <Buttons session={session} onUpload={() => setUpload([])} />
      </div>
      <div className="warehouse-foot">
        <InboxButton />
        {!kiosk && <Link to="/invoices/sessions">{t('earlier_days')}</Link>}
      </div>
      {!kiosk && <DayFacts session={session} />}
      {upload && (
        <Suspense fallback={null}>
          <UploadDialog dropped={upload} onClose={() => setUpload(null)} />
        </Suspense>
      )}
      <span className="offscreen" aria-hidden>{sentence(session)}</span>
    </div>
  );
}

function InboxButton() {
  const { t } = useTranslation('warehouse');
  const own = useMay()('invoices', 'operator');
  const { kiosk } = useMe().user;
  const { asPerson, dialog } = useWho();
  const client = useQueryClient();
  const check = useMutation({
    mutationFn: checkInbox,
    onSuccess: (run) => {
      toast({
        title: t('inbox.started'), message: <Link to="/runs/$service/$id" params={{ service: 'invoices', id: run.id }}>{t('inbox.open_run')}</Link>,
      });
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['invoices'] }),
  });
  // A shared screen that may only look asks who wants it.
  const press = () =>
    own ? check.mutate(undefined) : void asPerson({ path: INBOX_PATH, action: t('inbox.check'), run: (actAs) => check.mutateAsync(actAs).catch(() => undefined) });
  return (
    <>
      <Button variant="default" size="md" loading={check.isPending} disabled={!own && !kiosk} leftSection={<IconInbox size={18} aria-hidden />} onClick={press}>
        {t('inbox.check')}
      </Button>
      {dialog}
      {check.isError && <ProblemView error={check.error} />}
    </>
  );
}

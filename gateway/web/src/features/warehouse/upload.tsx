// Manual upload: choose or drop a file, see what would happen with each line, then import it. The file stays downloadable.

import { Button, FileButton, Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconFileText, IconUpload } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import type { BadLine } from '@/api/invoices-types';
import { ProblemView } from '@/components/problem';
import { Lines } from '@/components/screen';
import { formatBytes } from '@/lib/files';
import { useFocusBack } from '@/lib/focus-back';
import { newUuid } from '@/lib/ids';
import { readRejections } from './report';
import { ReportView } from './report-view';
import { sendFile, type UploadAnswer } from './queries';

type Phase = 'choose' | 'checking' | 'preview' | 'sending' | 'done';

export default function UploadDialog({ dropped, onClose }: { dropped: File[]; onClose: () => void }) {
  const { t, i18n } = useTranslation('warehouse');
  const client = useQueryClient();
  useFocusBack();
  const [file, setFile] = useState<File | null>(null);
  const [phase, setPhase] = useState<Phase>('choose');
  const [answer, setAnswer] = useState<UploadAnswer | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [over, setOver] = useState(false);
  // The import of one chosen file is one intention, however often the button is pressed.
  const key = useRef(newUuid());
  const started = useRef(false);

  const choose = useCallback(async (chosen: File | null) => {
    if (!chosen) return;
    key.current = newUuid();
    setFile(chosen);
    setError(null);
    setAnswer(null);
    setPhase('checking');
    try {
      setAnswer(await sendFile(chosen, { validateOnly: true, key: newUuid() }));
      setPhase('preview');
    } catch (caught) {
      setError(caught);
      setPhase('preview');
    }
  }, []);

  useEffect(() => {
    if (started.current) return;
    started.current = true;
    if (dropped[0]) void choose(dropped[0]);
  }, [dropped, choose]);

  const countMismatch = error instanceof ApiError && error.code === 'count_mismatch';
  const commit = async (acceptCount: boolean) => {
    if (!file || phase === 'sending') return;
    setPhase('sending');
    setError(null);
    try {
      setAnswer(await sendFile(file, { acceptCount, key: acceptCount ? newUuid() : key.current }));
      setPhase('done');
      await client.invalidateQueries({ queryKey: ['invoices'] });
    } catch (caught) {
      setError(caught);
      setPhase('preview');
    }
  };
  const previewAgain = async () => {
    if (!file) return;
    setPhase('checking');
    try {
      setAnswer(await sendFile(file, { validateOnly: true, acceptCount: true, key: newUuid() }));
      setError(null);
    } catch (caught) {
      setError(caught);
    }
    setAccepted(true);
    setPhase('preview');
  };
  const [accepted, setAccepted] = useState(false);
  const duplicate = answer?.report.state === 'duplicate';
  const rejected = error instanceof ApiError ? readRejections(error.problem) : [];

  return (
    <Modal opened onClose={onClose} size="xl" title={t('upload.title')} closeButtonProps={{ 'aria-label': t('common:close') }}>
      <div className="stack" data-phase={phase}>
        <div
          className="drop" data-over={over || undefined}
          onDrop={(event) => {
            event.preventDefault();
            event.stopPropagation();
            setOver(false);
            void choose(event.dataTransfer.files[0] ?? null);
          }}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
        >
          {file ? (
            <span className="row-tight strong break"><IconFileText size={20} aria-hidden />{file.name} <span className="dim">{formatBytes(file.size, i18n.language)}</span></span>
          ) : (
            <span className="dim">{t('upload.drop')}</span>
          )}
          <FileButton onChange={(chosen) => void choose(chosen)} disabled={phase === 'sending'}>
            {(props) => <Button {...props} variant="default" size="md" leftSection={<IconUpload size={18} aria-hidden />}>{t(file ? 'upload.other' : 'upload.choose')}</Button>}
          </FileButton>
        </div>
        {phase === 'checking' && <><p className="flush dim">{t('upload.checking')}</p><Lines rows={4} /></>}
        {error !== null && (
          <ProblemView error={error}>
            {rejected.length > 0 && <Rejections rows={rejected} />}
          </ProblemView>
        )}
        {answer && (phase === 'preview' || phase === 'sending' || phase === 'done') && (
          <>
            <p className={`note flush note-tone tone-${phase === 'done' ? 'succeeded' : 'queued'}`} role="status">
              {t(duplicate ? 'upload.duplicate' : phase === 'done' ? 'upload.done' : 'upload.preview')}
            </p>
            <ReportView report={answer.report} />
          </>
        )}
        <div className="row row-end">
          <Button variant="default" size="md" onClick={onClose}>{t(phase === 'done' ? 'common:close' : 'common:cancel')}</Button>
          {countMismatch && !accepted && phase === 'preview' && <Button size="md" onClick={() => void previewAgain()}>{t('upload.accept_count')}</Button>}
          {phase === 'done' ? (
            answer?.report.file_id && (
              <Button component={Link} to={`/invoices/files/${answer.report.file_id}`} size="md" onClick={onClose}>{t('upload.open_file')}</Button>
            )
          ) : (
            <Button size="md" disabled={!answer || duplicate || (error !== null && !countMismatch)} loading={phase === 'sending'} onClick={() => void commit(accepted)}>
              {answer ? t('upload.import', { count: answer.report.kept }) : t('upload.import_none')}
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
}

function Rejections({ rows }: { rows: BadLine[] }) {
  const { t, i18n } = useTranslation('warehouse');
  const word = (reason: string) => (i18n.exists(`files:reason.${reason}`) ? t(`files:reason.${reason}`) : reason.replaceAll('_', ' '));
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label={t('upload.rejected_lines')}>
      <table className="table">
        <thead><tr><th className="fit end">{t('files:column.line')}</th><th>{t('files:column.reason')}</th><th>{t('files:column.text')}</th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.line}${row.reason}${row.text}`}><td className="end num">{row.line ?? ''}</td><td>{word(row.reason)}</td><td className="mono break">{row.text}</td></tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// What the next run would send for a record, and what of it differs from what was sent last; nothing is changed by looking.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { RecordDetail, RecordPreview } from '@/api/asanito-types';
import { Load } from '@/components/screen';
import { previewQuery } from '../queries';
import { useReasonText } from '../reason-text';
import { DataView, Value } from './data-view';

export function PreviewPart({ record }: { record: RecordDetail }) {
  const query = useQuery(previewQuery(record.kind, record.key, record.version));
  return <Load query={query} rows={3}>{(preview) => <Shown preview={preview} before={record.last_sent} />}</Load>;
}

function Shown({ preview, before }: { preview: RecordPreview; before: Record<string, unknown> | null }) {
  const { t } = useTranslation('asanito');
  const reason = useReasonText();
  // The same content again is not sent.
  const op = preview.op === 'update' && before !== null && preview.differences.length === 0 ? 'none' : preview.op;
  const not = preview.op === 'not_sent' && preview.state ? reason({ state: preview.state, reason_code: preview.reason_code ?? null, message: preview.message, params: {} }) : null;
  return (
    <div className="stack-s" data-preview={op}>
      <p className="flush strong">{t(`preview.op.${op}`)}</p>
      {not && <p className="flush">{not.happened} {not.detail && <bdi className="dim small">{not.detail}</bdi>}</p>}
      {preview.warnings.length > 0 && (
        <ul className="note note-tone tone-partial warnings">
          {preview.warnings.map((item) => <li key={item.code}>{t(`warning.${item.code}`, { defaultValue: item.message })}</li>)}
        </ul>
      )}
      {before !== null && op !== 'none' && preview.payload && <Differences preview={preview} />}
      {before === null && op !== 'none' && preview.payload && <DataView value={preview.payload} label={t('preview.title')} />}
    </div>
  );
}

function Differences({ preview }: { preview: RecordPreview }) {
  const { t } = useTranslation('asanito');
  if (preview.differences.length === 0) return <p className="flush dim">{t('preview.same')}</p>;
  return (
    <div className="card card-pad table-wrap" tabIndex={0} role="region" aria-label={t('preview.differences')}>
      <table className="record-data">
        <thead><tr><th scope="col">{t('preview.field')}</th><th scope="col">{t('preview.before')}</th><th scope="col">{t('preview.after')}</th></tr></thead>
        <tbody>
          {preview.differences.map((item) => (
            <tr key={item.field}>
              <th scope="row" className="mono"><bdi>{item.field}</bdi></th>
              <td><del><Value value={item.before} /></del></td>
              <td><ins><Value value={item.after} /></ins></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

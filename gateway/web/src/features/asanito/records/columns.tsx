// The columns of the records.

import { Link } from '@tanstack/react-router';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { SyncRecord } from '@/api/asanito-types';
import { Copy, CopyId } from '@/components/copy';
import type { Column } from '@/components/data-table';
import { Time } from '@/components/zone';
import { Name, RecordBadge } from '../record-state';
import { useReasonText } from '../reason-text';

export function useRecordColumns(): Column<SyncRecord>[] {
  const { t, i18n } = useTranslation('asanito');
  const reason = useReasonText();
  const why = (record: SyncRecord) => (record.reason_code || record.state === 'uncertain' ? reason(record).happened : record.message);
  const number = new Intl.NumberFormat(i18n.language);
  const kind = (record: SyncRecord) => t(`overview:record.kind.${record.kind}`);
  return [
    { id: 'state', header: t('column.state'), fixed: true, fit: true, cell: (record) => <RecordBadge state={record.state} /> },
    {
      id: 'name', header: t('column.name'), fixed: true,
      cell: (record) => (
        <>
          <Link to="/asanito/records/$kind/$key" params={{ kind: record.kind, key: record.key }} className="link-plain strong"><Name text={record.label} /></Link>
          {why(record) && <div className="dim small break"><bdi>{why(record)}</bdi></div>}
          {record.warnings.length > 0 && (
            <div className="state state-plain tone-partial row-tight"><IconAlertTriangle size={14} aria-hidden />{record.warnings.map((item) => t(`warning.${item.code}`, { defaultValue: item.code.replaceAll('_', ' ') })).join(' · ')}</div>
          )}
        </>
      ),
    },
    { id: 'kind', header: t('column.kind'), fit: true, wide: true, cell: kind },
    { id: 'reason', header: t('column.reason'), fit: true, wide: true, cell: (record) => <span className="mono small dim">{record.reason_code}</span> },
    { id: 'message', header: t('column.message'), wide: true, cell: (record) => <bdi className="break small">{record.message}</bdi> },
    { id: 'key', header: t('column.key'), fit: true, wide: true, cell: (record) => <CopyId id={record.key} /> },
    { id: 'idd', header: t('column.idd'), fit: true, wide: true, align: 'end', cell: (record) => <span dir="ltr">{record.idd}</span> },
    { id: 'asanito_id', header: t('column.asanito_id'), fit: true, wide: true, align: 'end', cell: (record) => (record.asanito_id === null ? t('common:none') : <Copy text={String(record.asanito_id)} />) },
    { id: 'attempts', header: t('column.attempts'), fit: true, wide: true, align: 'end', cell: (record) => number.format(record.attempts) },
    { id: 'changed', header: t('column.changed'), fit: true, wide: true, cell: (record) => <Time at={record.updated_at} /> },
  ];
}

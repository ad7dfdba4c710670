// Fields and values for reading, each in its own direction; what is nested is shown as it is.

import { prettyExact } from '@/lib/exact-json';
import { Copy } from '@/components/copy';
import { useTranslation } from 'react-i18next';

export function DataView({ value, label }: { value: Record<string, unknown>; label: string }) {
  const { t } = useTranslation();
  return (
    <div className="card card-pad stack-s">
      <div className="table-wrap" tabIndex={0} role="region" aria-label={label}>
        <table className="record-data">
          <tbody>
            {Object.entries(value).map(([name, held]) => (
              <tr key={name}><th scope="row" className="mono"><bdi>{name}</bdi></th><td><Value value={held} /></td></tr>
            ))}
          </tbody>
        </table>
      </div>
      <div><Copy text={prettyExact(value)} shown={t('copy_all')} label={label} /></div>
    </div>
  );
}

export function Value({ value }: { value: unknown }) {
  const { t } = useTranslation();
  if (value === null || value === undefined || value === '') return <span className="dim">{t('none')}</span>;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.length > 0 ? <bdi>{value.join(', ')}</bdi> : <span className="dim">{t('none')}</span>;
  if (typeof value === 'object') return <pre className="json" dir="ltr" tabIndex={0}>{prettyExact(value)}</pre>;
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  return <bdi>{String(value)}</bdi>;
}

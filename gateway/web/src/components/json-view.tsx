// JSON for reading: sorted keys, whole numbers exact, copied by one press.

import { prettyExact } from '@/lib/exact-json';
import { useTranslation } from 'react-i18next';
import { Copy } from './copy';

export function JsonView({ value, label }: { value: unknown; label: string }) {
  const { t } = useTranslation();
  const text = prettyExact(value);
  return (
    <div className="stack-s">
      <pre className="json" tabIndex={0} aria-label={label}>{text}</pre>
      <div><Copy text={text} shown={t('copy_all')} label={label} /></div>
    </div>
  );
}

// What the run was asked, and what it answered.

import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { JsonView } from '@/components/json-view';

export function Parameters({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const empty = Object.keys(run.params).length === 0;
  return (
    <div className="stack">
      <section>
        <h3 className="section-title">{t('parameters.asked')}</h3>
        {empty ? <p className="flush dim">{t('parameters.none')}</p> : <JsonView value={run.params} label={t('parameters.asked')} />}
      </section>
      {run.result !== null && run.result !== undefined && (
        <section>
          <h3 className="section-title">{t('parameters.result')}</h3>
          <JsonView value={run.result} label={t('parameters.result')} />
        </section>
      )}
      <section>
        <h3 className="section-title">{t('parameters.job')}</h3>
        <p className="flush mono">{run.job}</p>
      </section>
    </div>
  );
}

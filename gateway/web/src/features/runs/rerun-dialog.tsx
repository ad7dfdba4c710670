// Run again, with the same parameters or with changed ones: a form from the job's schema.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Run } from '@/api/types';
import { Confirm } from '@/components/confirm';
import { SchemaForm } from '@/components/schema-form';
import { jobsQuery } from '@/features/schedules/queries';
import { writeExact } from '@/lib/exact-json';

interface Props {
  run: Run;
  onClose: () => void;
  onConfirm: (params: Record<string, unknown> | undefined) => Promise<void>;
}

export function RerunDialog({ run, onClose, onConfirm }: Props) {
  const { t } = useTranslation('runs');
  const job = useQuery(jobsQuery([run.service])).data?.items.find((item) => item.name === run.job);
  const [params, setParams] = useState<Record<string, unknown>>(run.params);
  const [valid, setValid] = useState(true);
  const changed = writeExact(params) !== writeExact(run.params);
  return (
    <Confirm
      opened onClose={onClose} title={t('ask.rerun', { title: run.title })} action={t(changed ? 'action.rerun_changed' : 'action.rerun')} disabled={!valid}
      onConfirm={() => onConfirm(changed ? params : undefined)}
    >
      <p className="flush">{t('ask.rerun_means')}</p>
      {job && <SchemaForm schema={job.params_schema} value={params} onChange={setParams} onValid={setValid} />}
    </Confirm>
  );
}

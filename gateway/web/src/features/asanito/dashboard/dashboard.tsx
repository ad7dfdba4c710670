// How far the bridge is: what asks a person, records by kind and state, the jobs in their order.

import { useQuery } from '@tanstack/react-query';
import { IconPlayerPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Load, Screen } from '@/components/screen';
import { Time } from '@/components/zone';
import { pauseQuery } from '@/features/frame/queries';
import { QuestionCard, questionsQuery } from '@/features/runs/question';
import { PauseButton } from '@/features/schedules/pause-button';
import { useMay } from '@/features/session/me';
import '../asanito.css';
import { SERVICE, statsQuery } from '../queries';
import { FirstSteps } from './first-steps';
import { BridgeJobs } from './jobs';
import { KindTile } from './kind-tile';
import { useJobTitle } from './job-title';

export function Dashboard() {
  const { t } = useTranslation('asanito');
  const stats = useQuery(statsQuery);
  const questions = useQuery(questionsQuery(SERVICE)).data ?? [];
  const pause = useQuery(pauseQuery).data?.services.find((item) => item.service === SERVICE)?.pause ?? null;
  const operator = useMay()(SERVICE, 'operator');
  const jobTitle = useJobTitle();
  const lead = questions.length > 0 ? t('common:state.waiting') : null;
  return (
    <Screen
      title={t('common:nav.bridge')} tab={lead}
      actions={operator && <PauseButton wholeService path="/api/asanito/v1/pause" name={t('common:nav.bridge')} paused={pause} keys={['schedules', 'jobs']} />}
    >
      <div className="stack-l">
        {pause && (
          <p className="note note-tone tone-partial flush row-tight" role="status">
            <IconPlayerPause size={16} aria-hidden /> {t('schedules:paused_by', { by: pause.by, reason: pause.reason })}
            {pause.until && <>{t('schedules:until')} <Time at={pause.until} /></>}
          </p>
        )}
        {questions.map((question) => <QuestionCard key={question.id} question={question} service={SERVICE} title={jobTitle(question.job)} />)}
        <Load query={stats} rows={6}>
          {(kinds) => (
            <>
              {kinds.every((kind) => kind.synced === 0) && <FirstSteps kinds={kinds} />}
              <section aria-labelledby="kinds">
                <h2 id="kinds" className="section-title">{t('kinds')}</h2>
                <div className="kind-tiles">{kinds.map((kind) => <KindTile key={kind.kind} of={kind} />)}</div>
              </section>
            </>
          )}
        </Load>
        <BridgeJobs />
      </div>
    </Screen>
  );
}

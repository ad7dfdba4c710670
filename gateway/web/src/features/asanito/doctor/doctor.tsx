// What is wrong outside, the worst first, each with the statement that mends it, ready to copy.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconAlertTriangle, IconArrowLeft, IconBulb, IconCheck, IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RunState } from '@/api/types';
import { Copy } from '@/components/copy';
import { Empty, Load, Screen } from '@/components/screen';
import { Time } from '@/components/zone';
import { useMay } from '@/features/session/me';
import { doctorQuery, type DoctorReport, type Finding } from './queries';
import '../tools.css';

const LOOK: Record<Finding['level'], { tone: RunState; icon: typeof IconCheck }> = {
  problem: { tone: 'failed', icon: IconAlertTriangle },
  advice: { tone: 'partial', icon: IconBulb },
  ok: { tone: 'succeeded', icon: IconCheck },
};
const LEVELS = ['problem', 'advice', 'ok'] as const;

export function Doctor() {
  const { t } = useTranslation('asanito_tools');
  const operator = useMay()('asanito', 'operator');
  const query = useQuery({ ...doctorQuery, enabled: operator });
  return (
    <Screen
      title={t('doctor.title')}
      back={<Link to="/asanito/admin" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('common:nav.bridge_admin')}</Link>}
      actions={operator && <Button size="md" variant="default" leftSection={<IconRefresh size={17} aria-hidden />} loading={query.isFetching} onClick={() => void query.refetch()}>{t('doctor.look')}</Button>}
    >
      {operator ? (
        <div className="stack">
          <p className="flush dim lead-text">{t('doctor.what')}</p>
          <Load query={query} rows={8}>{(report) => <Report report={report} at={query.dataUpdatedAt} />}</Load>
        </div>
      ) : (
        <div className="card"><Empty title={t('doctor.operators_only')} /></div>
      )}
    </Screen>
  );
}

function Report({ report, at }: { report: DoctorReport; at: number }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const number = new Intl.NumberFormat(i18n.language);
  const count = (level: Finding['level']) => report.findings.filter((one) => one.level === level).length;
  const problems = count('problem');
  const advice = count('advice');
  return (
    <>
      <p className={`note note-tone flush tone-${problems ? 'failed' : 'succeeded'}`} role="status" data-problems={problems}>
        <span className="strong">{problems ? t('doctor.ill', { count: problems, shown: number.format(problems) }) : t('doctor.well')}</span>{' '}
        {advice > 0 && t('doctor.advice', { count: advice, shown: number.format(advice) })}{' '}
        <span className="small">{t('doctor.looked')} <Time at={new Date(at).toISOString()} relative /></span>
      </p>
      <ul className="card plain">
        {LEVELS.flatMap((level) => report.findings.filter((one) => one.level === level)).map((one) => <Row key={one.name + one.detail} finding={one} />)}
      </ul>
    </>
  );
}

function Row({ finding }: { finding: Finding }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const told = `doctor.told.${finding.name}.${finding.level}`;
  const { tone, icon: Icon } = LOOK[finding.level];
  return (
    <li className={`list-row stack-tight tone-${tone}`} data-finding={finding.name} data-level={finding.level}>
      <div className="row">
        <span className="state"><Icon size={15} stroke={2.4} aria-hidden />{t(`doctor.level.${finding.level}`)}</span>
        <span className="strong">{t(`doctor.name.${finding.name}`, { defaultValue: finding.name })}</span>
      </div>
      {i18n.exists(`asanito_tools:${told}`) && <div>{t(told)}</div>}
      <div className="small dim"><bdi className="break">{finding.detail}</bdi></div>
      {finding.fix && <div className="small"><span className="dim">{t('doctor.fix')}</span> <Copy text={finding.fix} /></div>}
    </li>
  );
}

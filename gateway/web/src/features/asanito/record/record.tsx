// One record with all that is known: why it is as it is, what can be done, the source, Asanito, and what was sent.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { IconAlertTriangle, IconArrowLeft, IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordDetail } from '@/api/asanito-types';
import { Copy, CopyId } from '@/components/copy';
import { Load, Screen } from '@/components/screen';
import { Time } from '@/components/zone';
import { RunLink } from '@/features/runs/run-detail';
import { useMay } from '@/features/session/me';
import '../asanito.css';
import { recordQuery, SERVICE } from '../queries';
import { useReasonText } from '../reason-text';
import { Name, RecordBadge, toneOfRecord } from '../record-state';
import { RecordActions } from './actions';
import { DataView } from './data-view';
import { RecordEffects } from './effects';
import { PreviewPart } from './preview';

export function RecordPage() {
  const { t } = useTranslation('asanito');
  const { kind, key } = useParams({ from: '/signed-in/frame/asanito/records/$kind/$key' });
  const query = useQuery(recordQuery(kind, key));
  const record = query.data;
  const kinds = t(`overview:record.kinds.${kind}`, { defaultValue: kind });
  return (
    <Screen
      title={record?.label || t(`overview:record.kind.${kind}`, { defaultValue: kind })} tab={record ? t(`state.${record.state}`) : null}
      aside={record && <RecordBadge state={record.state} />}
      back={<Link to="/asanito/records" search={{ kind }} className="row-tight"><IconArrowLeft size={16} aria-hidden />{kinds}</Link>}
    >
      <Load query={query}>{(data) => <Whole record={data} />}</Load>
    </Screen>
  );
}

function Whole({ record }: { record: RecordDetail }) {
  const { t } = useTranslation('asanito');
  const operator = useMay()(SERVICE, 'operator');
  return (
    <div className="stack-l">
      <div className="stack">
        <StateNote record={record} />
        <RecordActions record={record} />
        <Facts record={record} />
      </div>
      {operator ? (
        <>
          <section className="stack-s">
            <h2 className="section-title flush">{t('preview.title')}</h2>
            <PreviewPart record={record} />
          </section>
          <section className="stack-s">
            <h2 className="section-title flush">{t('source')}</h2>
            {record.source ? <DataView value={record.source} label={t('source')} /> : <p className="flush dim">{t('no_source')}</p>}
          </section>
        </>
      ) : (
        <p className="flush dim">{t('viewer_sees_less')}</p>
      )}
      <section className="stack-s">
        <h2 className="section-title flush">{t('effects.title')}</h2>
        <RecordEffects effects={record.effects} />
      </section>
      {operator && record.last_sent && (
        <section className="stack-s">
          <h2 className="section-title flush">{t('last_sent')}</h2>
          <DataView value={record.last_sent} label={t('last_sent')} />
        </section>
      )}
      {record.versions.length > 0 && (
        <section className="stack-s">
          <h2 className="section-title flush">{t('versions')}</h2>
          <p className="flush dim small">{t('versions_what')}</p>
          <ul className="plain-list">{record.versions.map((version) => <li key={version}><Copy text={version} /></li>)}</ul>
        </section>
      )}
    </div>
  );
}

function StateNote({ record }: { record: RecordDetail }) {
  const { t } = useTranslation('asanito');
  const text = useReasonText()(record);
  const { params } = record;
  const other = params.what === 'person' || params.what === 'product' ? String(params.key ?? '') : '';
  return (
    <div className={`problem tone-${toneOfRecord(record.state)}`} data-reason={record.reason_code ?? record.state}>
      {record.state === 'synced' ? <IconCheck size={20} aria-hidden /> : <IconAlertTriangle size={20} aria-hidden />}
      <div>
        <p className="happened">{text.happened}</p>
        {text.means && <p>{text.means}</p>}
        {text.act && <p>{text.act}</p>}
        {text.detail && <p className="small dim"><bdi>{text.detail}</bdi></p>}
        <div className="row small">
          {other && <Link to="/asanito/records/$kind/$key" params={{ kind: String(params.what), key: other }} className="row-link">{t('open_referred')}</Link>}
          {record.alias_of && <Link to="/asanito/records/$kind/$key" params={{ kind: record.kind, key: record.alias_of }} className="row-link">{t('open_winner')}</Link>}
          {record.reason_code === 'mapping_missing' && <MappingLink params={params} />}
          {record.next_attempt_at && <span>{t('next_attempt')} <Time at={record.next_attempt_at} /></span>}
        </div>
        {record.warnings.length > 0 && (
          <ul aria-label={t('warnings')}>
            {record.warnings.map((item) => (
              <li key={item.code + item.message}>
                <span className="strong">{t(`warning.${item.code}`, { defaultValue: item.code.replaceAll('_', ' ') })}</span> <bdi className="small">{item.message}</bdi>
                {item.retry && <span className="small"> {t('warning_again')}</span>}
              </li>
            ))}
          </ul>
        )}
        {record.reason_code && <div className="codes"><span className="mono">{record.reason_code}</span></div>}
      </div>
    </div>
  );
}

/** To the value that is missing; defaults are options, not mappings. */
function MappingLink({ params }: { params: Record<string, unknown> }) {
  const { t } = useTranslation('asanito');
  const type = String(params.map_type ?? '');
  if (type === 'Defaults') return <Link to="/settings/options/$service" params={{ service: SERVICE }} className="row-link">{t('open_options')}</Link>;
  return <Link to="/asanito/mappings/$type" params={{ type }} search={{ source: String(params.source_id ?? '') || undefined }} className="row-link">{t('open_mapping')}</Link>;
}

function Facts({ record }: { record: RecordDetail }) {
  const { t, i18n } = useTranslation('asanito');
  const facts: [string, ReactNode][] = [
    [t('column.name'), <Name key="name" text={record.label} />],
    [t('column.kind'), t(`overview:record.kind.${record.kind}`)],
    [t('column.asanito_id'), record.asanito_id === null ? t('not_bound') : <Copy key="id" text={String(record.asanito_id)} />],
    [t('fact.origin'), record.origin ? <>{t(`origin.${record.origin}`, { defaultValue: record.origin.replaceAll('_', ' ') })} <Time at={record.bound_at} /></> : t('common:none')],
    [t('fact.synced'), <Time key="synced" at={record.synced_at} style="full" />],
    [t('fact.read'), <Time key="read" at={record.read_at} style="full" />],
    [t('column.changed'), <Time key="changed" at={record.updated_at} style="full" />],
    [t('column.attempts'), new Intl.NumberFormat(i18n.language).format(record.attempts)],
    [t('column.idd'), <span key="idd" className="num" dir="ltr">{record.idd}</span>],
    [t('column.key'), <CopyId key="key" id={record.key} />],
    [t('fact.run'), record.last_run_id ? <RunLink key="run" service={SERVICE} id={record.last_run_id} /> : t('common:none')],
    [t('fact.history'), <Link key="audit" to="/audit" search={{ service: SERVICE, q: `records/${record.kind}/${record.key}` }}>{t('fact.audit')}</Link>],
  ];
  if (record.is_distinct) facts.push([t('fact.distinct'), t('common:yes')]);
  return <dl className="facts card card-pad">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

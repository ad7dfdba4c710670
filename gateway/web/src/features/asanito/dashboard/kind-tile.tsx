// One kind of record: its total, and the seven states that make it up; each number leads to its records.

import { Link } from '@tanstack/react-router';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { KindCount } from '@/api/asanito-types';
import { RecordBadge } from '../record-state';
import { STATES } from '../queries';
import { useReasonName } from '../reason-text';

const REASONS_SHOWN = 3;

export function KindTile({ of }: { of: KindCount }) {
  const { t, i18n } = useTranslation('asanito');
  const reason = useReasonName();
  const number = new Intl.NumberFormat(i18n.language);
  const name = t(`overview:record.kinds.${of.kind}`);
  const reasons = of.reasons.filter((item) => item.state === 'failed' || item.state === 'uncertain' || item.state === 'skipped').slice(0, REASONS_SHOWN);
  return (
    <article className="card card-pad kind-tile" data-kind={of.kind} aria-label={name}>
      <div className="spread">
        <h3 className="section-title flush"><Link to="/asanito/records" search={{ kind: of.kind }} className="link-plain">{name}</Link></h3>
        <span className="kind-total num" data-total={of.total}>{number.format(of.total)}</span>
      </div>
      <ul className="kind-states">
        {STATES.map((state) => (
          <li key={state} data-zero={of[state] === 0}>
            <Link to="/asanito/records" search={{ kind: of.kind, state }}>
              <RecordBadge state={state} plain />
              <span className="num" data-count={state}>{number.format(of[state])}</span>
            </Link>
          </li>
        ))}
      </ul>
      {(of.warned > 0 || of.before_start > 0) && (
        <div className="kind-beside stack-s small">
          {of.warned > 0 && (
            <Link to="/asanito/records" search={{ kind: of.kind, warned: '1' }} className="row-tight row-link"><IconAlertTriangle size={15} aria-hidden />{t('warned', { count: of.warned, shown: number.format(of.warned) })}</Link>
          )}
          {of.before_start > 0 && <span className="dim">{t('before_start', { count: of.before_start, shown: number.format(of.before_start) })}</span>}
        </div>
      )}
      {reasons.length > 0 && (
        <ul className="plain-list small kind-beside" aria-label={t('why')}>
          {reasons.map((item) => (
            <li key={`${item.state}${item.reason_code}`}>
              <Link to="/asanito/records" search={{ kind: of.kind, state: item.state, reason: item.reason_code }} className="row-link">
                <span className="num">{number.format(item.count)}</span><span>{reason(item.reason_code)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

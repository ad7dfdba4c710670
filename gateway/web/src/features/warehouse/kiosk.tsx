// The warehouse's screen alone, for a tablet at the gate: no rail, nothing else to press.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Brand } from '@/components/brand';
import { useMinute, useZone } from '@/components/zone';
import { ExpiredGuard } from '@/features/session/expired-guard';
import { useMe } from '@/features/session/me';
import { formatInstant } from '@/lib/time';
import { Warehouse } from './warehouse';

export function Kiosk() {
  const { t, i18n } = useTranslation('warehouse');
  const { user } = useMe();
  const zone = useZone();
  return (
    <div className="kiosk">
      <header className="topbar">
        <Brand size={30} />
        <div className="topbar-end">
          <span className="num strong">{formatInstant(useMinute(), zone, i18n.language, 'time')}</span>
          <span className="dim hide-narrow">{user.name}</span>
          {!user.kiosk && <Link to="/invoices">{t('kiosk.leave')}</Link>}
        </div>
      </header>
      <main><Warehouse kiosk /></main>
      <ExpiredGuard />
    </div>
  );
}

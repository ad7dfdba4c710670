// What concerns every screen: no connection, refreshing paused, a service paused.

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { IconPlayerPause, IconWifiOff } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import { useRefreshPaused } from '@/api/query';
import { Time } from '@/components/zone';
import { healthQuery, pauseQuery } from './queries';

export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener('online', listener);
      window.addEventListener('offline', listener);
      return () => {
        window.removeEventListener('online', listener);
        window.removeEventListener('offline', listener);
      };
    },
    () => navigator.onLine,
  );
}

export function Banners() {
  const { t } = useTranslation();
  const online = useOnline();
  const refreshPaused = useRefreshPaused();
  const health = useQuery(healthQuery);
  const pauses = useQuery(pauseQuery).data?.services.filter((item) => item.pause) ?? [];
  const cut = !online || (health.error instanceof ApiError && health.error.status === 0);
  return (
    <>
      {cut && (
        <div className="banner tone-failed" role="alert">
          <IconWifiOff size={17} aria-hidden />
          {t('frame.offline')}
        </div>
      )}
      {refreshPaused && (
        <div className="banner tone-queued" role="status">
          <IconPlayerPause size={17} aria-hidden />
          {t('frame.refresh_is_paused')}
        </div>
      )}
      {pauses.map(({ service, pause }) => (
        <div key={service} className="banner tone-partial" role="status">
          <IconPlayerPause size={17} aria-hidden />
          <span>
            {t('frame.service_paused', { service, by: pause?.by, reason: pause?.reason })} {pause?.until && <>{t('frame.until')} <Time at={pause.until} /></>}
          </span>
          <Link to="/settings/pause">{t('frame.pause_open')}</Link>
        </div>
      ))}
    </>
  );
}

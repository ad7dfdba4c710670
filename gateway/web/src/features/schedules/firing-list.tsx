// The next firings in the schedule's own zone, and beside it in the zone that the viewer chose when that differs.

import { useTranslation } from 'react-i18next';
import { formatInstant, offsetMinutes } from '@/lib/time';

export function FiringList({ instants, zone, viewer }: { instants: string[]; zone: string; viewer: string }) {
  const { i18n } = useTranslation();
  const weekday = (at: string) => new Intl.DateTimeFormat(i18n.language === 'en' ? 'en-GB' : i18n.language, { weekday: 'short', timeZone: zone }).format(new Date(at));
  return (
    <ol className="plain firings num">
      {instants.slice(0, 5).map((at) => (
        <li key={at}>
          <time dateTime={at}>{weekday(at)} {formatInstant(at, zone, i18n.language, 'minute')}</time>
          {offsetMinutes(new Date(at), zone) !== offsetMinutes(new Date(at), viewer) && <span className="dim"> = {formatInstant(at, viewer, i18n.language, 'minute')}</span>}
        </li>
      ))}
    </ol>
  );
}

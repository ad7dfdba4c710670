// How old what is shown is: quiet while fresh, amber after 15 s, red after 60 s, always in words.

import { IconAlertTriangle, IconRefresh, IconWifiOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useNow } from '@/components/zone';
import { useOnline } from '@/features/frame/banners';
import { formatDuration } from '@/lib/time';

export function ageTone(seconds: number): 'queued' | 'partial' | 'failed' {
  if (seconds > 60) return 'failed';
  return seconds > 15 ? 'partial' : 'queued';
}

export function DataAge({ freshAt, stream }: { freshAt: number; stream: string }) {
  const { t, i18n } = useTranslation('warehouse');
  const now = useNow();
  const online = useOnline();
  const seconds = Math.max(0, (now - freshAt) / 1000);
  const tone = ageTone(seconds);
  const Icon = !online ? IconWifiOff : tone === 'queued' ? IconRefresh : IconAlertTriangle;
  return (
    <span className={`state tone-${tone} num`} role={tone === 'queued' ? undefined : 'status'} data-age={tone}>
      <Icon size={15} aria-hidden />
      {t(online ? `age.${tone}` : 'age.offline', { age: formatDuration(Math.floor(seconds), i18n.language) })}
      {online && tone === 'queued' && stream !== 'live' && <span className="dim">{t('age.polling')}</span>}
    </span>
  );
}

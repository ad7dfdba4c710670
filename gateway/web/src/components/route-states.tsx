// What a route shows while it loads, when nothing is there, and when it broke.

import { Anchor } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { IconMapQuestion } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { ProblemView } from './problem';
import { Empty, Lines } from './screen';

export function Waiting() {
  return (
    <div className="screen">
      <Lines rows={6} />
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="screen">
      <Empty title={t('not_found.title')} icon={<IconMapQuestion size={30} stroke={1.5} aria-hidden />}>
        <Anchor href="/">{t('not_found.home')}</Anchor>
      </Empty>
    </div>
  );
}

export function Broken({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <div className="screen">
      <ProblemView error={error} onRetry={() => void router.invalidate()} />
    </div>
  );
}

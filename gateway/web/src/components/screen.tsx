// The head of a screen, the tab's title, and the states a load can be in.

import { Skeleton, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { IconInbox } from '@tabler/icons-react';
import { useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PartialError } from '@/api/types';
import { ProblemView } from './problem';
import { Time } from './zone';

/** The tab says the state and the count first, so that it can be read among twenty tabs. */
export function useTitle(title: string, lead?: string | null): void {
  useEffect(() => {
    document.title = [lead, title, 'Portico'].filter(Boolean).join(' · ');
  }, [title, lead]);
}

interface ScreenProps {
  title: string;
  /** Leads to the list that this is one of. */
  back?: ReactNode;
  tab?: string | null;
  aside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Screen({ title, back, tab, aside, actions, children }: ScreenProps) {
  useTitle(title, tab);
  return (
    <div className="screen">
      {back && <p className="flush back no-print">{back}</p>}
      <div className="screen-head">
        <Title order={1}>{title}</Title>
        {aside}
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface LoadProps<T> {
  query: UseQueryResult<T>;
  rows?: number;
  children: (data: T) => ReactNode;
}

/** Skeleton, error, or the data; a failed refresh keeps the old data and says how old it is. */
export function Load<T>({ query, rows = 5, children }: LoadProps<T>) {
  const { t } = useTranslation();
  if (query.data === undefined && query.isError) {
    return <ProblemView error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.data === undefined) return <Lines rows={rows} />;
  return (
    <>
      {query.isError && (
        <div className="note note-tone tone-partial row" role="status">
          {t('load.old')} <Time at={new Date(query.dataUpdatedAt).toISOString()} style="full" />
        </div>
      )}
      {children(query.data)}
    </>
  );
}

export function Lines({ rows = 5 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className="stack-s" role="status" aria-label={t('load.waiting')}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={34} radius="md" />
      ))}
    </div>
  );
}

export function Empty({ title, children, icon }: { title: string; children?: ReactNode; icon?: ReactNode }) {
  return (
    <div className="empty">
      {icon ?? <IconInbox size={30} stroke={1.5} aria-hidden />}
      <div className="title">{title}</div>
      {children && <div>{children}</div>}
    </div>
  );
}

/** Some services did not answer: what is shown is not all. */
export function Absent({ errors }: { errors: PartialError[] | undefined }) {
  const { t } = useTranslation();
  if (!errors?.length) return null;
  return (
    <div className="note note-tone tone-partial" role="status">
      {t('load.partial', { services: errors.map((item) => item.service).join(', ') })}
    </div>
  );
}

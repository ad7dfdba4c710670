// A run beside the list: `open=<service>/<id>` in the address, so that the link can be given to someone.

import { Drawer } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { RunDetail, type RunTab } from './run-detail';

export function RunDrawer({ open, onClose }: { open: string | undefined; onClose: () => void }) {
  const { t } = useTranslation('runs');
  const search = useSearch({ from: '/signed-in/frame/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const [service = '', id = ''] = open?.split('/') ?? [];
  return (
    <Drawer
      opened={Boolean(open)} onClose={onClose} position="right" size="xl" padding="lg" closeButtonProps={{ 'aria-label': t('common:close') }}
      title={open && <Link to="/runs/$service/$id" params={{ service, id }} search={{ tab: search.tab, line: search.line }}>{t('open_page')}</Link>}
    >
      {open && (
        <RunDetail
          key={open} service={service} id={id} headingLevel={2} tab={search.tab as RunTab | undefined} line={search.line}
          onTab={(tab) => void navigate({ search: (before) => ({ ...before, tab, line: undefined }), replace: true })}
          onLine={(line) => void navigate({ search: (before) => ({ ...before, tab: 'log', line }), replace: true })}
        />
      )}
    </Drawer>
  );
}

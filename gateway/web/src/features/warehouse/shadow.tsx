// Shadow mode, in words: what is done here and what is not, while another application still works. Shown only when on.

import { Link } from '@tanstack/react-router';
import { IconGhost2 } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Copy } from '@/components/copy';
import { useMay } from '@/features/session/me';

const HOW_TO = 'docs/how-to/replace-the-old-invoices-app.md';

export function ShadowBanner({ kiosk }: { kiosk?: boolean }) {
  const { t } = useTranslation('warehouse');
  const admin = useMay()('invoices', 'admin') && !kiosk;
  return (
    <section className="shadow-banner tone-waiting" data-shadow aria-label={t('shadow.title')}>
      <p className="lead row-tight"><IconGhost2 size={19} aria-hidden />{t('shadow.title')}</p>
      <p>{t('shadow.means')}</p>
      {admin && (
        <div className="row small">
          <span>{t('shadow.mails')}</span>
          <Link to="/settings/options/$service" params={{ service: 'invoices' }} hash="shadow">{t('shadow.setting')}</Link>
          <span>{t('shadow.how_to')} <Copy text={HOW_TO} /></span>
        </div>
      )}
    </section>
  );
}

/** The same in the tile of the overview. */
export function ShadowNote() {
  const { t } = useTranslation('warehouse');
  return <span className="state tone-waiting" data-shadow><IconGhost2 size={15} aria-hidden />{t('shadow.short')}</span>;
}

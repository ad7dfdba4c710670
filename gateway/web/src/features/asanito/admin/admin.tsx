// What an administrator does with the bridge as a whole. Each act says what follows from it before it can be pressed.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty, Screen } from '@/components/screen';
import { useMay } from '@/features/session/me';
import { ForgetPerson } from './forget';
import { ResetBridge } from './reset';
import '../tools.css';

export function Admin() {
  const { t } = useTranslation('asanito_tools');
  const may = useMay()('asanito', 'admin');
  return (
    <Screen title={t('common:nav.bridge_admin')}>
      {may ? (
        <div className="stack-l">
          <p className="flush dim">{t('admin.what')} <Link to="/settings/options/$service" params={{ service: 'asanito' }}>{t('admin.options')}</Link></p>
          <ForgetPerson />
          <ResetBridge />
        </div>
      ) : (
        <div className="card"><Empty title={t('admin.admins_only')}>{t('admin.admins_only_why')}</Empty></div>
      )}
    </Screen>
  );
}

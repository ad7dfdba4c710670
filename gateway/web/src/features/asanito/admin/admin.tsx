// What an administrator does with the bridge as a whole. Each act says what follows from it before it can be pressed.

import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Empty, Screen } from '@/components/screen';
import { useMay } from '@/features/session/me';
import { ForgetPerson } from './forget';
import { ResetBridge } from './reset';
import { SeedSource } from './seed';
import '../tools.css';

const TOOLS = [{ to: '/asanito/doctor', name: 'doctor' }, { to: '/asanito/take-over', name: 'takeover' }] as const;

export function Admin() {
  const { t } = useTranslation('asanito_tools');
  const may = useMay();
  return (
    <Screen title={t('common:nav.bridge_admin')}>
      <div className="stack-l">
        {may('asanito', 'operator') && (
          <ul className="card plain">
            {TOOLS.map(({ to, name }) => (
              <li key={name} className="list-row stack-tight" data-tool={name}>
                <Link to={to} className="row-link strong">{t(`${name}.title`)}</Link>
                <span className="dim small">{t(`admin.open.${name}`)}</span>
              </li>
            ))}
          </ul>
        )}
        {may('asanito', 'admin') ? (
          <>
            <p className="flush dim">{t('admin.what')} <Link to="/settings/options/$service" params={{ service: 'asanito' }}>{t('admin.options')}</Link></p>
            <ForgetPerson />
            <SeedSource />
            <ResetBridge />
          </>
        ) : (
          <div className="card"><Empty title={t('admin.admins_only')}>{t('admin.admins_only_why')}</Empty></div>
        )}
      </div>
    </Screen>
  );
}

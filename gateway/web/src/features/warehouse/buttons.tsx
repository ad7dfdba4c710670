// The four buttons. A disabled one says why beneath it.

import { Button, Checkbox } from '@mantine/core';
import { IconLock, IconPlayerPlay, IconRefresh, IconUpload } from '@tabler/icons-react';
import { useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '@/api/invoices-types';
import { ApiError } from '@/api/client';
import { Confirm } from '@/components/confirm';
import { ProblemView } from '@/components/problem';
import { Time, useZone } from '@/components/zone';
import { useMay, useMe } from '@/features/session/me';
import { newUuid } from '@/lib/ids';
import { formatInstant } from '@/lib/time';
import { useBy } from './by';
import { actionPath, useSessionAction, type SessionAction } from './queries';
import { useWho } from './who';

interface Props {
  session: Session;
  onUpload: () => void;
}

export function Buttons({ session, onUpload }: Props) {
  const { t, i18n } = useTranslation('warehouse');
  const own = useMay()('invoices', 'operator');
  // At a shared screen the role of whoever stands there decides; the screen itself may do with looking.
  const may = useMe().user.kiosk || own;
  const send = useSessionAction();
  const { asPerson, dialog } = useWho();
  const zone = useZone();
  const by = useBy();
  // One key per intention: a second press before the answer is the same intention.
  const keys = useRef<Partial<Record<SessionAction, string>>>({});
  const [pending, setPending] = useState<SessionAction | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [asking, setAsking] = useState(false);
  const [sure, setSure] = useState(false);
  const number = new Intl.NumberFormat(i18n.language);
  const open = Math.max(0, session.total - session.processed);

  const press = async (action: SessionAction, body?: unknown, actAs?: string) => {
    if (keys.current[action]) return;
    keys.current[action] = newUuid();
    setPending(action);
    setError(null);
    try {
      await send.mutateAsync({ action, key: keys.current[action] ?? newUuid(), body, actAs });
    } catch (caught) {
      if (action === 'close' && caught instanceof ApiError && caught.code === 'incomplete' && !body) setAsking(true);
      else throw caught;
    } finally {
      keys.current[action] = undefined;
      setPending(null);
    }
  };
  const named = (action: SessionAction, label: string, body?: unknown) =>
    asPerson({ path: actionPath(action), action: label, run: (actAs) => press(action, body, actAs) });
  const tell = (action: SessionAction, label: string, body?: unknown) => named(action, label, body).catch(setError);
  const close = () => {
    if (session.buttons.close.needs_force) setAsking(true);
    else void tell('close', t('button.close'), { force: false });
  };
  const why = (name: keyof Session['buttons']): string | null => {
    if (!(name === 'upload' ? own : may)) return t('why.role');
    const button = session.buttons[name];
    if (button.enabled || !button.code) return null;
    const at = session.started_at ? formatInstant(session.started_at, zone, i18n.language, 'time') : '';
    return i18n.exists(`warehouse:why.${button.code}`) ? t(`why.${button.code}`, { by: by(session.started_by), at, state: t(`word.${session.state}`) }) : (button.why ?? null);
  };
  const enabled = (name: keyof Session['buttons']) => (name === 'upload' ? own : may) && session.buttons[name].enabled;

  const startLabel = t(session.state === 'failed' && session.buttons.start.enabled ? 'button.start_again' : 'button.start');
  // Looking changes nothing that carries a name: a screen that may, does it as itself.
  const check = () => void (own ? press('check').catch(setError) : tell('check', t('button.check')));

  return (
    <>
      <div className="big-buttons">
        <Big
          name="start" icon={<IconPlayerPlay size={26} aria-hidden />} label={startLabel}
          primary={enabled('start')} disabled={!enabled('start')} busy={pending === 'start' || session.state === 'opening'} onPress={() => void tell('start', startLabel)} why={why('start')}
        >
          {session.started_at && <>{t('started_by', { by: by(session.started_by) })} <Time at={session.started_at} style="time" /></>}
        </Big>
        <Big
          name="check" icon={<IconRefresh size={26} aria-hidden />} label={t('button.check')} disabled={!enabled('check')} busy={pending === 'check'} onPress={check} why={why('check')}
        >
          {session.last_checked_at && <>{t('checked_at')} <Time at={session.last_checked_at} style="time" /></>}
        </Big>
        <Big name="close" icon={<IconLock size={26} aria-hidden />} label={t('button.close')} disabled={!enabled('close')} busy={pending === 'close'} onPress={close} why={why('close')}>
          {session.state === 'open' && t('still_open', { count: open, open: number.format(open) })}
          {session.state === 'closed' && session.closed_at && <>{t('closed_by', { by: by(session.closed_by) })} <Time at={session.closed_at} style="time" /></>}
        </Big>
        <Big name="upload" icon={<IconUpload size={26} aria-hidden />} label={t('button.upload')} disabled={!enabled('upload')} onPress={onUpload} why={why('upload')}>
          {t('upload_hint')}
        </Big>
      </div>
      {error !== null && <ProblemView error={error} zone={zone} />}
      {dialog}
      <Confirm
        opened={asking} danger disabled={!sure} title={t('force.title', { date: session.business_date })} action={t('force.action')}
        onClose={() => {
          setAsking(false);
          setSure(false);
        }}
        onConfirm={() => named('close', t('force.action'), { force: true })}
      >
        <p className="flush strong">{t(session.started_at ? 'force.counts' : 'force.never_started', { count: open, open: number.format(open), processed: number.format(session.processed), total: number.format(session.total) })}</p>
        <p className="flush">{t('force.means')}</p>
        <Checkbox size="md" label={t('force.sure', { count: open, open: number.format(open) })} checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
      </Confirm>
    </>
  );
}

interface BigProps {
  name: string;
  icon: ReactNode;
  label: string;
  primary?: boolean;
  disabled: boolean;
  busy?: boolean;
  onPress: () => void;
  why: string | null;
  children?: ReactNode;
}

function Big({ name, icon, label, primary, disabled, busy, onPress, why, children }: BigProps) {
  const describedBy = `why-${name}`;
  return (
    <div className="big">
      <Button
        className="big-button" fullWidth variant={primary ? 'filled' : 'default'} disabled={disabled || busy} aria-describedby={describedBy} data-button={name} leftSection={icon} onClick={onPress}
      >
        {label}
      </Button>
      <div id={describedBy} className="big-under small">{why ?? children}</div>
    </div>
  );
}

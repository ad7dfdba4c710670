// On to the address that was asked for: a screen of the console without a reload, a page of the gateway with one.

import { isOutsideConsole } from '@/lib/own-address';

type Navigate = (to: { href: string; replace: true }) => Promise<void>;

/** `target` is an own address (`ownAddress`). */
export async function leaveFor(target: string, navigate: Navigate): Promise<void> {
  if (isOutsideConsole(target)) window.location.assign(target);
  else await navigate({ href: target, replace: true });
}

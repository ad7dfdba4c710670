// Where to go after the login: an address of this very installation, or none. `//elsewhere`, `/\elsewhere`, `/.//elsewhere`
// and addresses with a scheme would leave it.

export function ownAddress(wanted: string | undefined): string | null {
  if (!wanted?.startsWith('/')) return null;
  let url: URL;
  try {
    url = new URL(wanted, window.location.origin);
  } catch {
    return null;
  }
  // Read as the browser reads it: after that it can't become another host's any more.
  if (url.origin !== window.location.origin || url.pathname.startsWith('//')) return null;
  return url.pathname + url.search + url.hash;
}

/** Of the gateway, not of the console: `/api/docs` is a page of its own and must be loaded. */
export const isOutsideConsole = (address: string): boolean => /^\/api(\/|\?|$)/.test(address);

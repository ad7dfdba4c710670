// Links that services answer with name their own things ("/v1/runs/<id>"); the console opens its screens for them.

const UUID = '[0-9a-fA-F-]{32,36}';

export function consoleLink(link: string | null | undefined, service = 'invoices'): string {
  if (!link) return '/';
  const path = link.replace(/^\/api\/([a-z]+)(?=\/v1\/)/, '');
  const owner = /^\/api\/([a-z]+)\/v1\//.exec(link)?.[1] ?? service;
  const run = new RegExp(`^/v1/runs/(${UUID})`).exec(path);
  if (run) return `/runs/${owner}/${run[1]}`;
  const file = new RegExp(`^/v1/files/(${UUID})`).exec(path);
  if (file) return `/invoices/files/${file[1]}`;
  const day = /^\/v1\/sessions\/(\d{4}-\d\d-\d\d)/.exec(path);
  if (day) return `/invoices/sessions/${day[1]}`;
  if (/^\/v1\/session\b/.test(path)) return '/invoices';
  const message = new RegExp(`^/v1/outbox/(${UUID})`).exec(path);
  if (message) return `/mail?service=${owner}&open=${message[1]}`;
  if (/^\/v1\/outbox/.test(path)) return `/mail?service=${owner}`;
  if (/^\/v1\/schedules/.test(path)) return '/schedules';
  if (/^\/v1\/jobs/.test(path)) return '/jobs';
  if (/^\/v1\/connections/.test(path)) return '/connections';
  return /^\/(?!\/|v1\/|api\/)/.test(link) ? link : '/';
}

// The addresses that exist, from the generated description of the interface: a misspelt one does not compile.

import type { paths } from './schema.gen';

/** `/api/users/{user_id}` as `/api/users/${string}`. */
type Filled<P extends string> = P extends `${infer Before}{${string}}${infer After}` ? `${Before}${string}${Filled<After>}` : P;

/** What every service has, for a service whose name is known only when it runs. */
type OfAnyService<P extends string> = P extends `/api/invoices/v1/${infer Rest}` ? `/api/${string}/v1/${Rest}` : never;

type Known = Filled<keyof paths | OfAnyService<keyof paths>>;

export type Query = '' | `?${string}`;
export type ApiPath = Known | `${Known}?${string}`;

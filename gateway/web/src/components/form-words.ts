// What the fields of a form are called.

/** Better words than the schema's own, by the place of the field (`/alert_time`). */
export interface FormWords {
  label: (pointer: string, given: string) => string;
  help: (pointer: string, given: string | undefined) => string | undefined;
  choice: (pointer: string, value: string) => string;
}

export const SCHEMA_WORDS: FormWords = { label: (_, given) => given, help: (_, given) => given, choice: (_, value) => value.replaceAll('_', ' ') };

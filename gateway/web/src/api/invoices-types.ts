// The shapes of the invoices service: today's session, days, files and rows.

export type SessionState = 'none' | 'ready' | 'opening' | 'open' | 'failed' | 'closed';

export interface ButtonState {
  enabled: boolean;
  /** Why not: a code, for which the console holds a sentence, and the server's own sentence. */
  code: string | null;
  why: string | null;
  /** Close: has to be confirmed and sent with `force`. */
  needs_force: boolean;
}
export interface SessionFile {
  id: string;
  name: string;
  source?: string;
  state?: string;
  received_at?: string | null;
  records?: number | null;
}
export interface Session {
  business_date: string;
  zone?: string;
  state: SessionState;
  step: 'generating' | 'uploading' | 'verifying' | null;
  reason: string | null;
  text?: string;
  processed: number;
  total: number;
  generated: number | null;
  kept?: number;
  ignored: number;
  rejected: number;
  not_found: number;
  in_past: number;
  already_sent: number;
  incomplete?: number;
  total_quantity?: number;
  total_value?: string;
  files: SessionFile[];
  started_by: string | null;
  started_at: string | null;
  closed_by: string | null;
  closed_at: string | null;
  attempt: number;
  last_checked_at: string | null;
  stale: boolean;
  verified_at?: string | null;
  uploaded_at?: string | null;
  generated_at?: string | null;
  remote_name?: string | null;
  log_line?: string | null;
  run_id?: string | null;
  error?: string | null;
  read_count?: number | null;
  closing?: boolean;
  expired?: boolean;
  confirmed_by?: string | null;
  confirmed_note?: string | null;
  buttons: { start: ButtonState; check: ButtonState; close: ButtonState; upload: ButtonState };
  version?: number;
}

/** A past day in the list. */
export interface Day {
  id: string;
  business_date: string;
  state: SessionState;
  reason: string | null;
  expired: boolean;
  processed: number;
  total: number;
  not_found: number;
  started_by: string | null;
  started_at: string | null;
  closed_by: string | null;
  closed_at: string | null;
}

export interface Rejection {
  line_number: number;
  reason: string;
  text?: string;
}
export interface ImportReport {
  id?: string | null;
  file_id?: string | null;
  name: string;
  state?: string;
  result?: string;
  size_bytes?: number;
  business_date?: string;
  declared?: number | null;
  records?: number;
  verdict?: string | null;
  kept: number;
  ignored: number;
  rejected: number | Record<string, number>;
  rejected_by?: Record<string, number>;
  duplicates: number;
  valid?: number;
  not_found: number;
  in_past: number;
  already_sent?: number;
  incomplete?: number;
  total_quantity?: number;
  total_value: string;
  warnings?: (string | { code: string; detail?: string })[];
  rejections?: Rejection[];
  rejected_rows?: Rejection[];
  not_found_rows?: { line_number: number; invoice_number: number | string; description?: string }[];
}

export interface InvoiceFile {
  id: string;
  name: string;
  source: string;
  uploaded_by: string | null;
  size_bytes: number;
  business_date: string;
  received_at: string;
  state: string;
  reason: string | null;
  records: number | null;
  declared: number | null;
  verdict: string | null;
  counters: Record<string, unknown> | null;
  total_value?: string | null;
  warnings?: string[];
  duplicate_of?: string | null;
  kept?: number;
  ignored?: number;
  rejected?: number;
  not_found?: number;
  in_past?: number;
  sha256?: string;
}

export interface InvoiceRow {
  id?: string | number;
  line_number: number;
  invoice_number: number | string | null;
  quantity: number | null;
  description: string | null;
  value: string | null;
  status: string;
  reason?: string | null;
  text?: string | null;
  categories?: string[];
  file_id?: string;
}

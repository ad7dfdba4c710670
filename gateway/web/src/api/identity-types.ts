// Who is who: services, their health, users, keys, sessions.

import type { Role } from './types';

export interface Service {
  name: string;
  title: string;
  prefix: string;
  role: Role;
}
export interface ServiceHealth {
  name: string;
  title?: string;
  status: 'ready' | 'degraded' | 'unavailable';
  checks: Record<string, { ok: boolean; detail?: string }> | null;
  workers?: { id: string; last_seen_at?: string; running?: number; alive?: boolean }[] | null;
}
export interface User {
  id: string;
  username: string;
  name: string;
  roles: Record<string, Role>;
  must_change_password: boolean;
  kiosk: boolean;
  locale: string | null;
  disabled?: boolean;
  last_login_at?: string | null;
  created_at?: string;
  version?: number;
}
export interface Me {
  user: User;
  csrf_token?: string | null;
  site_zone?: string | null;
}
export interface ApiKey {
  id: string;
  public_id: string;
  name: string;
  roles: Record<string, Role>;
  created_at: string;
  created_by?: string | null;
  expires_at?: string | null;
  last_used_at?: string | null;
}
export interface LoginSession {
  id: string;
  created_at: string;
  last_seen_at?: string | null;
  expires_at?: string | null;
  ip: string | null;
  user_agent: string | null;
  current: boolean;
}

// What the doctor sees: asked of the source, the mirror and Asanito themselves, so only when somebody looks.

import { queryOptions } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { components } from '@/api/schema.gen';

export type Finding = components['schemas']['Asanito_DoctorFinding'];
export type DoctorReport = components['schemas']['Asanito_DoctorReport'];

export const doctorQuery = queryOptions({
  queryKey: ['asanito', 'doctor'],
  queryFn: ({ signal }) => get<DoctorReport>('/api/asanito/v1/doctor', signal),
  staleTime: 30_000,
  refetchOnWindowFocus: false,
  retry: false,
});

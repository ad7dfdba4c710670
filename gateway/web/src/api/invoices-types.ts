// The shapes of the invoices service: today's session, days, files, rows, the archive, the days in figures.

import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Session = Schemas['Invoices_SessionStatus'];
export type SessionState = Session['state'];
export type ButtonState = Schemas['Invoices_ButtonState'];
export type Day = Schemas['Invoices_SessionSummary'];
export type ImportReport = Schemas['Invoices_ImportReport'];
export type BadLine = Schemas['Invoices_BadLine'];
export type InvoiceFile = Schemas['Invoices_File'];
export type InvoiceRow = Schemas['Invoices_FileRow'];
export type ArchivedRow = Schemas['Invoices_ArchivedRow'];
export type Category = Schemas['Invoices_Category'];
export type Timeline = Schemas['Invoices_Timeline'];
export type Entry = Schemas['Invoices_Entry'];
export type DayFigures = Schemas['Invoices_DayFigures'];

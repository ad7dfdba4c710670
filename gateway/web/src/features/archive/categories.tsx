// The categories of goods, each with its number of invoices; a press shows them.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconArrowLeft } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Category } from '@/api/invoices-types';
import { DataTable, Pager, type Column } from '@/components/data-table';
import { Empty, Load, Screen } from '@/components/screen';
import { SearchField } from '@/features/runs/filter-bar';
import { categoriesQuery } from './queries';

export function Categories() {
  const { t, i18n } = useTranslation('archive');
  const search = useSearch({ from: '/signed-in/frame/invoices/categories' });
  const navigate = useNavigate({ from: '/invoices/categories' });
  const query = useQuery(categoriesQuery({ q: search.q, cursor: search.cursor }));
  const change = (next: { q?: string; cursor?: string }) => void navigate({ search: (before) => ({ ...before, cursor: undefined, ...next }), replace: true });
  const number = new Intl.NumberFormat(i18n.language);
  const columns: Column<Category>[] = [
    { id: 'name', header: t('category'), fixed: true, cell: (row) => <Link to="/invoices/archive" search={{ category: String(row.id) }} className="break">{row.name}</Link> },
    { id: 'rows', header: t('count'), fixed: true, fit: true, align: 'end', cell: (row) => number.format(row.rows) },
  ];
  return (
    <Screen title={t('categories')} back={<Link to="/invoices/archive" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('common:nav.archive')}</Link>}>
      <div className="toolbar"><SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('search_categories')} /></div>
      <Load query={query} rows={8}>
        {(page) => (
          <DataTable
            label={t('categories')} rows={page.items} columns={columns} rowId={(row) => String(row.id)}
            onOpen={(row) => void navigate({ to: '/invoices/archive', search: { category: String(row.id) } })}
            empty={<Empty title={t(search.q ? 'no_such_category' : 'no_categories')}>{t('no_categories_why')}</Empty>}
            footer={<Pager page={page} onCursor={(cursor) => change({ cursor })} words={{ newer: t('before'), older: t('after') }} />}
          />
        )}
      </Load>
    </Screen>
  );
}

// Asanito's products, looked up while one types: added to those that open deals with a press.

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconCheck, IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Pager } from '@/components/data-table';
import { ProblemView } from '@/components/problem';
import { Empty, Lines } from '@/components/screen';
import { SearchField } from '@/features/runs/filter-bar';
import { PRODUCTS_AT_ONCE, productsQuery, type TargetProduct } from './queries';

export function FindProducts({ chosen, onAdd }: { chosen: number[]; onAdd: (product: TargetProduct) => void }) {
  const { t } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/deals' });
  const navigate = useNavigate({ from: '/asanito/deals' });
  const page = Math.max(0, Number(search.page ?? 0) || 0);
  const query = useQuery(productsQuery(search.product ?? '', page));
  const go = (next: { product?: string; page?: string }) => void navigate({ search: (before) => ({ ...before, page: undefined, ...next }), replace: true });
  const items = query.data;
  return (
    <section className="stack-s" aria-label={t('products.title')}>
      <h2 className="section-title flush">{t('products.title')}</h2>
      <div className="toolbar toolbar-flush"><SearchField value={search.product ?? ''} onChange={(product) => go({ product: product.slice(0, 100) || undefined })} label={t('products.search')} /></div>
      {query.isError ? (
        <ProblemView error={query.error} onRetry={() => void query.refetch()}><p>{t('products.away')}</p></ProblemView>
      ) : !items ? (
        <Lines rows={4} />
      ) : (
        <div className="card" aria-busy={query.isPlaceholderData}>
          {items.length === 0 && <Empty title={t('products.none')}>{t('products.none_why')}</Empty>}
          <ul className="plain">
            {items.map((product) => (
              <li key={product.id} className="list-row spread" data-product={product.id}>
                <span className="stack-tight"><bdi className="break">{product.title}</bdi><span className="dim small mono">{[String(product.id), product.code].filter(Boolean).join(' · ')}</span></span>
                {chosen.includes(product.id) ? (
                  <span className="row-tight dim small"><IconCheck size={16} aria-hidden />{t('products.added')}</span>
                ) : (
                  <Button size="md" variant="default" leftSection={<IconPlus size={16} aria-hidden />} aria-label={t('products.add_named', { title: product.title })} onClick={() => onAdd(product)}>{t('products.add')}</Button>
                )}
              </li>
            ))}
          </ul>
          <Pager
            page={{ prev: page > 0 ? String(page - 1) : null, next: items.length === PRODUCTS_AT_ONCE ? String(page + 1) : null }} onCursor={(to) => go({ product: search.product, page: to === '0' ? undefined : to })}
            words={{ newer: t('before'), older: t('after') }}
          />
        </div>
      )}
    </section>
  );
}

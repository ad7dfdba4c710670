// What values of the source mean in Asanito: what is missing first, by how many records wait for it; then every type.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconAlertTriangle, IconCheck, IconPencil } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { DataTable, type Column } from '@/components/data-table';
import { Empty, Load, Screen } from '@/components/screen';
import { Defaults } from './defaults';
import type { Draft } from './draft';
import { gapsQuery, typesQuery, type MappingGap, type MappingTypeInfo } from './queries';
import { useSourceWords } from './words';
import '../tools.css';

const SHOWN_GAPS = 10;

export function MappingsScreen() {
  const { t } = useTranslation('asanito_tools');
  const types = useQuery(typesQuery);
  const gaps = useQuery(gapsQuery);
  return (
    <Screen title={t('common:nav.mappings')}>
      <div className="stack-l">
        <p className="flush dim lead-text">{t('mappings.what')}</p>
        <section className="stack-s">
          <h2 className="section-title flush">{t('mappings.gaps')}</h2>
          <Load query={gaps} rows={3}>{(items) => <Gaps gaps={items} />}</Load>
        </section>
        <section className="stack-s">
          <h2 className="section-title flush">{t('mappings.types')}</h2>
          <Load query={types} rows={7}>{(items) => <Types types={items} />}</Load>
        </section>
        <Defaults />
      </div>
    </Screen>
  );
}

function Gaps({ gaps }: { gaps: MappingGap[] }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const said = useSourceWords();
  const number = new Intl.NumberFormat(i18n.language);
  if (gaps.length === 0) return <div className="card"><Empty title={t('mappings.no_gaps')} icon={<IconCheck size={30} stroke={1.5} aria-hidden />}>{t('mappings.no_gaps_why')}</Empty></div>;
  return (
    <>
      <ol className="card plain">
        {gaps.slice(0, SHOWN_GAPS).map((gap) => (
          <li key={`${gap.type} ${gap.source_id}`} className="list-row spread" data-gap={gap.source_id}>
            <span className="row grow">
              <span className="state tone-partial"><IconAlertTriangle size={15} aria-hidden />{t('mappings.waiting', { count: gap.waiting, shown: number.format(gap.waiting) })}</span>
              <span>{t(`type.${gap.type}.title`, gap.type)} <bdi className="strong break">{said(gap.type, gap.source_id)}</bdi></span>
            </span>
            {gap.source_id !== '' && <Link to="/asanito/mappings/$type" params={{ type: gap.type }} search={{ source: gap.source_id }} className="row-link">{t('mappings.map_it')}</Link>}
          </li>
        ))}
      </ol>
      {gaps.length > SHOWN_GAPS && <p className="flush dim small">{t('mappings.more_gaps', { count: gaps.length - SHOWN_GAPS, shown: number.format(gaps.length - SHOWN_GAPS) })}</p>}
    </>
  );
}

function Types({ types }: { types: MappingTypeInfo[] }) {
  const { t, i18n } = useTranslation('asanito_tools');
  const number = new Intl.NumberFormat(i18n.language);
  const columns: Column<MappingTypeInfo>[] = [
    {
      id: 'type', header: t('mappings.column.type'), fixed: true,
      cell: (row) => (
        <>
          <Link to="/asanito/mappings/$type" params={{ type: row.type }} className="row-link">{t(`type.${row.type}.title`)}</Link>
          <div className="dim small">{t(`type.${row.type}.what`)} {row.is_optional && t('mappings.optional')}</div>
        </>
      ),
    },
    { id: 'mapped', header: t('mappings.column.mapped'), fit: true, fixed: true, align: 'end', cell: (row) => number.format(row.mapped) },
    {
      id: 'waiting', header: t('mappings.column.waiting'), fit: true, fixed: true, align: 'end',
      cell: (row) => (row.waiting ? <Link to="/asanito/records" search={{ state: 'skipped', reason: 'mapping_missing', q: row.type }}>{number.format(row.waiting)}</Link> : number.format(0)),
    },
    {
      id: 'draft', header: t('mappings.column.unsaved'), fit: true, fixed: true,
      cell: (row) => {
        const count = unsavedOf(row.type);
        return count > 0 ? <span className="state tone-partial"><IconPencil size={15} aria-hidden />{t('mappings.unsaved', { count, shown: number.format(count) })}</span> : null;
      },
    },
  ];
  const shown = types.some((type) => unsavedOf(type.type) > 0) ? columns : columns.slice(0, 3);
  return <DataTable label={t('mappings.types')} rows={types} columns={shown} rowId={(row) => row.type} empty={null} />;
}

/** What was typed for a type in this tab and not saved. */
function unsavedOf(type: string): number {
  try {
    const kept = sessionStorage.getItem(`portico.draft.asanito.mappings.${type}`);
    return kept ? Object.keys((JSON.parse(kept) as Draft).changes).length : 0;
  } catch {
    return 0;
  }
}

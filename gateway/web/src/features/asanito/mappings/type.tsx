// The values of one type: typed in a table, kept in this tab until they are saved together, never over somebody else's unseen.

import { Button, SegmentedControl } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { IconArrowLeft, IconZoomScan } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/api/client';
import { Load, Screen } from '@/components/screen';
import { ProblemView } from '@/components/problem';
import { toast } from '@/components/toast';
import { SearchField } from '@/features/runs/filter-bar';
import { useMay } from '@/features/session/me';
import { useDraft } from '@/lib/draft';
import { Clashes } from './clashes';
import { NOTHING, isId, type Draft } from './draft';
import { mappingsKey, mappingsQuery, saveMappings, type Mapping, type Mappings } from './queries';
import { SaveBar } from './save-bar';
import { MappingTable } from './table';
import '../tools.css';

const SHOWN = ['all', 'missing', 'mapped'] as const;

export function MappingsOfType() {
  const { type } = useParams({ from: '/signed-in/frame/asanito/mappings/$type' });
  // Another type is another form.
  return <OneType key={type} type={type} />;
}

function OneType({ type }: { type: string }) {
  const { t } = useTranslation('asanito_tools');
  const search = useSearch({ from: '/signed-in/frame/asanito/mappings/$type' });
  const navigate = useNavigate({ from: '/asanito/mappings/$type' });
  const look = search.look === '1';
  const query = useQuery(mappingsQuery(type, look));
  const change = (next: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, page: undefined, source: undefined, ...next }), replace: true });
  return (
    <Screen
      title={t(`type.${type}.title`, type)}
      back={<Link to="/asanito/mappings" className="row-tight"><IconArrowLeft size={16} aria-hidden />{t('common:nav.mappings')}</Link>}
      actions={<Button size="md" variant="default" leftSection={<IconZoomScan size={17} aria-hidden />} loading={look && query.isFetching} onClick={() => (look ? void query.refetch() : change({ look: '1' }))}>{t('mappings.look')}</Button>}
    >
      <div className="stack">
        <p className="flush dim lead-text">{t(`type.${type}.what`, '')} {t('mappings.how')}</p>
        <div className="toolbar toolbar-flush">
          <SearchField value={search.q ?? ''} onChange={(q) => change({ q: q || undefined })} label={t('mappings.search')} />
          <SegmentedControl
            size="md" aria-label={t('mappings.show.label')} value={search.show ?? 'all'} onChange={(show) => change({ show: show === 'all' ? undefined : show })}
            data={SHOWN.map((value) => ({ value, label: t(`mappings.show.${value}`) }))}
          />
        </div>
        <Load query={query} rows={8}>{(data) => <Editor data={data} look={look && !query.isPlaceholderData} search={search} onPage={(page) => void navigate({ search: (before) => ({ ...before, source: undefined, page }) })} />}</Load>
      </div>
    </Screen>
  );
}

interface EditorProps {
  data: Mappings;
  look: boolean;
  search: { source?: string; q?: string; show?: string; page?: string };
  onPage: (page: string | undefined) => void;
}

function Editor({ data, look, search, onPage }: EditorProps) {
  const { t } = useTranslation('asanito_tools');
  const client = useQueryClient();
  const may = useMay()('asanito', 'operator');
  const [draft, setDraft, clear] = useDraft<Draft>(`asanito.mappings.${data.type}`, NOTHING);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const rows = useMemo(() => withAsked(data.items, search.source), [data.items, search.source]);
  const count = Object.keys(draft.changes).length;
  const isStale = draft.version !== null && draft.version !== data.version;
  const invalid = Object.values(draft.changes).filter((one) => !isId(one.to)).length;
  // The answer to a conflict is shown by comparing with what is there now, not as an error.
  useEffect(() => setError(null), [data.version]);
  const save = async (version: number) => {
    setBusy(true);
    setError(null);
    try {
      await saveMappings(data.type, draft.changes, version);
      clear();
      toast({ message: t('mappings.saved', { count }) });
    } catch (caught) {
      if (!(caught instanceof ApiError && caught.status === 412)) setError(caught);
    } finally {
      await client.invalidateQueries({ queryKey: mappingsKey });
      setBusy(false);
    }
  };
  return (
    <>
      {isStale && <Clashes draft={draft} data={data} onTheirs={setDraft} />}
      <MappingTable data={{ ...data, items: rows }} look={look} draft={draft} onDraft={setDraft} search={search} onPage={onPage} readOnly={!may} />
      {error !== null && <ProblemView error={error} />}
      {count > 0 && <SaveBar count={count} invalid={invalid} isStale={isStale} busy={busy} onSave={() => void save(isStale ? data.version : (draft.version ?? data.version))} onUndo={clear} />}
    </>
  );
}

/** A record may wait for a value that no list holds yet: it is asked for by the address. */
function withAsked(items: Mapping[], asked: string | undefined): Mapping[] {
  if (!asked || items.some((item) => item.source_id.toLowerCase() === asked.toLowerCase())) return items;
  return [{ source_id: asked, source_name: '', asanito_id: '', default: null, rows: null, waiting: 0, updated_by: '', updated_at: null }, ...items];
}

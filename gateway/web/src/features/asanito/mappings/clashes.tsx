// Somebody saved values of this type while others were typed here: what they saved, what stands here, and what to do.

import { Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { clashes, NOTHING, type Draft } from './draft';
import type { Mappings } from './queries';
import { useSourceWords } from './words';

interface Props {
  draft: Draft;
  data: Mappings;
  onTheirs: (draft: Draft) => void;
}

export function Clashes({ draft, data, onTheirs }: Props) {
  const { t } = useTranslation('asanito_tools');
  const said = useSourceWords();
  const found = clashes(draft, data.items);
  const keepTheirs = () => {
    const gone = new Set(found.map(({ row }) => row.source_id));
    const changes = Object.fromEntries(Object.entries(draft.changes).filter(([id]) => !gone.has(id)));
    onTheirs(Object.keys(changes).length ? { version: data.version, changes } : NOTHING);
  };
  return (
    <div className="problem tone-partial" role="alert" data-clashes={found.length}>
      <IconAlertTriangle size={20} aria-hidden />
      <div>
        <p className="happened">{t('clash.happened', { type: t(`type.${data.type}.title`) })}</p>
        <p>{found.length ? t('clash.means', { count: found.length }) : t('clash.harmless')}</p>
        {found.length > 0 && (
          <>
            <ul>
              {found.map(({ row, mine }) => (
                <li key={row.source_id}>{t('clash.row', { value: said(data.type, row.source_id, row.source_name), by: row.updated_by || t('clash.somebody'), theirs: row.asanito_id || t('clash.nothing'), mine: mine || t('clash.nothing') })}</li>
              ))}
            </ul>
            <Button mt={8} size="md" variant="default" onClick={keepTheirs}>{t('clash.keep_theirs', { count: found.length })}</Button>
          </>
        )}
      </div>
    </div>
  );
}

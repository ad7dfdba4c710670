// The views of a list: choose one, keep the present filters, rename, share, delete (and take that back), the default.

import { Button, Menu, Switch, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { IconBookmark, IconPencil, IconPlus, IconStar, IconStarFilled, IconTrash, IconUsers } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Confirm } from '@/components/confirm';
import { toast } from '@/components/toast';
import { useProblemText } from '@/lib/problem-text';
import { ApiError } from '@/api/client';
import { changeView, createView, deleteView, filtersOf, restoreView, sameFilters, setDefault, viewsQuery, type View, type ViewSearch } from './queries';

interface Props {
  screen: string;
  search: Record<string, unknown>;
  onChoose: (search: ViewSearch) => void;
  mayShare: boolean;
}

export function ViewsMenu({ screen, search, onChoose, mayShare }: Props) {
  const { t } = useTranslation('lists');
  const query = useQuery(viewsQuery(screen));
  const views = query.data ?? [];
  const [dialog, setDialog] = useState<'new' | View | null>(null);
  const act = useAct(screen);
  useDefault(views, query.isSuccess, search, onChoose);
  const present = views.find((view) => sameFilters(view.search, search));
  const undo = (view: View) => act(async () => {
    await restoreView(view);
    toast({ message: t('view.restored', { name: view.name }) });
  });
  const remove = (view: View) => act(async () => {
    await deleteView(view);
    toast({ message: <>{t('view.deleted', { name: view.name })} <button type="button" className="link-button" onClick={() => void undo(view)}>{t('undo')}</button></> });
  });
  return (
    <>
      <Menu position="bottom-end" width={320}>
        <Menu.Target>
          <Button variant="default" size="md" leftSection={<IconBookmark size={17} aria-hidden />}>{present?.name ?? t('view.menu')}</Button>
        </Menu.Target>
        <Menu.Dropdown className="menu-scroll">
          {views.length === 0 && <Menu.Label>{t('view.none')}</Menu.Label>}
          {views.map((view) => (
            <Menu.Item key={view.id} aria-current={view === present || undefined} leftSection={view.is_default ? <IconStarFilled size={15} aria-label={t('view.default')} /> : undefined} rightSection={view.shared ? <IconUsers size={15} aria-label={t('view.shared_by', { by: view.owner })} /> : undefined} onClick={() => onChoose(view.search)}>
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setDialog('new')}>{t('view.keep')}</Menu.Item>
          {present && (
            <>
              <Menu.Label>{present.name}</Menu.Label>
              <Menu.Item leftSection={<IconStar size={15} aria-hidden />} onClick={() => void act(() => setDefault(present, !present.is_default))}>{t(present.is_default ? 'view.no_default' : 'view.make_default')}</Menu.Item>
              {present.may_change && <Menu.Item leftSection={<IconPencil size={15} aria-hidden />} onClick={() => setDialog(present)}>{t('view.change')}</Menu.Item>}
              {present.may_change && <Menu.Item leftSection={<IconTrash size={15} aria-hidden />} onClick={() => void remove(present)}>{t('view.delete')}</Menu.Item>}
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog && <ViewDialog key={dialog === 'new' ? 'new' : dialog.id} screen={screen} search={filtersOf(search)} views={views} view={dialog === 'new' ? null : dialog} mayShare={mayShare} onClose={() => setDialog(null)} />}
    </>
  );
}

/** Carries out what a press means and shows the views anew; what is refused is told at the edge of the screen. */
function useAct(screen: string): (work: () => Promise<unknown>) => Promise<void> {
  const client = useQueryClient();
  const problem = useProblemText();
  return async (work) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const told = problem(error.problem);
      toast({ bad: true, title: told.happened, message: told.act });
    } finally {
      await client.invalidateQueries({ queryKey: viewsQuery(screen).queryKey });
    }
  };
}

/** A list that is opened without any filter opens with one's default view; once, so that it can be left again. */
function useDefault(views: View[], known: boolean, search: Record<string, unknown>, onChoose: (search: ViewSearch) => void): void {
  const opened = useRef(Object.keys(filtersOf(search)).length > 0);
  useEffect(() => {
    if (!known || opened.current) return;
    opened.current = true;
    const chosen = views.find((view) => view.is_default);
    if (chosen) onChoose(chosen.search);
  }, [views, known, onChoose]);
}

interface DialogProps {
  screen: string;
  search: ViewSearch;
  views: View[];
  view: View | null;
  mayShare: boolean;
  onClose: () => void;
}

function ViewDialog({ screen, search, views, view, mayShare, onClose }: DialogProps) {
  const { t } = useTranslation('lists');
  const client = useQueryClient();
  const [name, setName] = useState(view?.name ?? '');
  const [shared, setShared] = useState(view?.shared ?? false);
  // The name of an own view: its filters become these.
  const replaced = view ? null : views.find((item) => item.own && item.name.toLowerCase() === name.trim().toLowerCase());
  const save = async () => {
    if (view) await changeView(view, { name: name.trim(), shared });
    else if (replaced) await changeView(replaced, { search, shared });
    else await createView({ screen, name: name.trim(), search, shared });
    await client.invalidateQueries({ queryKey: viewsQuery(screen).queryKey });
  };
  return (
    <Confirm opened onClose={onClose} onConfirm={save} disabled={!name.trim()} title={t(view ? 'view.change' : 'view.keep')} action={t(replaced ? 'view.replace' : 'view.save')}>
      <TextInput label={t('view.name')} size="md" maxLength={80} required value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
      {(mayShare || view?.shared) && <Switch size="md" label={t('view.share')} description={t('view.share_means')} checked={shared} onChange={(event) => setShared(event.currentTarget.checked)} />}
      {replaced && <p className="flush dim">{t('view.replace_means', { name: replaced.name })}</p>}
    </Confirm>
  );
}

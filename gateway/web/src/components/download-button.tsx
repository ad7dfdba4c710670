// A button that saves what the server answers as a file; a refusal is told where the button stands.

import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { download } from '@/api/client';
import type { ApiPath } from '@/api/paths';
import { saveBlob } from '@/lib/files';
import { ProblemView } from './problem';

interface Props {
  path: ApiPath;
  /** The name of the file when the server suggests none. */
  name: string;
  disabled?: boolean;
  children: ReactNode;
}

export function DownloadButton({ path, name, disabled, children }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async () => {
    setBusy(true);
    setError(null);
    try {
      const got = await download(path, name);
      saveBlob(got.blob, got.name);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" size="md" loading={busy} disabled={disabled} leftSection={<IconDownload size={17} aria-hidden />} onClick={() => void save()}>{children}</Button>
      {error !== null && <ProblemView error={error} />}
    </>
  );
}

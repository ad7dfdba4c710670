// An identifier in monospace that is copied by one press.

import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '@/lib/copy';

interface Props {
  text: string;
  /** What is shown when the whole text is too long. */
  shown?: string;
  label?: string;
}

export function Copy({ text, shown, label }: Props) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const wait = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(wait);
  }, [copied]);
  const copy = async (event: React.MouseEvent) => {
    event.stopPropagation();
    setCopied(await copyText(text));
  };
  // The name a screen reader says holds what is seen, so that it can be asked for by voice.
  const name = t('copy', { what: label ?? text });
  const seen = shown ?? text;
  return (
    <button type="button" className="copy" onClick={copy} title={text} aria-label={name.includes(seen) ? name : `${name} ${seen}`}>
      <span className="mono break">{seen}</span>
      {copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
      <span role="status" className="offscreen">{copied ? t('copied') : ''}</span>
    </button>
  );
}

/** The first block of a UUID is enough to tell runs apart by eye; all of it is copied. */
export const CopyId = ({ id }: { id: string }) => <Copy text={id} shown={id.slice(-12)} label={id} />;

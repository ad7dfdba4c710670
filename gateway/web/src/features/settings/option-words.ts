// Words for a topic of options, where this console has better ones than the service's own description.

import { useTranslation } from 'react-i18next';
import type { FormWords } from '@/components/form-words';

export interface TopicWords extends FormWords {
  title: string;
  what: string;
}

export function useTopicWords(): (service: string, topic: { name: string; title: string; description: string }) => TopicWords {
  const { t, i18n } = useTranslation('options');
  const said = (key: string) => (i18n.exists(`options:${key}`) ? t(key) : undefined);
  return (service, topic) => {
    // Topics that every service has are worded once, under `common`.
    const place = i18n.exists(`options:${service}.${topic.name}`) ? `${service}.${topic.name}` : `common.${topic.name}`;
    const field = (pointer: string, part: string) => said(`${place}.fields.${pointer.slice(1).replaceAll('/', '.')}.${part}`);
    return {
      title: said(`${place}.title`) ?? topic.title,
      what: said(`${place}.what`) ?? topic.description,
      label: (pointer, given) => field(pointer, 'label') ?? given,
      help: (pointer, given) => field(pointer, 'help') ?? given,
      choice: (_, value) => said(`choice.${value}`) ?? (i18n.exists(`mails:kind.${value}`) ? t(`mails:kind.${value}`) : value.replaceAll('_', ' ')),
    };
  };
}

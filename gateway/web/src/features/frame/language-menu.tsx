// The languages, as menu items and as a small menu of their own on the login screen.

import { Menu } from '@mantine/core';
import { IconLanguage } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { changeLanguage, LANGUAGES, type Language } from '@/i18n';

/** A language is always named in itself. */
const ownName = (language: Language): string => new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;

export function LanguageItems() {
  const { i18n } = useTranslation();
  return LANGUAGES.map((language) => (
    <Menu.RadioItem key={language} value={language} checked={i18n.language === language} onClick={() => void changeLanguage(language)} lang={language}>
      {ownName(language)}
    </Menu.RadioItem>
  ));
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu>
      <Menu.Target>
        <button type="button" className="bar-button">
          <span className="offscreen">{t('language')}</span>
          <IconLanguage size={18} aria-hidden />
          {ownName(i18n.language as Language)}
        </button>
      </Menu.Target>
      <Menu.Dropdown><LanguageItems /></Menu.Dropdown>
    </Menu>
  );
}

// Starts the console: texts, style nonce, theme, router.

import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from '@/api/query';
import { Directed } from '@/components/direction';
import { preferredLanguage, startTexts } from '@/i18n';
import { router } from './router';
import './styles';
import { cssVariables, theme } from './theme';

// The gateway writes a fresh nonce into index.html; without it the strict content policy would refuse Mantine's styles.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
setNonce(nonce);

// After an update of Portico the parts of the old console are gone: load the new one, once.
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem('portico.reloaded') ?? 0);
  if (Date.now() - last < 30_000) return;
  sessionStorage.setItem('portico.reloaded', String(Date.now()));
  event.preventDefault();
  window.location.reload();
});

const root = document.getElementById('root');
if (root) {
  void startTexts(preferredLanguage()).then(() =>
    createRoot(root).render(
      <StrictMode>
        <Directed>
          <MantineProvider theme={theme} defaultColorScheme="auto" cssVariablesResolver={cssVariables} getStyleNonce={() => nonce}>
            <QueryClientProvider client={queryClient}>
              <RouterProvider router={router} />
            </QueryClientProvider>
          </MantineProvider>
        </Directed>
      </StrictMode>,
    ),
  );
}

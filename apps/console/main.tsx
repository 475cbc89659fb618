import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider } from 'react-aria-components';
import { queries } from './api/query-client';
import { usePreferences } from './app/preferences';
import { router } from './app/router';
import './ui/tokens.css';
import './ui/base.css';

// Since this page was opened, another version has been installed, which has other files.
window.addEventListener('vite:preloadError', () => {
  const last = Number(sessionStorage.getItem('leadlog-reloaded'));
  if (Date.now() - last < 60_000) return;
  sessionStorage.setItem('leadlog-reloaded', String(Date.now()));
  window.location.reload();
});

function Console() {
  const { language } = usePreferences();
  return (
    <I18nProvider locale={language === 'ja' ? 'ja-JP' : 'en-GB'}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </I18nProvider>
  );
}

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);

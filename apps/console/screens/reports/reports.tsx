import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Tabs } from '../../ui/tabs';
import { Gallery } from './gallery';
import { reportsTexts } from './reports-texts';
import { SqlDesk } from './sql-desk';

const FIRST_QUESTION = 'SELECT rep, count(*) AS calls FROM calls GROUP BY rep ORDER BY calls DESC';

/** Where analysts ask all of history. */
export function Reports() {
  const t = useTexts(reportsTexts);
  const { tab = 'gallery', report } = useSearch({ from: '/reports' });
  const navigate = useNavigate({ from: '/reports' });
  const [sql, setSql] = useState(FIRST_QUESTION);
  return (
    <Page title={t('title')}>
      <Tabs
        label={t('title')}
        chosen={tab}
        onChoose={(id) => void navigate({ search: { tab: id, report }, replace: true })}
        tabs={[
          {
            id: 'gallery',
            name: t('tabs.gallery'),
            content: (
              <Gallery
                chosen={report}
                onChoose={(name) => void navigate({ search: { tab: 'gallery', report: name } })}
                onSql={(text) => {
                  setSql(text);
                  void navigate({ search: { tab: 'sql', report } });
                }}
              />
            ),
          },
          { id: 'sql', name: t('tabs.sql'), content: <SqlDesk sql={sql} onType={setSql} /> },
        ]}
      />
    </Page>
  );
}

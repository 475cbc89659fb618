import { Download } from 'lucide-react';
import { useState } from 'react';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { FailedLine } from '../../ui/states';
import { reportsTexts } from './reports-texts';
import { sendFile } from './sent-file';

/** The answer as a file, which may be longer than what a page shows. */
export function Files({ path, body, name }: { path: string; body: object; name: string }) {
  const t = useTexts(reportsTexts);
  const [underWay, setUnderWay] = useState<string>();
  const [error, setError] = useState<unknown>();
  const send = async (format: 'csv' | 'parquet') => {
    setUnderWay(format);
    setError(undefined);
    await sendFile(path, { ...body, format }, `${name}.${format}`).catch(setError);
    setUnderWay(undefined);
  };
  return (
    <>
      {(['csv', 'parquet'] as const).map((format) => (
        <Button
          key={format}
          kind="quiet"
          icon={<Download aria-hidden="true" />}
          isPending={underWay === format}
          onPress={() => void send(format)}
        >
          {t(format)}
        </Button>
      ))}
      {error !== undefined && <FailedLine error={error} />}
    </>
  );
}

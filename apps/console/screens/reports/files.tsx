import { Download } from 'lucide-react';
import { useState } from 'react';
import { useTexts } from '../../app/texts';
import { Button } from '../../ui/button';
import { FailedLine } from '../../ui/states';
import { reportsTexts } from './reports-texts';
import { keepAsFile } from './sent-file';

/** The answer as a file, which may be longer than what a page shows. */
export function Files({ ask, name }: { ask(format: 'csv' | 'parquet'): Promise<Blob>; name: string }) {
  const t = useTexts(reportsTexts);
  const [underWay, setUnderWay] = useState<string>();
  const [error, setError] = useState<unknown>();
  const send = async (format: 'csv' | 'parquet') => {
    setUnderWay(format);
    setError(undefined);
    await ask(format).then((answer) => keepAsFile(answer, `${name}.${format}`), setError);
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

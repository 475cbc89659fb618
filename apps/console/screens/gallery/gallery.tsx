import { Ellipsis, Pencil } from 'lucide-react';
import { useCallback, useState, type ReactNode } from 'react';
import { Problem } from '../../api/problem';
import { Page } from '../../app/shell';
import { useTexts } from '../../app/texts';
import { Badge, Count, TierBadge, type Tier } from '../../ui/badge';
import { Button, Chip } from '../../ui/button';
import { Card, Facts, Figure } from '../../ui/card';
import { Chart } from '../../ui/chart';
import { ConfirmDialog, Dialog } from '../../ui/dialog';
import { Editor } from '../../ui/editor';
import { Checkbox, ComboBox, Field, Select } from '../../ui/form';
import { MenuButton, MenuItem, MenuPart } from '../../ui/menu';
import { AsOf, Empty, Failed, FailedLine, Loading } from '../../ui/states';
import { Rows } from '../../ui/rows';
import { Table, type Sorted } from '../../ui/table';
import { Tabs } from '../../ui/tabs';
import { toast } from '../../ui/toast';
import { Tooltip } from '../../ui/tooltip';
import { galleryTexts } from './gallery-texts';
import look from './gallery.module.css';

const TIERS: readonly Tier[] = ['hot', 'warm', 'cold'];
const ROWS = Array.from({ length: 100_000 }, (_, place) => ({
  id: `lead-${place}`,
  score: ((place * 7_919) % 1_000) / 10,
  tier: TIERS[place % 3]!,
}));
const SCORES = [12, 18, 17, 31, 46, 58, 64];
const YAML = `model: standard
rules:
  - id: price-page
    on: PageViewed
    where: { page: price }
    points: ten
`;
const SQL = `SELECT tier, count(*) AS leads
FROM leads
GROUP BY tier -- of now
`;
const REFUSED = new Problem({
  type: 'urn:leadlog:problem:422',
  title: 'Invalid content',
  status: 422,
  detail: '/points: expected a number, got "ten"',
  errors: [],
});

/** Each component in each of its states: what the tests walk through, and what whoever builds a screen looks at. */
export function Gallery() {
  const t = useTexts(galleryTexts);
  return (
    <Page title={t('title')} note={t('words')}>
      <div className={look['gallery']}>
        <Buttons />
        <Fields />
        <Part title={t('badges')}>
          <div className={look['line']}>
            {TIERS.map((tier) => (
              <TierBadge key={tier} tier={tier} />
            ))}
            {(['plain', 'accent', 'good', 'bad'] as const).map((kind) => (
              <Badge key={kind} kind={kind}>
                {kind}
              </Badge>
            ))}
            <Count>12</Count>
            <Tooltip content={t('what')}>30.0 %</Tooltip>
          </div>
        </Part>
        <Surfaces />
        <States />
        <Data />
        <Editors />
      </div>
    </Page>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={look['part']}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Buttons() {
  const t = useTexts(galleryTexts);
  const [isChosen, setChosen] = useState(true);
  return (
    <Part title={t('buttons')}>
      <div className={look['line']}>
        {(['main', 'plain', 'quiet', 'danger'] as const).map((kind) => (
          <Button key={kind} kind={kind}>
            {t(`kinds.${kind}`)}
          </Button>
        ))}
        <Button icon={<Pencil aria-hidden="true" />} aria-label={t('kinds.plain')} />
        <Button size="s" icon={<Pencil aria-hidden="true" />}>
          {t('kinds.plain')}
        </Button>
        <Button kind="main" isPending>
          {t('pending')}
        </Button>
        <Button isDisabled>{t('disabled')}</Button>
        <Chip isSelected={isChosen} onChange={setChosen}>
          {t('first')}
        </Chip>
        <Chip isSelected={!isChosen} onChange={(is) => setChosen(!is)}>
          {t('second')}
        </Chip>
        <MenuButton className={look['menu']} label={t('menu')} icon={<Ellipsis aria-hidden="true" />}>
          <MenuPart>
            <MenuItem>{t('rename')}</MenuItem>
            <MenuItem isDanger>{t('remove')}</MenuItem>
          </MenuPart>
        </MenuButton>
      </div>
    </Part>
  );
}

function Fields() {
  const t = useTexts(galleryTexts);
  const [name, setName] = useState('青山 亮介');
  const [email, setEmail] = useState('ao');
  const [note, setNote] = useState('');
  const [stage, setStage] = useState<string | null>('call');
  const [person, setPerson] = useState<string | null>(null);
  const [isAgreed, setAgreed] = useState(true);
  const stages = ['call', 'meeting', 'order'].map((id) => ({ id, name: id }));
  return (
    <Part title={t('fields')}>
      <div className={look['grid']}>
        <Field label={t('name')} value={name} onChange={setName} />
        <Field label={t('email')} type="email" value={email} onChange={setEmail} error={t('wrong')} />
        <Select label={t('stage')} options={stages} chosen={stage} onChoose={setStage} />
        <ComboBox label={t('person')} options={stages} chosen={person} onChoose={setPerson} />
        <Field label={t('note')} hint={t('hint')} rows={2} value={note} onChange={setNote} />
        <Checkbox isSelected={isAgreed} onChange={setAgreed}>
          {t('agree')}
        </Checkbox>
      </div>
    </Part>
  );
}

function Surfaces() {
  const t = useTexts(galleryTexts);
  const [open, setOpen] = useState<'middle' | 'side' | 'confirm'>();
  const close = () => setOpen(undefined);
  return (
    <Part title={t('surfaces')}>
      <div className={look['grid']}>
        <Card title={t('wins')} note={<AsOf at="14:05" />}>
          <div className={look['figures']}>
            <Figure label={t('wins')} value="42" change={{ text: '12 %', direction: 'up' }} isGood />
            <Figure label={t('lost')} value="8" change={{ text: '3', direction: 'up' }} isGood={false} />
          </div>
        </Card>
        <Card title={t('person')}>
          <Facts
            facts={[
              [t('name'), '青山 亮介'],
              [t('company'), '株式会社藤見システムズ'],
              [t('email'), undefined],
            ]}
          />
        </Card>
        <Card title={t('tabs')}>
          <Tabs
            label={t('tabs')}
            tabs={[
              { id: 'first', name: t('first'), content: t('words') },
              { id: 'second', name: t('second'), content: t('dialogWords') },
            ]}
          />
        </Card>
      </div>
      <div className={look['line']}>
        <Button onPress={() => setOpen('middle')}>{t('openDialog')}</Button>
        <Button onPress={() => setOpen('side')}>{t('openSide')}</Button>
        <Button onPress={() => setOpen('confirm')}>{t('kinds.danger')}</Button>
        <Button onPress={() => toast(t('told'), { label: t('kinds.plain'), do: () => undefined })}>{t('tell')}</Button>
      </div>
      <Dialog
        title={t('openDialog')}
        isOpen={open === 'middle' || open === 'side'}
        onClose={close}
        kind={open === 'side' ? 'side' : 'middle'}
      >
        <p>{t('dialogWords')}</p>
      </Dialog>
      <ConfirmDialog
        title={t('confirm')}
        isOpen={open === 'confirm'}
        onClose={close}
        confirm={t('kinds.danger')}
        onConfirm={close}
        isDanger
      >
        <p>{t('dialogWords')}</p>
      </ConfirmDialog>
    </Part>
  );
}

function States() {
  const t = useTexts(galleryTexts);
  return (
    <Part title={t('states')}>
      <div className={look['grid']}>
        <Card kind="flush">
          <div aria-hidden="true">
            <Loading rows={3} />
          </div>
        </Card>
        <Card kind="flush">
          <Empty title={t('nothing')} action={<Button kind="main">{t('kinds.main')}</Button>}>
            {t('nothingWords')}
          </Empty>
        </Card>
        <Card kind="flush">
          <Failed error={REFUSED} again={() => undefined} />
        </Card>
      </div>
      <FailedLine error={REFUSED} />
      <AsOf at="14:05" isStale />
    </Part>
  );
}

function Data() {
  const t = useTexts(galleryTexts);
  const [sorted, setSorted] = useState<Sorted>({ by: 'score', descending: true });
  const [open, setOpen] = useState<string>();
  const option = useCallback(
    () => ({
      xAxis: { type: 'category', data: SCORES.map((_score, day) => String(day + 1)) },
      yAxis: { type: 'value' },
      series: [{ type: 'line', name: t('score'), data: SCORES, smooth: true, areaStyle: { opacity: 0.08 } }],
    }),
    [t],
  );
  return (
    <Part title={t('tableOf')}>
      <div className={look['wide']}>
        <Card kind="flush">
          <Table
            label={t('tableOf')}
            height={360}
            rows={ROWS}
            keyOf={({ id }) => id}
            sorted={sorted}
            onSort={setSorted}
            openKey={open}
            onOpen={({ id }) => setOpen(id)}
            columns={[
              { id: 'name', name: t('name'), width: '2fr', cell: ({ id }) => id },
              { id: 'company', name: t('company'), isWide: true, cell: () => '株式会社藤見システムズ' },
              { id: 'tier', name: t('tier'), width: '7rem', cell: ({ tier }) => <TierBadge tier={tier} /> },
              { id: 'score', name: t('score'), width: '5rem', isNumber: true, isSortable: true, cell: ({ score }) => score.toFixed(1) },
            ]}
          />
        </Card>
        <Rows
          label={t('rowsOf')}
          rows={ROWS.slice(0, 4)}
          keyOf={({ id }) => id}
          columns={[
            { id: 'name', name: t('name'), isName: true, cell: ({ id }) => id },
            { id: 'tier', name: t('tier'), cell: ({ tier }) => <TierBadge tier={tier} /> },
            { id: 'score', name: t('score'), isNumber: true, cell: ({ score }) => score.toFixed(1) },
          ]}
        />
        <Card title={t('chart')}>
          <Chart
            label={t('chart')}
            option={option}
            table={{ columns: [t('day'), t('score')], rows: SCORES.map((score, day) => [day + 1, score]) }}
          />
        </Card>
      </div>
    </Part>
  );
}

const MARKED = 6;
const SCHEMA = { leads: ['lead_id', 'tier'] };

function Editors() {
  const t = useTexts(galleryTexts);
  const [yaml, setYaml] = useState(YAML);
  const [sql, setSql] = useState(SQL);
  const [markers] = useState([{ line: MARKED, column: 13, message: t('markerWords') }]);
  return (
    <Part title={t('editors')}>
      <div className={look['wide']}>
        <Editor label={t('model')} language="yaml" value={yaml} onChange={setYaml} markers={markers} height={220} />
        <Editor label={t('question')} language="sql" value={sql} onChange={setSql} schema={SCHEMA} height={220} />
      </div>
    </Part>
  );
}

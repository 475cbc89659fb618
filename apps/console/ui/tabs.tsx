import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';
import look from './tabs.module.css';

export interface TabContent {
  id: string;
  name: string;
  icon?: ReactNode;
  content: ReactNode;
}

/** Several views of the same thing, of which one is shown. */
export function Tabs({
  label,
  tabs,
  chosen,
  onChoose,
  size = 'm',
}: {
  label: string;
  tabs: readonly TabContent[];
  chosen?: string;
  onChoose?(id: string): void;
  size?: 'm' | 's';
}) {
  return (
    <AriaTabs
      className={look['tabs']!}
      data-size={size}
      {...(chosen !== undefined && { selectedKey: chosen })}
      {...(onChoose && { onSelectionChange: (key) => onChoose(String(key)) })}
    >
      <TabList aria-label={label} className={look['list']!}>
        {tabs.map(({ id, name, icon }) => (
          <Tab key={id} id={id} className={look['tab']!}>
            {icon}
            {name}
          </Tab>
        ))}
      </TabList>
      {tabs.map(({ id, content }) => (
        <TabPanel key={id} id={id} className={look['panel']!}>
          {content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}

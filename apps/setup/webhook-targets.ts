import { WebhookTargets, type HandoffPolicy } from '@leadlog/handoff';
import { WrongSetting, type Settings } from './settings';

/**
 * Where webhooks may go: what the operator has named, in the setting or as a destination in a file of their own. A destination that somebody
 * publishes later is held to it. Throws WrongSetting.
 */
export function webhookTargets({ webhookAllow = [] }: Partial<Pick<Settings, 'webhookAllow'>>, ofSettings: HandoffPolicy): WebhookTargets {
  try {
    return new WebhookTargets([...webhookAllow, ...ofSettings.destinations.map(({ url }) => new URL(url).hostname)]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new WrongSetting(
      `LEADLOG_WEBHOOK_ALLOW: expected host names, addresses or networks such as sfa.internal, 10.4.0.7 or 10.4.0.0/16, separated by commas, got "${error.message}"`,
    );
  }
}

/**
 * Alerts posted as JSON at once, for those who want the worst ones directly; Alertmanager is the way for everything
 * else. Only a live sensor has this sink: a replay must not page people about last year.
 */
import { OperatorError, errorText, log, type LimitValues } from '../../core/index.ts';
import type { RecordSink, SensorRecord } from '../../alert/index.ts';
import { readSecret } from './secret-file.ts';
import { WebhookSender } from './webhook-sender.ts';
import type { WebhookOptions, WebhookStatus } from './webhook-types.ts';

export class WebhookSink implements RecordSink {
  readonly name = 'webhook';
  readonly #webhooks: readonly {
    readonly options: WebhookOptions;
    readonly sender: WebhookSender;
  }[];

  /** Reads the secrets; throws OperatorError CONFIG_INVALID. */
  constructor(webhooks: readonly WebhookOptions[], limits: LimitValues) {
    this.#webhooks = webhooks.map((options) => {
      checkUrl(options.url);
      const secret = options.secretFile === '' ? '' : readSecret(options.secretFile);
      return { options, sender: new WebhookSender(options, secret, limits) };
    });
  }

  /** In the order of the configuration. */
  get status(): readonly WebhookStatus[] {
    return this.#webhooks.map(({ sender }) => sender.status);
  }

  get problem(): string | undefined {
    const problems = this.#webhooks.flatMap(({ sender }) => sender.problem ?? []);
    return problems.length === 0 ? undefined : problems.join('; ');
  }

  write(records: readonly SensorRecord[]): void {
    for (const entry of records) {
      if (entry.kind !== 'alert' && entry.kind !== 'alert_update') continue;
      for (const { sender } of this.#webhooks) sender.offer(entry.record);
    }
  }

  /** Nothing is promised to be delivered at a moment: the store is what must be complete. */
  flush(): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await Promise.all(this.#webhooks.map(({ sender }) => sender.close()));
  }

  /** Reads the secrets anew; one that cannot be read leaves the old one in force. */
  reopen(): void {
    for (const { options, sender } of this.#webhooks) {
      if (options.secretFile === '') continue;
      try {
        sender.secret = readSecret(options.secretFile);
      } catch (error) {
        log('error', 'webhook', `the old secret stays: ${errorText(error)}`);
      }
    }
  }
}

function checkUrl(text: string): void {
  const url = new URL(text);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  if (isWeb && url.username === '' && url.password === '') return;
  throw new OperatorError(
    'CONFIG_INVALID',
    `output.webhooks: the URL for ${url.host} ${isWeb ? 'holds a user name or password' : 'is neither http nor https'}`,
    'Leave credentials out of the URL: sign with secret_file, and let the receiver check the signature',
  );
}

/** What a webhook is told to do, and how it does. */

export interface WebhookOptions {
  /** http or https, without credentials. */
  readonly url: string;
  /** '' for none: requests are not signed. */
  readonly secretFile: string;
  /** 1 critical only, 4 everything. */
  readonly minSeverity: number;
}

export interface WebhookStatus {
  readonly delivered: number;
  /** The receiver said that it does not want the message. */
  readonly refused: number;
  /** Given up because they waited too long. */
  readonly expired: number;
  /** Given up because too many waited. */
  readonly overflow: number;
  /** Failed attempts that were, or will be, repeated. */
  readonly retries: number;
  readonly queueLength: number;
}

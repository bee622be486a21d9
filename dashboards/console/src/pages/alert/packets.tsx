/** The packets of the alert, and the alert for other tools. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertDetail } from '../../../../../sensor/api/contract.ts';
import { api } from '../../api/endpoints.ts';
import { asApiError } from '../../api/load.ts';
import { bytes, plural } from '../../logic/number.ts';
import { duration } from '../../logic/time.ts';
import { may } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { saveBlob } from '../../ui/save.ts';
import { Panel } from '../../ui/page.tsx';
import { Text } from '../../ui/text.tsx';
import { toast } from '../../ui/toast.tsx';

export function Packets({ detail }: { readonly detail: AlertDetail }): JSX.Element {
  const { alert, packets, eve } = detail;
  const [isBusy, setBusy] = useState(false);
  const download = async (): Promise<void> => {
    setBusy(true);
    try {
      // The name comes from the alert's id alone: nothing of the traffic reaches the file system.
      saveBlob(
        await api.pcap(alert.alertId),
        `alert-${alert.alertId.replace(/[^\w-]/g, '')}.pcapng`,
      );
    } catch (error) {
      const { message, hint } = asApiError(error);
      toast({ text: `${message}. ${hint}`, kind: 'bad' });
    } finally {
      setBusy(false);
    }
  };
  const has = packets.packets > 0;
  return (
    <Panel title="Packets and export">
      {has ? (
        <p>
          {plural(packets.packets, 'packet')}, {bytes(packets.bytes)}, over{' '}
          {duration(packets.lastUsec - packets.firstUsec)}
        </p>
      ) : (
        <p class="muted">
          <Text
            text={packets.reason === '' ? 'No packets of this flow are kept' : packets.reason}
          />
        </p>
      )}
      <div class="row export">
        {has && may('analyst') ? (
          <Button
            icon="download"
            disabled={isBusy}
            onClick={() => {
              void download();
            }}
          >
            {isBusy ? 'Preparing …' : 'Download pcapng'}
          </Button>
        ) : null}
        <CopyButton what="alert as EVE JSON" text={() => JSON.stringify(eve)}>
          Copy EVE
        </CopyButton>
        {alert.communityId === '' ? null : (
          <CopyButton what="community id" text={alert.communityId}>
            Copy community id
          </CopyButton>
        )}
      </div>
      {has ? (
        <p class="muted foot">
          {may('analyst')
            ? 'Packets are not redacted: passwords and messages are in them as they were sent. Taking them is written into the audit.'
            : 'Taking packets needs the role analyst.'}
        </p>
      ) : null}
    </Panel>
  );
}

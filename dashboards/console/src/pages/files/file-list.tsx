/** /files: which files moved, from whom to whom, and what was found in them. */
import type { JSX } from 'preact';
import { api } from '../../api/endpoints.ts';
import { usePages } from '../../api/load.ts';
import { navigate } from '../../router.ts';
import { FilterForm, filterValues, SINCE } from '../../ui/filter-form.tsx';
import { PageHead, Panel } from '../../ui/page.tsx';
import { PagedTable } from '../../ui/paged-table.tsx';
import { FILE_COLUMNS, filePath } from './file-columns.tsx';

const TEXTS = [
  { key: 'name', label: 'Name', placeholder: 'Words in the name of a file' },
  { key: 'jid', label: 'Account', placeholder: 'Sender or receiver: account or domain' },
  { key: 'hash', label: 'Hash', placeholder: 'SHA-256 or MD5, or how it begins' },
  { key: 'found', label: 'Detection', placeholder: 'Found in it: dlp-iban, dlp-*' },
  { key: 'ip', label: 'Address', placeholder: 'Address of either end' },
] as const;

const CHOICES = [
  SINCE,
  {
    key: 'road',
    label: 'Any road',
    choices: [
      ['ibb', 'In-band bytestream'],
      ['socks5', 'SOCKS5 bytestream'],
      ['http', 'HTTP'],
      ['bob', 'Bits of binary'],
      ['inline', 'Inside a stanza'],
    ],
  },
] as const;

const FLAGS = [
  { key: 'any', label: 'With findings' },
  { key: 'incomplete', label: 'Not seen whole' },
] as const;

const KEYS = ['name', 'jid', 'hash', 'found', 'ip', 'since', 'road', 'any', 'incomplete'];

export function FileList(): JSX.Element {
  const { any, ...filter } = filterValues(KEYS);
  // `found=*` of the API; a detection says more.
  const asked = any === undefined ? filter : { found: '*', ...filter };
  const isFiltered = Object.keys(asked).length > 0;
  const pages = usePages(
    `files ${JSON.stringify(asked)}`,
    (cursor, options) => api.files({ ...asked, cursor }, options),
    { keepStale: true },
  );
  return (
    <>
      <PageHead
        title="Files"
        sub="What moved over XMPP in the clear, by whichever road, and what was found in it."
      />
      <FilterForm texts={TEXTS} choices={CHOICES} flags={FLAGS} />
      <Panel flush>
        <PagedTable
          label="Files"
          pages={pages}
          columns={FILE_COLUMNS}
          keyOf={({ fileId }) => fileId}
          onOpen={(file) => {
            navigate(filePath(file));
          }}
          empty={isFiltered ? 'No file fits these filters' : 'No file yet'}
          emptyHint={
            isFiltered
              ? 'Take a filter away to see more.'
              : 'Files show here when their last byte has passed the sensor.'
          }
        />
      </Panel>
    </>
  );
}

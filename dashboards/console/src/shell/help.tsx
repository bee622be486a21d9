/** The keys that work now. */
import type { JSX } from 'preact';
import { Dialog } from '../ui/dialog.tsx';
import { keyGroups } from '../ui/keys.ts';

export function Help({ onClose }: { readonly onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" wide onClose={onClose}>
      <div class="key-groups">
        {keyGroups().map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl class="key-list">
              {group.bindings.map(({ keys, label }) => (
                <div key={keys}>
                  <dt>
                    {keys.split(' ').map((key) => (
                      <kbd key={key}>{key === 'Enter' ? '↵' : key}</kbd>
                    ))}
                  </dt>
                  <dd>{label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

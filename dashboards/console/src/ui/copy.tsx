import type { JSX } from 'preact';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

interface CopyProps {
  /** What goes to the clipboard, or how to make it. */
  readonly text: string | (() => string);
  /** What it is: "community id". */
  readonly what: string;
  /** Shown on the button; without it only the icon is. */
  readonly children?: string;
}

export function CopyButton({ text, what, children }: CopyProps): JSX.Element {
  const copy = (): void => {
    copyText(typeof text === 'string' ? text : text(), what);
  };
  return children === undefined ? (
    <Button icon="copy" kind="quiet" small label={`Copy the ${what}`} onClick={copy} />
  ) : (
    <Button icon="copy" onClick={copy}>
      {children}
    </Button>
  );
}

/** Puts text on the clipboard and says so. */
export function copyText(text: string, what: string): void {
  void put(text).then((isDone) => {
    toast(
      isDone
        ? { text: `Copied the ${what}` }
        : { text: `The browser did not allow copying the ${what}`, kind: 'bad' },
    );
  });
}

/** Clipboard of the browser; a hidden field where the page is not on a secure origin (a sensor's plain address). */
async function put(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'off-screen';
    document.body.append(field);
    field.select();
    // The only way there is without the clipboard of secure origins.
    const isDone = (document as { execCommand(name: string): boolean }).execCommand('copy');
    field.remove();
    return isDone;
  }
}

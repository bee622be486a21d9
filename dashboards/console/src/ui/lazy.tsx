/** Pages whose code comes when they are first opened. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { asApiError } from '../api/load.ts';
import { ApiError } from '../api/client.ts';
import type { PageProps } from './page.tsx';
import { ErrorState, Skeleton } from './states.tsx';

interface PageModule {
  readonly Page: ComponentType<PageProps>;
}

/** A component that loads the module when it is first shown, and says so when that fails. */
export function lazyPage(load: () => Promise<PageModule>): ComponentType<PageProps> {
  let loaded: PageModule | undefined;
  return function Lazy(props: PageProps): JSX.Element {
    const [module, setModule] = useState(loaded);
    const [problem, setProblem] = useState<ApiError | undefined>(undefined);
    useEffect(() => {
      if (module !== undefined) return;
      load().then(
        (value) => {
          loaded = value;
          setModule(value);
        },
        (error: unknown) => {
          // After an update of the sensor the old page asks for files that are gone.
          const { message } = asApiError(error);
          setProblem(new ApiError(0, 'PAGE', 'This page could not be loaded', message));
        },
      );
    }, []);
    if (module !== undefined) return <module.Page {...props} />;
    if (problem === undefined) return <Skeleton rows={8} />;
    return (
      <ErrorState
        problem={problem}
        onRetry={() => {
          location.reload();
        }}
      />
    );
  };
}

/**
 * Methods a path does not have (RFC 9110 sections 9.3.2, 9.3.7 and 15.5.6): HEAD answers as GET where that costs little
 * and reveals nothing, OPTIONS says what there is, everything else is refused with the list. A path with fixed words
 * (`/rules/try`) is then never taken for the id of another (`/rules/:sid`).
 */
import type { FastifyInstance, HTTPMethods } from 'fastify';
import { ApiError } from './problems.ts';
import type { Route } from './route.ts';

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** HEAD of packets would be a reveal without packets, HEAD of events would never end. */
export function hasHead({ method, answer, cost }: Route): boolean {
  return method === 'GET' && typeof answer !== 'string' && cost === undefined;
}

export function addOtherMethods(app: FastifyInstance, routes: readonly Route[]): void {
  for (const path of new Set(routes.map((route) => route.path))) {
    const own = routes.filter((route) => route.path === path);
    const allowed = METHODS.filter((method) => own.some((route) => route.method === method));
    const head: HTTPMethods[] = own.some(hasHead) ? ['HEAD'] : [];
    const allow = [...allowed, ...head, 'OPTIONS'].join(', ');
    const common = { url: path, schema: { hide: true }, exposeHeadRoute: false };
    app.route({
      ...common,
      method: 'OPTIONS',
      handler: async (_request, reply) => {
        await reply.code(204).header('allow', allow).send();
      },
    });
    app.route({
      ...common,
      method: [
        ...METHODS.filter((method) => !allowed.includes(method)),
        ...(head.length === 0 ? (['HEAD'] as const) : []),
      ],
      // Before a body is read: it would be refused for its type.
      onRequest: async (_request, reply) => {
        void reply.header('allow', allow);
        await Promise.reject(
          new ApiError(
            405,
            'METHOD_UNKNOWN',
            'This path does not have that method',
            `It has ${allow}`,
          ),
        );
      },
      handler: () => Promise.resolve(),
    });
  }
}
